public import TensorData

extension ModuleTree {
  /// One row of the tree: a module, a tensor, or a run of equal ones.
  public struct Row: Sendable {
    /// How far the row is indented.
    public let level: Int
    /// The name below the row above with a smaller level; `h.0 … 11` for a run.
    public let label: String
    /// How many equal modules or tensors the row stands for.
    public let count: Int
    /// The parameters of each.
    public let parameterCount: Int
    /// The bytes of each.
    public let byteCount: Int
    /// The element types in it.
    public let dtypes: [DType]
    /// The shapes in it, for a row that stands for one or two tensors.
    public let shapes: [[Int]]
    /// What is to be said of it, or an empty text.
    public let remark: String
  }

  /// The rows of the tree.
  ///
  /// - Parameters:
  ///   - detail: how far the tree is shown.
  ///   - order: the order of siblings.
  ///   - limit: more rows than this are of no use to the caller.
  /// - Returns: the rows from the top, at most `limit + 1`.
  public func rows(_ detail: Detail, order: Order = .given, limit: Int = .max - 1) -> [Row] {
    var listing = Listing(tree: self, detail: detail, order: order, limit: limit)
    listing.addChildren(of: 0, label: nil, level: 0, count: 1, parts: 0)
    return listing.rows
  }

  /// The rows with as much detail as fits.
  ///
  /// - Parameters:
  ///   - limit: how many rows fit.
  ///   - order: the order of siblings.
  /// - Returns: the rows of the finest detail that fits, or, where nothing fits, the first part of every name alone, at
  ///   most `limit + 1` rows.
  public func rowsThatFit(_ limit: Int, order: Order = .given) -> [Row] {
    var detail = Detail.modules
    var found = rows(detail, order: order, limit: limit)
    for parts in stride(from: min(depth, 8) - 1, through: 1, by: -1) where found.count > limit {
      detail.maximumParts = parts
      found = rows(detail, order: order, limit: limit)
    }
    return found
  }
}

/// Walks a tree and collects rows.
private struct Listing {
  /// Neighbours with equal contents: nodes of one parent whose numbers follow one another.
  struct Run {
    var first: Int
    var last: Int
    var count = 1
  }

  let tree: ModuleTree
  let detail: ModuleTree.Detail
  let order: ModuleTree.Order
  let limit: Int
  var rows: [ModuleTree.Row] = []

  mutating func addChildren(of node: Int, label: String?, level: Int, count: Int, parts: Int) {
    for run in runs(of: node) {
      add(run, label: label, level: level, count: count, parts: parts + 1)
      if rows.count > limit { return }
    }
  }

  private mutating func add(_ run: Run, label: String?, level: Int, count: Int, parts: Int) {
    var name = label.map { $0 + tree.separator(of: run.first) } ?? ""
    name += tree.part(of: run.first)
    if run.count > 1 { name += " … " + tree.part(of: run.last) }
    let total = count * run.count
    guard !isRolledUp(run.first, parts: parts) else {
      rows.append(row(run.first, name, level: level, count: total, showsTensors: true))
      return
    }
    guard run.count == 1 else {
      rows.append(row(run.first, name, level: level, count: total))
      addContents(of: run.first, level: level + 1, count: total, parts: parts)
      return
    }
    let inner = runs(of: run.first)
    if inner.count == 1 {
      add(inner[0], label: name, level: level, count: total, parts: parts + 1)
      return
    }
    rows.append(row(run.first, name, level: level, count: total))
    addChildren(of: run.first, label: nil, level: level + 1, count: total, parts: parts)
  }

  /// Adds what is in each of a run; modules that hold nothing but one other get no row, only their place in the labels.
  private mutating func addContents(of node: Int, level: Int, count: Int, parts: Int) {
    var (node, parts) = (node, parts)
    var label: String?
    while let only = runs(of: node).first, tree.nodes[node].childCount == 1,
      !isRolledUp(only.first, parts: parts + 1)
    {
      node = only.first
      parts += 1
      label = (label.map { $0 + tree.separator(of: node) } ?? "") + tree.part(of: node)
    }
    addChildren(of: node, label: label, level: level, count: count, parts: parts)
  }

