import TensorData

/// What one set of values is in terms of another, element by element: the negative, a multiple, a rounding of it.
enum ValueRelation {
  /// The first relation that holds for every element.
  ///
  /// - Parameters:
  ///   - found: the values that are judged, of a floating type.
  ///   - expected: the reference, of the same type and shape.
  ///   - sizes: sizes of the model's axes, for constants such as 1/√head.
  /// - Returns: the diagnosis, or nil.
  /// - Throws: `CastError` if the values are no numbers.
  static func diagnose(_ found: Tensor, _ expected: Tensor, sizes: [String: Int]) throws -> Diagnosis? {
    if let fault = try RoundingFault.all(found: found, expected: expected).first { return fault.diagnosis }
    let positions = TensorSample.positions(found.elementCount)
    let sample = (found: TensorSample.gather(found, positions), expected: TensorSample.gather(expected, positions))
    for relation in candidates(try sample.found.doubles(), try sample.expected.doubles(), found.dtype, sizes)
    where try relation.holds(sample.found, sample.expected) {
      if try relation.holds(found, expected) { return relation.diagnosis }
    }
    return nil
  }

  private struct Candidate {
    let diagnosis: Diagnosis
    let holds: (_ found: Tensor, _ expected: Tensor) throws -> Bool
  }

  private static func candidates(
    _ found: [Double], _ expected: [Double], _ dtype: DType, _ sizes: [String: Int]
  ) -> [Candidate] {
    var all = [
      Candidate(diagnosis: Diagnosis(.negated, "is the negative of what it should be")) { found, expected in
        try zip(found.doubles(), expected.doubles()).allSatisfy { $0 == -$1 }
      }
    ]
    // One number alone is a constant of any value; only zero says something.
    if let first = found.first, found.count > 3 || first == 0 {
      let name = first == 0 ? "zero" : "\(first)"
      all.append(
        Candidate(diagnosis: Diagnosis(.constant, "is \(name) throughout, as if it had never been set")) { found, _ in
          try found.doubles().allSatisfy { $0 == first }
        })
    }
    for type in [DType.bf16, .f16, .f8e4m3, .f8e5m2] where type.bitWidth < dtype.bitWidth {
      all.append(
        Candidate(
          diagnosis: Diagnosis(.rounded, "was rounded to \(type.rawValue) although it is stored as \(dtype.rawValue)")
        ) { found, expected in
          guard Cast.isSupported(from: dtype, to: type) else { return false }
          return try TensorSample.holdsSame(found, Cast.convert(Cast.convert(expected, to: type), to: dtype))
        })
    }
    return all + linear(found, expected, dtype, sizes)
  }

  /// Multiples and offsets: first those by constants that code is known to use, then the one that fits best.
  private static func linear(
    _ found: [Double], _ expected: [Double], _ dtype: DType, _ sizes: [String: Int]
  ) -> [Candidate] {
    var all: [Candidate] = []
    for (factor, name) in factors(sizes) {
      all.append(
        Candidate(diagnosis: Diagnosis(.scaled, "is what it should be times \(name)")) { found, expected in
          try TensorSample.holdsSame(found, mapped(expected) { $0 * factor })
        })
    }
    for offset in [1.0, -1] {
      all.append(
        Candidate(
          diagnosis: Diagnosis(.offset, "is what it should be \(offset > 0 ? "plus" : "minus") 1")
        ) { found, expected in try TensorSample.holdsSame(found, mapped(expected) { $0 + offset }) })
    }
    let square = expected.reduce(0) { $0 + $1 * $1 }
    let product = zip(found, expected).reduce(0) { $0 + $1.0 * $1.1 }
    let change = zip(found, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    guard square > 0, found.count > 3, product.isFinite, change > 0 else { return all }
    let best = product / square
    let mean = zip(found, expected).reduce(0) { $0 + $1.0 - $1.1 } / Double(found.count)
    for (kind, text, fit) in [
      (Diagnosis.Kind.scaled, "is about what it should be times \(short(best))", { $0 * best }),
      (.offset, "is about what it should be plus \(short(mean))", { $0 + mean }),
    ] as [(Diagnosis.Kind, String, (Double) -> Double)] {
      let rest = zip(found, expected).reduce(0) { $0 + ($1.0 - fit($1.1)) * ($1.0 - fit($1.1)) }
      let reduction = (change / max(rest, .leastNonzeroMagnitude)).squareRoot()
      guard reduction > 100 else { continue }
      all.append(
        Candidate(diagnosis: Diagnosis(kind, text, .likely(reduction: reduction))) { found, expected in
          let pairs = zip(try found.doubles(), try expected.doubles())
          let sums = pairs.reduce(into: (rest: 0.0, all: 0.0)) { sums, pair in
            sums.rest += (pair.0 - fit(pair.1)) * (pair.0 - fit(pair.1))
            sums.all += (pair.0 - pair.1) * (pair.0 - pair.1)
          }
          return sums.rest * 1e4 < sums.all
        })
    }
    return all
  }

  private static func factors(_ sizes: [String: Int]) -> [(Double, String)] {
    var factors: [(Double, String)] = [
      (2, "2"), (0.5, "1/2"), (10, "10"), (0.1, "1/10"), (3, "3"), (4, "4"), (0.25, "1/4"),
    ]
    for axis in ["head", "embed"] {
      guard let size = sizes[axis], size > 1 else { continue }
      let root = Double(size).squareRoot()
      factors += [
        (root, "√\(axis)"), (1 / root, "1/√\(axis)"), (1 / Double(size).squareRoot().squareRoot(), "1/∜\(axis)"),
      ]
    }
    return factors
  }

  /// The values under a function, rounded to the type again.
  static func mapped(_ tensor: Tensor, _ function: (Double) -> Double) throws -> Tensor {
    let values = try tensor.doubles().map(function)
    let doubles = Tensor(dtype: .f64, shape: tensor.shape) { bytes in
      values.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
    return try Cast.convert(doubles, to: tensor.dtype)
  }

  /// The elements with their bytes in the other order.
  static func swapped(_ tensor: Tensor) -> Tensor {
    let width = tensor.dtype.byteWidth ?? 1
    return Tensor(dtype: tensor.dtype, shape: tensor.shape) { destination in
      tensor.withUnsafeBytes { source in
        for index in source.indices { destination[index] = source[index / width * width + width - 1 - index % width] }
      }
    }
  }

  /// A number with four digits.
  static func short(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return "\(value)" }
    var power = 1.0
    var magnitude = abs(value)
    while magnitude < 1000 {
      magnitude *= 10
      power *= 10
    }
    while magnitude >= 10000 {
      magnitude /= 10
      power /= 10
    }
    return "\((value * power).rounded() / power)"
  }
}
