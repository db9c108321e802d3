import TensorData

/// A few numbers that stand for the value of one node: enough to tell how far two such values are apart.
///
/// A projection is the sum of all elements, each with a sign that follows from a seed and its position. The mean square
/// of the difference of the projections of two values estimates the squared norm of the difference of the values
/// (Achlioptas 2003, "Database-friendly random projections"); with sixteen the estimate is off by a fifth or so.
struct Sketch {
  /// How many projections there are.
  static let projectionCount = 16

  /// The projections.
  var projections: [Double]
  /// The Euclidean norm.
  var norm = 0.0
  /// The mean of the elements.
  var mean = 0.0
  /// The largest magnitude.
  var maximum = 0.0
  /// The norm at each position of a value with the axes batch and sequence, row-major; of others nothing.
  var positions: [Double] = []
  /// How many elements are not finite.
  var nonFinite = 0

  /// Sketches a value.
  ///
  /// - Parameters:
  ///   - value: the value of a node.
  ///   - axes: its axes.
  ///   - callerAxes: those along which there are positions and sequences.
  ///   - counts: for each element whether it counts; nil for all.
  ///   - seed: of the signs.
  /// - Throws: `CastError` if the elements are no numbers.
  init(_ value: Tensor, axes: [String], callerAxes: Set<String>, counts: [Bool]?, seed: UInt64) throws {
    let elements = try value.doubles()
    var sums = [Double](repeating: 0, count: Sketch.projectionCount)
    let isPositional = axes.count > 1 && axes.prefix(2).allSatisfy(callerAxes.contains)
    let rows = isPositional ? value.shape.prefix(2).reduce(1, *) : 1
    let width = max(elements.count / max(rows, 1), 1)
    var squares = [Double](repeating: 0, count: rows)
    var counted = 0
    for (index, element) in elements.enumerated() where counts?[index] ?? true {
      counted += 1
      guard element.isFinite else {
        nonFinite += 1
        continue
      }
      var signs = Sketch.signs(seed, index)
      for projection in sums.indices {
        sums[projection] += signs & 1 == 0 ? element : -element
        signs >>= 1
      }
      squares[index / width] += element * element
      mean += element
      maximum = max(maximum, abs(element))
    }
    mean /= Double(max(counted, 1))
    norm = squares.reduce(0, +).squareRoot()
    if isPositional { positions = squares.map { $0.squareRoot() } }
    projections = sums
  }

  /// Takes what was recorded.
  init(projections: [Double], statistics: [Double], positions: [Double]) {
    self.projections = projections
    norm = statistics[0]
    mean = statistics[1]
    maximum = statistics[2]
    nonFinite = Int(exactly: statistics[3]) ?? 0
    self.positions = positions
  }

  /// Norm, mean, largest magnitude, number of elements that are not finite.
  var statistics: [Double] { [norm, mean, maximum, Double(nonFinite)] }

  /// About how far the two values are apart, as the norm of their difference.
  func distance(to other: Sketch) -> Double {
    let squares = zip(projections, other.projections).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return max((squares / Double(Sketch.projectionCount)).squareRoot(), abs(norm - other.norm))
  }

  /// Sixteen signs for one element, as the low bits.
  private static func signs(_ seed: UInt64, _ index: Int) -> UInt64 {
    var generator = SplitMix64(seed: seed, skipping: index)
    return generator.next()
  }
}