  /// Whether the node is one row, whatever is in it.
  private func isRolledUp(_ index: Int, parts: Int) -> Bool {
    if tree.leaf(of: index) != nil { return true }
    if let maximum = detail.maximumParts, parts >= maximum { return true }
    return detail.mergesSmallModules && tree.nodes[index].childCount <= 2
      && tree.children(of: index).allSatisfy { tree.leaf(of: $0) != nil }
  }

  private func row(_ index: Int, _ label: String, level: Int, count: Int, showsTensors: Bool = false) -> ModuleTree.Row
  {
    let node = tree.nodes[index]
    let direct = tree.leaf(of: index).map { [$0] } ?? tree.children(of: index).compactMap(tree.leaf)
    var dtypes: [DType] = []
    collectTypes(index, into: &dtypes)
    let isSmall = direct.count <= 2 && direct.count >= node.childCount
    let tensors = showsTensors && isSmall ? direct.map { tree.leaves[$0] } : []
    var remarks: [String] = []
    for tensor in tensors where !tensor.remark.isEmpty && !remarks.contains(tensor.remark) {
      remarks.append(tensor.remark)
    }
    return ModuleTree.Row(
      level: level, label: label, count: count, parameterCount: node.parameterCount, byteCount: node.byteCount,
      dtypes: dtypes,
      shapes: tensors.sorted { $0.byteCount > $1.byteCount }.map(\.shape),
      remark: remarks.joined(separator: "; "))
  }

  private func collectTypes(_ index: Int, into dtypes: inout [DType]) {
    var open = [index]
    while let next = open.popLast() {
      if let leaf = tree.leaf(of: next), !dtypes.contains(tree.leaves[leaf].dtype) {
        dtypes.append(tree.leaves[leaf].dtype)
      }
      open += tree.children(of: next)
    }
  }

  /// The children of a node in the order that was asked for, equal neighbours together.
  private func runs(of node: Int) -> [Run] {
    let children = order == .name ? named(tree.children(of: node)) : tree.children(of: node)
    var runs: [Run] = []
    for family in families(children) {
      let isRolled = detail.mergesRuns && isRepetition(family)
      var number: Int?
      for child in family {
        let isNext = number.map { $0 + 1 == child.number } ?? false
        if isRolled, isNext, let run = runs.last,
          tree.nodes[run.last].signature == tree.nodes[child.node].signature
        {
          runs[runs.count - 1].last = child.node
          runs[runs.count - 1].count += 1
        } else {
          runs.append(Run(first: child.node, last: child.node))
        }
        number = child.number
      }
    }
    guard order == .parameters else { return runs }
    return runs.enumerated().sorted { a, b in
      let sizes = [a, b].map { tree.nodes[$0.element.first].parameterCount * $0.element.count }
      return (-sizes[0], a.offset) < (-sizes[1], b.offset)
    }.map(\.element)
  }

  private func named(_ children: [Int]) -> [Int] {
    children.sorted { ByteKey(tree.part(of: $0)) < ByteKey(tree.part(of: $1)) }
  }

  private typealias Member = (node: Int, number: Int?)

  /// Whether neighbours with one stem are layers, or numbered like them: two names such as `ln_1` and `ln_2` are not.
  private func isRepetition(_ family: [Member]) -> Bool {
    let first = family[0].node
    return family.count > 2 || Int(tree.part(of: first)) != nil
      || tree.children(of: first).contains { tree.leaf(of: $0) == nil }
  }

  /// Neighbours whose names differ in their last number alone, in the order of that number.
  private func families(_ children: [Int]) -> [[Member]] {
    var families: [[Member]] = []
    var lastStem: String?
    for child in children {
      guard let (stem, number) = ModuleTree.numbered(tree.part(of: child)) else {
        families.append([(child, nil)])
        lastStem = nil
        continue
      }
      let key = tree.separator(of: child) + stem + (tree.leaf(of: child) == nil ? "/" : "")
      if key == lastStem {
        families[families.count - 1].append((child, number))
      } else {
        families.append([(child, number)])
      }
      lastStem = key
    }
    return families.map { $0.sorted { ($0.number ?? 0, $0.node) < ($1.number ?? 0, $1.node) } }
  }
}

extension ModuleTree {
  /// A part of a name without the number at its end, and that number; nil if there is none or it is too long.
  static func numbered(_ part: String) -> (stem: String, number: Int)? {
    let digits = part.utf8.reversed().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
    guard (1...9).contains(digits), let number = Int(part.suffix(digits)) else { return nil }
    return (String(part.dropLast(digits)), number)
  }
}
