import TensorData

/// Which slice of the reference each slice of a tensor holds, along one axis: the rows, the heads, q, k and v.
struct SliceMap {
  /// The name of the axis.
  let axis: String
  /// For each slice of the found tensor the slice of the reference with the same bits, or nil.
  let sources: [Int?]

  /// Takes both fields.
  init(axis: String, sources: [Int?]) {
    self.axis = axis
    self.sources = sources
  }

  /// Compares slices of two tensors of one shape and type.
  ///
  /// - Parameters:
  ///   - found: the tensor that is judged.
  ///   - expected: the reference.
  ///   - position: the axis along which both are cut.
  ///   - axis: its name.
  init(_ found: Tensor, _ expected: Tensor, position: Int, axis: String) {
    self.axis = axis
    let count = found.shape[position]
    let references = (0..<count).map { SliceMap.hash(expected.selecting($0, onAxis: position)) }
    var places: [UInt64: [Int]] = [:]
    for (index, hash) in references.enumerated() { places[hash, default: []].append(index) }
    var sources: [Int?] = []
    var step = 0
    for index in 0..<count {
      let hash = SliceMap.hash(found.selecting(index, onAxis: position))
      guard let candidates = places[hash] else {
        sources.append(nil)
        continue
      }
      // Equal slices abound in small vectors: the same place is preferred, then the step of the slice before.
      let source = candidates.contains(index) ? index : candidates.contains(index + step) ? index + step : candidates[0]
      step = source - index
      sources.append(source)
    }
    self.sources = sources
  }

  private static func hash(_ slice: Tensor) -> UInt64 { slice.withUnsafeBytes { ContentDigest.hash($0) } }

  /// The slices that do not hold their own values.
  var differing: [Int] { sources.indices.filter { sources[$0] != $0 } }

  /// What the map is, if all slices or all but those at an end come from the reference.
  var diagnosis: Diagnosis? {
    guard sources.count > 1, !differing.isEmpty else { return nil }
    let known = sources.compactMap { $0 }
    if known.count == sources.count, Set(known).count == sources.count { return permutation(known) }
    return shift ?? move
  }

  private func permutation(_ order: [Int]) -> Diagnosis {
    let changed = differing
    if axis == "qkv" {
      let letters = ["q", "k", "v"]
      let names = order.map { $0 < letters.count ? letters[$0] : "\($0)" }
      return Diagnosis(.permuted, "holds \(names.joined(separator: ", ")) where q, k, v belong")
    }
    if changed.count == 2 {
      return Diagnosis(.permuted, "has \(noun)s \(changed[0]) and \(changed[1]) exchanged")
    }
    let step = order[0]
    if order.indices.allSatisfy({ order[$0] == ($0 + step) % order.count }) {
      let by = step <= order.count / 2 ? step : step - order.count
      return Diagnosis(.shifted, "has its \(noun)s rolled by \(-by): \(noun) 0 holds \(noun) \(step)")
    }
    if order == order.indices.reversed() { return Diagnosis(.permuted, "has its \(noun)s in reverse order") }
    return Diagnosis(.permuted, "has its \(noun)s in another order: \(SliceMap.list(order))")
  }

  /// One step for all slices, but for those that would come from outside.
  private var shift: Diagnosis? {
    guard sources.count > 2 else { return nil }
    for step in [1, -1, 2, -2, 3, -3] where abs(step) < sources.count / 2 {
      let inside = sources.indices.filter { sources.indices.contains($0 + step) }
      if inside.allSatisfy({ sources[$0] == $0 + step }) {
        return Diagnosis(
          .shifted,
          "has its \(noun)s shifted by \(-step): \(noun) \(inside[0]) holds \(noun) \(inside[0] + step), and so on for \(inside.count) of \(sources.count)"
        )
      }
    }
    return nil
  }

  /// The same up to one slice, a step of one from there on.
  private var move: Diagnosis? {
    guard let start = differing.first, sources.count > 3 else { return nil }
    let up = (start..<(sources.count - 1)).allSatisfy { sources[$0] == $0 + 1 }
    if up, start < sources.count - 1 {
      return Diagnosis(.rowMoved, "lacks \(noun) \(start): every \(noun) from there on holds the next one's values")
    }
    let down = ((start + 1)..<sources.count).allSatisfy { sources[$0] == $0 - 1 }
    guard down, start < sources.count - 1 else { return nil }
    return Diagnosis(
      .rowMoved,
      "has \(start == 0 ? "a" : "one more") \(noun) at \(start): every later \(noun) holds the values of the one before it"
    )
  }

  /// What one slice along this axis is called.
  var noun: String {
    switch axis {
    case "heads": "head"
    case "qkv": "part"
    case "vocab", "positions", "token_types", "buckets", "labels", "spans", "relations": "row"
    default: axis.hasSuffix("block") ? "layer" : axis == "head" ? "head channel" : "\(axis) channel"
    }
  }

  /// "heads 2 and 5", "rows 17 to 19": what differs along this axis.
  func naming(_ indices: [Int]) -> String {
    if axis == "qkv" { return "the \(indices.map { ["q", "k", "v"][min($0, 2)] }.joined(separator: " and ")) part" }
    return "\(noun)\(indices.count == 1 ? "" : "s") \(SliceMap.ranges(indices))"
  }

  /// Numbers with runs joined: `2, 5..7`.
  static func ranges(_ numbers: [Int]) -> String {
    var runs: [(Int, Int)] = []
    for number in numbers {
      if let last = runs.last, last.1 + 1 == number {
        runs[runs.count - 1].1 = number
      } else {
        runs.append((number, number))
      }
    }
    let texts = runs.prefix(6).map { $0.0 == $0.1 ? "\($0.0)" : "\($0.0)..\($0.1)" }
    return texts.joined(separator: ", ") + (runs.count > 6 ? " and \(runs.count - 6) more" : "")
  }

  private static func list(_ order: [Int]) -> String {
    order.prefix(16).map { String($0) }.joined(separator: ", ") + (order.count > 16 ? " …" : "")
  }
}
