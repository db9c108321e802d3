// Operations on named axes, out of which a forward pass makes what no layer-sized operation does.

extension Graph {
  /// The axes of a value made of two, one of which may lack axes of the other.
  mutating func widest(_ name: String, _ a: Value, _ b: Value) -> [String] {
    if Set(b.axes).isSubset(of: a.axes) { return a.axes }
    check(Set(a.axes).isSubset(of: b.axes), name, "the axes \(a.axes) and \(b.axes) do not fit together")
    return b.axes
  }

  /// Checks that the places that a mask speaks of are among those of a value.
  private mutating func check(mask: Value?, of x: Value, _ name: String) {
    guard let mask else { return }
    check(Set(mask.axes).isSubset(of: x.axes), name, "a mask with the axes \(mask.axes) does not fit \(x.axes)")
  }

  /// The product of two values, summed over axes that both have.
  ///
  /// - Parameters:
  ///   - name: the name of the node.
  ///   - a: a value.
  ///   - b: another; axes that both have and that are not summed over stay once.
  ///   - summed: the axes to sum over.
  /// - Returns: a value with the axes of a that are left, then those that only b has.
  public mutating func contract(_ name: String, _ a: Value, _ b: Value, over summed: [String]) -> Value {
    check(summed.allSatisfy { a.axes.contains($0) && b.axes.contains($0) }, name, "\(summed) are not axes of both")
    let axes = a.axes.filter { !summed.contains($0) } + b.axes.filter { !a.axes.contains($0) }
    return emit(name, .contract, [a, b], parameters: [], axes: axes)
  }

  /// Values one behind the other.
  ///
  /// - Parameters:
  ///   - name: the name of the node.
  ///   - values: at least one; all axes but one are equal, and that stands at the same place in each.
  ///   - axes: for each value the axis along which they are joined.
  ///   - axis: what the joined axis is called.
  /// - Returns: a value with the axes of the first, one of them renamed.
  public mutating func concat(_ name: String, _ values: [Value], along axes: [String], as axis: String) -> Value {
    let renamed = zip(values, axes).map { value, own in value.axes.map { $0 == own ? axis : $0 } }
    let fit = values.count == axes.count && renamed.allSatisfy { $0 == renamed[0] && $0.contains(axis) }
    check(fit && !values.isEmpty, name, "\(values.map(\.axes)) cannot be joined along \(axes)")
    return emit(name, .concat(axis: axis), values, parameters: [], axes: renamed.first ?? [])
  }

  /// Part of an axis.
  ///
  /// - Parameters:
  ///   - name: the name of the node.
  ///   - x: the value.
  ///   - axis: the axis.
  ///   - places: which places of it.
  ///   - part: what the shorter axis is called.
  /// - Returns: a value with the axes of x, one of them renamed.
  public mutating func slice(
    _ name: String, _ x: Value, axis: String, _ places: Range<Int>, as part: String
  ) -> Value {
    check(x.axes.contains(axis), name, "there is no axis \(axis) in \(x.axes)")
    return emit(
      name, .slice(axis: axis, from: places.lowerBound, count: places.count), [x], parameters: [],
      axes: x.axes.map { $0 == axis ? part : $0 })
  }

  /// The softmax over the last axis; places that the mask leaves out get 0.
  public mutating func softmax(_ name: String, _ x: Value, mask: Value? = nil) -> Value {
    check(mask: mask, of: x, name)
    return emit(name, .softmax(hasMask: mask != nil), [x] + (mask.map { [$0] } ?? []), parameters: [], axes: x.axes)
  }

  /// An axis in reverse order; with a mask only the places of each row that count, which come first.
  public mutating func reverse(_ name: String, _ x: Value, axis: String, mask: Value? = nil) -> Value {
    check(x.axes.contains(axis), name, "there is no axis \(axis) in \(x.axes)")
    check(mask: mask, of: x, name)
    check(mask?.axes.contains(axis) ?? true, name, "the mask has no axis \(axis)")
    return emit(
      name, .reverse(axis: axis, hasMask: mask != nil), [x] + (mask.map { [$0] } ?? []), parameters: [], axes: x.axes)
  }

  /// The mean along an axis, with a mask over the places that count.
  public mutating func mean(_ name: String, _ x: Value, axis: String, mask: Value? = nil) -> Value {
    check(x.axes.contains(axis), name, "there is no axis \(axis) in \(x.axes)")
    check(mask: mask, of: x, name)
    return emit(
      name, .mean(axis: axis, hasMask: mask != nil), [x] + (mask.map { [$0] } ?? []), parameters: [],
      axes: x.axes.filter { $0 != axis })
  }

  /// The first value where `which` is not 0, the second elsewhere.
  public mutating func choose(_ name: String, where which: Value, _ first: Value, else second: Value) -> Value {
    check(mask: which, of: first, name)
    check(first.axes == second.axes, name, "the axes \(first.axes) and \(second.axes) differ")
    return emit(name, .choose, [which, first, second], parameters: [], axes: first.axes)
  }

  /// Sine waves at positions; `axis` is the new last axis, whose size the graph knows.
  public mutating func sinusoid(
    _ name: String, _ positions: Value, axis: String, _ options: SinusoidOptions = SinusoidOptions()
  ) -> Value {
    check(sizes[axis] != nil, name, "nothing says how long the axis \(axis) is")
    return emit(name, .sinusoid(options), [positions], parameters: [], axes: positions.axes + [axis])
  }

  /// Scores by distance as scores by key; `keys` is what the new last axis is called.
  public mutating func relativeShift(
    _ name: String, _ x: Value, as keys: String, isBidirectional: Bool
  ) -> Value {
    check(x.axes.count > 1, name, "\(x.axes) are not queries and distances")
    return emit(
      name, .relativeShift(isBidirectional: isBidirectional), [x], parameters: [], axes: x.axes.dropLast() + [keys])
  }
}
