/// How many of a file's names one layout explains.
struct LayoutMatch {
  /// Finds the places of the names.
  let index: LayoutIndex
  /// How many names have a place; none if only leftovers of training have one, which any model could have.
  let matched: Int
  /// The positions of names without a place.
  let unknown: [Int]

  /// Looks up every name.
  init(_ layout: Layout, _ names: StoredNames) {
    let index = LayoutIndex(layout, names: names)
    let isPossible = index.possibleKinds(names)
    var unknown: [Int] = []
    var isModel = false
    if isPossible.contains(true) {
      for position in names.names.indices {
        switch isPossible[names.kindOfName[position]] ? index.place(at: position, of: names) : nil {
        case .rows, .copy, .accounted: isModel = true
        case .leftover: break
        case nil: unknown.append(position)
        }
      }
    }
    self.index = index
    self.unknown = isModel ? unknown : Array(names.names.indices)
    matched = names.names.count - self.unknown.count
  }
}
