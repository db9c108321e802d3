public import TensorData

/// Stored tensors as the tree that their names spell, with equal neighbours such as the layers of a model rolled up.
///
/// Names are taken apart at dots and slashes. Neighbours whose names differ in their last number alone are put in the order
/// of that number, and runs of them with the same contents become one row: `h.0 … 11`.
public struct ModuleTree: Sendable {
  /// One tensor as the tree counts it.
  public struct Leaf: Sendable {
    /// The whole name.
    public var name: String
    /// The element type.
    public var dtype: DType
    /// The size of each axis.
    public var shape: [Int]
    /// The elements that count as parameters.
    public var parameterCount: Int
    /// The bytes of all elements.
    public var byteCount: Int
    /// What is to be said of it, or an empty text; tensors with different remarks are not rolled up together.
    public var remark: String

    /// Takes the fields.
    ///
    /// - Parameters:
    ///   - name: the whole name.
    ///   - dtype: the element type.
    ///   - shape: the size of each axis.
    ///   - parameterCount: the elements that count as parameters.
    ///   - byteCount: the bytes of all elements.
    ///   - remark: what is to be said of it.
    public init(name: String, dtype: DType, shape: [Int], parameterCount: Int, byteCount: Int, remark: String = "") {
      self.name = name
      self.dtype = dtype
      self.shape = shape
      self.parameterCount = parameterCount
      self.byteCount = byteCount
      self.remark = remark
    }
  }

  /// The order of siblings.
  public enum Order: Sendable {
    /// As the tensors were given.
    case given
    /// By name, byte by byte.
    case name
    /// Most parameters first.
    case parameters
  }

  /// How far the tree is shown.
  public struct Detail: Sendable, Equatable {
    /// Names are cut after this many parts; nil cuts none.
    var maximumParts: Int?
    /// Whether a module whose one or two tensors lie directly in it is one row.
    var mergesSmallModules: Bool
    /// Whether equal neighbours are one row.
    var mergesRuns: Bool

    /// Modules whose one or two tensors lie directly in them are one row, and so are equal neighbours.
    public static let modules = Detail(maximumParts: nil, mergesSmallModules: true, mergesRuns: true)
    /// Every tensor has its row and nothing is rolled up.
    public static let everyTensor = Detail(maximumParts: nil, mergesSmallModules: false, mergesRuns: false)

    /// Names are cut after this many parts; equal neighbours are one row.
    public static func parts(_ count: Int) -> Detail {
      Detail(maximumParts: count, mergesSmallModules: false, mergesRuns: true)
    }
  }

  struct Node {
    /// The part of the name, and the separator before it.
    var part: String
    var separator: String
    /// The tensor, or nil for a module.
    var leaf: Int?
    var children: [Int] = []
    var parameterCount = 0
    var byteCount = 0
    /// Equal for nodes with the same contents, whatever they are called.
    var signature = 0
  }

  let leaves: [Leaf]
  private(set) var nodes: [Node] = [Node(part: "", separator: "")]
  /// The largest number of parts of a name.
  public private(set) var depth = 0

  /// Builds the tree.
  ///
  /// - Parameter leaves: the tensors, in the order in which they are to be shown.
  public init(_ leaves: [Leaf]) {
    self.leaves = leaves
    var builder = Builder()
    builder.modules.reserveCapacity(leaves.count)
    nodes.reserveCapacity(2 * leaves.count)
    for (index, leaf) in leaves.enumerated() { insert(leaf.name, index, &builder) }
    summarise()
  }

  // MARK: Building

  private struct Builder {
    struct Place: Hashable {
      var parent: Int
      var separator: UInt8
      var part: ByteKey
    }

    var modules: [Place: Int] = [:]
    /// The modules of the last name, which most names share with the one before.
    var last: [Place] = []
    var lastNodes: [Int] = []
  }

  private mutating func insert(_ name: String, _ leaf: Int, _ builder: inout Builder) {
    let parts = ModuleTree.parts(of: name)
    var parent = 0
    for (level, part) in parts.dropLast().enumerated() {
      let place = Builder.Place(parent: parent, separator: part.separator, part: ByteKey(part.text))
      if level < builder.last.count, builder.last[level] == place {
        parent = builder.lastNodes[level]
        continue
      }
      builder.last.removeLast(builder.last.count - min(level, builder.last.count))
      builder.lastNodes.removeLast(builder.lastNodes.count - builder.last.count)
      if let known = builder.modules[place] {
        parent = known
      } else {
        parent = append(part, leaf: nil, to: parent)
        builder.modules[place] = parent
      }
      builder.last.append(place)
      builder.lastNodes.append(parent)
    }
    if let own = parts.last { _ = append(own, leaf: leaf, to: parent) }
    depth = max(depth, parts.count)
  }

  private mutating func append(_ part: (separator: UInt8, text: String), leaf: Int?, to parent: Int) -> Int {
    let separator = part.separator == 0 ? "" : String(Unicode.Scalar(part.separator))
    nodes.append(Node(part: part.text, separator: separator, leaf: leaf))
    nodes[parent].children.append(nodes.count - 1)
    return nodes.count - 1
  }

  /// The parts of a name with the separator before each; 0 stands for none.
  private static func parts(of name: String) -> [(separator: UInt8, text: String)] {
    var parts: [(separator: UInt8, text: String)] = []
    var separator: UInt8 = 0
    var start = name.utf8.startIndex
    for position in name.utf8.indices {
      let byte = name.utf8[position]
      guard byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/") else { continue }
      parts.append((separator, String(name[start..<position])))
      separator = byte
      start = name.utf8.index(after: position)
    }
    parts.append((separator, String(name[start...])))
    return parts
  }

  /// Adds up the nodes from the leaves to the root and gives equal contents equal signatures.
  private mutating func summarise() {
    struct Contents: Hashable {
      var dtype: DType?
      var shape: [Int] = []
      var counts = false
      var remark = ""
      var children: [Child] = []
    }
    struct Child: Hashable {
      var separator: String
      var part: String
      var signature: Int
    }
    var signatures: [Contents: Int] = [:]
    for index in nodes.indices.reversed() {
      var contents = Contents()
      if let leaf = nodes[index].leaf.map({ leaves[$0] }) {
        nodes[index].parameterCount = leaf.parameterCount
        nodes[index].byteCount = leaf.byteCount
        contents = Contents(
          dtype: leaf.dtype, shape: leaf.shape, counts: leaf.parameterCount > 0, remark: leaf.remark)
      }
      for child in nodes[index].children {
        nodes[index].parameterCount += nodes[child].parameterCount
        nodes[index].byteCount += nodes[child].byteCount
        contents.children.append(
          Child(separator: nodes[child].separator, part: nodes[child].part, signature: nodes[child].signature))
      }
      // Files that list equal layers in different orders are common.
      contents.children.sort { ($0.part, $0.separator, $0.signature) < ($1.part, $1.separator, $1.signature) }
      let signature = signatures[contents] ?? signatures.count
      signatures[contents] = signature
      nodes[index].signature = signature
    }
  }
}
