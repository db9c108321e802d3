import TensorData

/// A tensor that is judged beside what it should be: both with the same named axes, one dimension each.
struct Comparand {
  /// The names of the axes, outermost first.
  var axes: [String]
  /// The tensor that is judged.
  var found: Tensor
  /// What it should be, in the same type.
  var expected: Tensor

  /// Whether both hold the same bits.
  var isEqual: Bool { found.isBitEqual(to: expected) }
}

/// Tests hypotheses on how the values of one tensor came out of those of another.
enum ParameterDiagnosis {
  /// What the found tensor is in terms of the expected one.
  ///
  /// The whole tensor is looked at first, then only the slices that differ, such as one head of a fused tensor.
  ///
  /// - Parameters:
  ///   - comparand: two tensors that differ.
  ///   - sizes: sizes of the model's axes.
  /// - Returns: the diagnosis; the last resort is a description of the difference.
  /// - Throws: `CastError` if the values are no numbers.
  static func diagnose(_ comparand: Comparand, sizes: [String: Int]) throws -> Diagnosis {
    if TensorSample.holdsSame(comparand.found, ValueRelation.swapped(comparand.expected)) {
      return Diagnosis(.byteOrder, "has the bytes of each element in the other order")
    }
    if let count = try nonFinite(comparand) { return count }
    let maps = maps(comparand)
    if let exact = try exact(comparand, maps, sizes: sizes) { return exact }
    let differing = maps.map(\.differing)
    guard let part = comparand.restricted(to: differing) else { return try measured(comparand, sizes: sizes) }
    let place = zip(maps, differing).filter { $0.1.count < $0.0.sources.count }.map { $0.0.naming($0.1) }
    let partMaps = ParameterDiagnosis.maps(part)
    let inside = try exact(part, partMaps, sizes: sizes) ?? measured(part, sizes: sizes)
    return Diagnosis(
      inside.kind, "differs in \(place.joined(separator: ", ")) only, which \(inside.sentence)", inside.certainty)
  }

  private static func maps(_ comparand: Comparand) -> [SliceMap] {
    comparand.axes.indices.map {
      SliceMap(comparand.found, comparand.expected, position: $0, axis: comparand.axes[$0])
    }
  }

  /// A relation that holds bit for bit, or that leaves next to nothing unexplained.
  private static func exact(_ comparand: Comparand, _ maps: [SliceMap], sizes: [String: Int]) throws -> Diagnosis? {
    for order in AxisOrder.all(comparand.axes, comparand.found.shape)
    where TensorSample.holdsSame(comparand.found, order.applied(to: comparand.expected)) { return order.diagnosis }
    for map in maps where map.sources.count > 1 {
      // Single numbers repeat by chance; a whole axis of them does not.
      if let diagnosis = map.diagnosis { return diagnosis }
    }
    return try ValueRelation.diagnose(comparand.found, comparand.expected, sizes: sizes)
  }

  private static func nonFinite(_ comparand: Comparand) throws -> Diagnosis? {
    let expected = try comparand.expected.doubles()
    let bad = try comparand.found.doubles().count { !$0.isFinite }
    let lost = expected.count { !$0.isFinite }
    if lost > 0, bad == 0 {
      return Diagnosis(.nonFinite, "is finite where the reference holds \(lost) values that are not")
    }
    guard bad > 0, lost == 0 else { return nil }
    return Diagnosis(.nonFinite, "holds \(bad) of \(comparand.found.elementCount) values that are not finite")
  }

  /// How alike both are, under every hypothesis that rearranges values.
  private static func measured(_ comparand: Comparand, sizes: [String: Int]) throws -> Diagnosis {
    let found = try comparand.found.doubles()
    let expected = try comparand.expected.doubles()
    let change = distance(found, expected)
    var best: (diagnosis: Diagnosis, reduction: Double)?
    for order in AxisOrder.all(comparand.axes, comparand.found.shape) {
      let reduction = change / distance(found, try order.applied(to: comparand.expected).doubles())
      if reduction > max(best?.reduction ?? 0, 4) { best = (order.diagnosis, reduction) }
    }
    if let best {
      return Diagnosis(
        best.diagnosis.kind, "\(best.diagnosis.sentence), beside smaller differences",
        .likely(reduction: best.reduction))
    }
    let norm = distance(expected, [Double](repeating: 0, count: expected.count))
    let other = distance(found, [Double](repeating: 0, count: found.count))
    let product = zip(found, expected).reduce(0) { $0 + $1.0 * $1.1 }
    let likeness = norm > 0 && other > 0 ? product / norm / other : 0
    if abs(likeness) < 0.2, found.count > 32 {
      return Diagnosis(
        .unrelated,
        "has no likeness to what it should be (correlation \(ValueRelation.short(likeness))): another model's values, or never loaded",
        .measured)
    }
    return Diagnosis(
      .changed,
      "resembles what it should be, relative difference \(ValueRelation.short(change / max(norm, .leastNonzeroMagnitude)))",
      .measured)
  }

  private static func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }
}

extension Comparand {
  /// Only the given slices of each axis, or nil if that is everything.
  func restricted(to slices: [[Int]]) -> Comparand? {
    guard zip(slices, found.shape).contains(where: { $0.count < $1 }), !slices.contains(where: \.isEmpty) else {
      return nil
    }
    var part = self
    for axis in slices.indices.reversed() where slices[axis].count < found.shape[axis] {
      part.found = part.found.gathering(slices[axis], onAxis: axis)
      part.expected = part.expected.gathering(slices[axis], onAxis: axis)
      if slices[axis].count == 1 {
        part.found = part.found.selecting(0, onAxis: axis)
        part.expected = part.expected.selecting(0, onAxis: axis)
        part.axes.remove(at: axis)
      }
    }
    return part
  }
}

extension Tensor {
  /// Some slices of an axis, in the order given, as a new tensor.
  func gathering(_ indices: [Int], onAxis axis: Int) -> Tensor {
    guard let width = dtype.byteWidth else { preconditionFailure("\(dtype) cannot be sliced") }
    var shape = shape
    shape[axis] = indices.count
    let strides = Tensor.rowMajorStrides(shape)
    var inner = strides
    inner.remove(at: axis)
    return Tensor(dtype: dtype, shape: shape) { destination in
      for (place, index) in indices.enumerated() {
        let start = place * strides[axis] * width
        Rearrange.copy(
          selecting(index, onAxis: axis), into: UnsafeMutableRawBufferPointer(rebasing: destination[start...]),
          strides: inner)
      }
    }
  }
}
