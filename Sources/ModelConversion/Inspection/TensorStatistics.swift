public import TensorData

/// What the values of one tensor are like: their range, mean and spread, and how many are not finite.
///
/// Computed in float64, block by block, so that memory does not grow with the tensor. Minimum, maximum, mean and deviation
/// are those of the finite values.
public struct TensorStatistics: Sendable, Equatable {
  /// The number of elements.
  public private(set) var elements = 0
  /// How many are zero, of either sign.
  public private(set) var zeros = 0
  /// How many are not a number.
  public private(set) var nans = 0
  /// How many are infinite, of either sign.
  public private(set) var infinities = 0
  /// The smallest finite value, or nil if there is none.
  public private(set) var minimum: Double?
  /// The largest finite value, or nil if there is none.
  public private(set) var maximum: Double?
  private var average = 0.0
  /// The sum of the squared distances from the mean.
  private var squares = 0.0

  /// How many elements are converted at a time: 128 kB as float64.
  private static let blockSize = 16_384

  /// The number of finite elements.
  public var finite: Int { elements - nans - infinities }
  /// The mean of the finite values, or nil if there are none.
  public var mean: Double? { finite > 0 ? average : nil }
  /// The standard deviation of the finite values as a whole population (divided by n), or nil if there are none.
  public var standardDeviation: Double? { finite > 0 ? (squares / Double(finite)).squareRoot() : nil }
  /// Whether there are elements and all are zero.
  public var isAllZero: Bool { elements > 0 && zeros == elements }

  /// Reads a tensor once; nil if its elements are no floating-point numbers that can be computed with.
  ///
  /// - Parameter tensor: the values; a tensor that is stored with gaps or in another order is laid out first.
  public init?(_ tensor: Tensor) {
    guard tensor.dtype.isComputableFloat, let width = tensor.dtype.byteWidth else { return nil }
    let isRead = tensor.withUnsafeBytes { bytes in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: TensorStatistics.blockSize) { block in
        for first in stride(from: 0, to: bytes.count, by: TensorStatistics.blockSize * width) {
          let part = UnsafeRawBufferPointer(
            rebasing: bytes[first..<min(bytes.count, first + TensorStatistics.blockSize * width)])
          let values = UnsafeMutableBufferPointer(rebasing: block[..<(part.count / width)])
          guard
            (try? Cast.convert(part, from: tensor.dtype, into: UnsafeMutableRawBufferPointer(values), as: .f64)) != nil
          else { return false }
          add(UnsafeBufferPointer(values))
        }
        return true
      }
    }
    guard isRead else { return nil }
  }

  /// Adds a block: its own mean and squares, joined to what is known (Chan, Golub and LeVeque 1979, "Updating formulae and
  /// a pairwise algorithm for computing sample variances").
  private mutating func add(_ block: UnsafeBufferPointer<Double>) {
    let before = Double(finite)
    var sum = 0.0
    var lowest = Double.infinity
    var highest = -Double.infinity
    for value in block {
      guard value.isFinite else {
        if value.isNaN { nans += 1 } else { infinities += 1 }
        continue
      }
      if value == 0 { zeros += 1 }
      if value < lowest { lowest = value }
      if value > highest { highest = value }
      sum += value
    }
    elements += block.count
    let count = Double(finite) - before
    guard count > 0 else { return }
    let mean = sum / count
    var distances = 0.0
    for value in block where value.isFinite { distances += (value - mean) * (value - mean) }
    let shift = mean - average
    average += shift * count / (before + count)
    squares += distances + shift * shift * before * count / (before + count)
    minimum = min(minimum ?? lowest, lowest)
    maximum = max(maximum ?? highest, highest)
  }
}
