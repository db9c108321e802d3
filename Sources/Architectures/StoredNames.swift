public import TensorData

/// The names of one file, sorted by kind: names that differ in nothing but numbers are looked up only once.
public struct StoredNames: Sendable {
  /// For each way to read a name, with and without the heads that containers put before it, its keys in a `LayoutIndex`.
  typealias Kind = [[String]]

  /// The names in stored order.
  let names: [String]
  /// The kinds, each once.
  let kinds: [Kind]
  /// All keys of all kinds.
  let keys: Set<String>
  /// For each kind the position of its first name.
  let firstOfKind: [Int]
  /// For each name the position of its kind.
  let kindOfName: [Int]

  /// Sorts the names of a file.
  ///
  /// - Parameter tensors: the tensors in stored order.
  public init(_ tensors: [TensorInfo]) {
    names = tensors.map(\.name)
    var kinds: [Kind] = []
    var firstOfKind: [Int] = []
    var kindOfName: [Int] = []
    kindOfName.reserveCapacity(names.count)
    var positions: [String: Int] = [:]
    for position in names.indices {
      // In long files most names are of the same kind as the one before.
      if let kind = kindOfName.last, NameSkeleton.isSame(names[position - 1], names[position]) {
        kindOfName.append(kind)
      } else {
        let name = names[position]
        let skeleton = NameSkeleton.digitless(name)
        let kind = positions[skeleton] ?? kinds.count
        if kind == kinds.count {
          positions[skeleton] = kind
          firstOfKind.append(kindOfName.count)
          kinds.append(NameSkeleton.unwrapped(name).map(NameSkeleton.keys(of:)))
        }
        kindOfName.append(kind)
      }
    }
    self.kinds = kinds
    keys = Set(kinds.joined().joined())
    self.firstOfKind = firstOfKind
    self.kindOfName = kindOfName
  }

  /// The ways to read the name at that position, with the keys of each.
  func spellings(at position: Int) -> [(name: String, keys: [String])] {
    let kind = kinds[kindOfName[position]]
    guard kind.count > 1 else { return [(names[position], kind[0])] }
    return Array(zip(NameSkeleton.unwrapped(names[position]), kind))
  }
}
