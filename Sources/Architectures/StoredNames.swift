import TensorData

/// The names of one file, sorted by kind: names that differ in nothing but numbers are looked up only once.
struct StoredNames: Sendable {
  /// For each way to read a name, with and without the heads that containers put before it, its keys in a `LayoutIndex`.
  typealias Kind = [[String]]

  /// The names in stored order.
  let names: [String]
  /// The kinds, each once.
  let kinds: [Kind]
  /// For each name the position of its kind.
  let kindOfName: [Int]

  /// Sorts the names of a file.
  init(_ tensors: [TensorInfo]) {
    names = tensors.map(\.name)
    var kinds: [Kind] = []
    var positions: [String: Int] = [:]
    kindOfName = names.map { name in
      let skeleton = NameSkeleton.digitless(name)
      if let known = positions[skeleton] { return known }
      positions[skeleton] = kinds.count
      kinds.append(NameSkeleton.unwrapped(name).map(NameSkeleton.keys(of:)))
      return kinds.count - 1
    }
    self.kinds = kinds
  }

  /// The ways to read the name at that position, with the keys of each.
  func spellings(at position: Int) -> [(name: String, keys: [String])] {
    let kind = kinds[kindOfName[position]]
    guard kind.count > 1 else { return [(names[position], kind[0])] }
    return Array(zip(NameSkeleton.unwrapped(names[position]), kind))
  }
}
