public import TensorData

/// The names of one file, sorted by kind: names that differ in nothing but numbers are looked up only once.
public struct StoredNames: Sendable {
  /// The names in stored order.
  let names: [String]
  /// Each name as it is looked up: as it is stored, or as a `NameWrapping` reads it.
  let readings: [String]
  /// Whether the readings are those of `NameReading`, so that templates have to be joined as they are.
  let isJoined: Bool
  /// For each name whether it lies outside of the prefix that was taken off the others; empty if none does.
  private let outside: [Bool]
  /// The keys in a `LayoutIndex` of each kind of names.
  let kinds: [[String]]
  /// For each kind whether its names are such as training leaves behind (`OptimizerName`).
  let isLeftover: [Bool]
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
    let names = tensors.map(\.name)
    self.init(names, readings: names, isJoined: false, outside: [])
  }

  /// The same names, read by `NameReading`.
  var joined: StoredNames {
    StoredNames(names, readings: names.map { NameReading($0).text }, isJoined: true, outside: [])
  }

  /// The same names without a prefix of their readings; names that lack it have no place but that of an optimiser's.
  func dropping(prefix: String) -> StoredNames {
    let has = readings.map { $0.utf8.starts(with: prefix.utf8) }
    let rest = zip(readings, has).map { $1 ? String($0.dropFirst(prefix.count)) : $0 }
    return StoredNames(names, readings: rest, isJoined: isJoined, outside: has.contains(false) ? has.map(!) : [])
  }

  private init(_ names: [String], readings: [String], isJoined: Bool, outside: [Bool]) {
    self.names = names
    self.readings = readings
    self.isJoined = isJoined
    self.outside = outside
    var kinds: [[String]] = []
    var firstOfKind: [Int] = []
    var kindOfName: [Int] = []
    kindOfName.reserveCapacity(readings.count)
    var positions: [String: Int] = [:]
    for position in readings.indices {
      // In long files most names are of the same kind as the one before.
      if let kind = kindOfName.last, NameSkeleton.isSame(readings[position - 1], readings[position]) {
        kindOfName.append(kind)
      } else {
        let name = readings[position]
        let skeleton = NameSkeleton.digitless(name)
        let kind = positions[skeleton] ?? kinds.count
        if kind == kinds.count {
          positions[skeleton] = kind
          firstOfKind.append(kindOfName.count)
          kinds.append(NameSkeleton.keys(of: name))
        }
        kindOfName.append(kind)
      }
    }
    self.kinds = kinds
    isLeftover = firstOfKind.map { OptimizerName(readings[$0]) != nil }
    keys = Set(kinds.joined())
    self.firstOfKind = firstOfKind
    self.kindOfName = kindOfName
  }

  /// Whether the name at that position lacks the prefix that was taken off the others.
  func isOutside(_ position: Int) -> Bool { outside.isEmpty ? false : outside[position] }
}
