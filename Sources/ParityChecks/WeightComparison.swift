public import Architectures
public import TensorData

/// One parameter of two models compared bit for bit.
public struct WeightFinding: Sendable {
  /// How the two sides relate.
  public enum Relation: Sendable, Hashable {
    /// The same type and the same bits.
    case equal
    /// The second side is exactly the first, rounded to its type.
    case rounded(from: DType, to: DType)
    /// Values differ; the sentence says what was recognised, if anything.
    case differs(explanation: String?)
    /// Only one side has it.
    case absent(inFirst: Bool)
    /// The shapes differ.
    case shapes([Int], [Int])
  }

  /// The canonical name, or the stored one where there is no common graph.
  public let name: String
  /// The name of the stored tensor on each side.
  public let stored: (first: String?, second: String?)
  /// How the two sides relate.
  public let relation: Relation
  /// The number of elements.
  public let elements: Int
  /// How many elements differ.
  public let differing: Int
  /// The largest absolute difference.
  public let difference: Double
  /// Where it is.
  public let worst: [Int]

  /// Whether the two sides agree.
  public var agrees: Bool {
    switch relation {
    case .equal, .rounded: true
    case .differs, .absent, .shapes: false
    }
  }
}

/// Compares the parameters of two models, whatever their formats and layouts.
public enum WeightComparison {
  /// Compares every parameter of the common graph.
  ///
  /// - Parameters:
  ///   - first: the model that is taken to be right.
  ///   - second: the model that is judged.
  /// - Returns: a finding for each parameter that either has.
  /// - Throws: what reading the tensors throws.
  public static func compare(_ first: MappedModel, _ second: MappedModel) throws -> [WeightFinding] {
    let names = first.parameters.map(\.name) + second.parameters.map(\.name).filter { first.locations[$0] == nil }
    return try names.compactMap { name in
      let stored = (first.locations[name]?.tensor, second.locations[name]?.tensor)
      guard stored.0 != nil, stored.1 != nil else {
        // A tied parameter need not be stored; its values are compared under the name that it shares.
        if isTied(name, first), isTied(name, second) { return nil }
        return absent(name, stored)
      }
      return try finding(
        name, stored: stored, first.parameter(named: name), second.parameter(named: name),
        explaining: { try explanation(name, $0, $1, first) })
    }
  }

  /// Compares two checkpoints name by name, without a common graph.
  ///
  /// - Parameters:
  ///   - first: the checkpoint that is taken to be right.
  ///   - second: the checkpoint that is judged.
  /// - Returns: a finding for each tensor that either has.
  /// - Throws: what reading the tensors throws.
  public static func compareByName(
    _ first: any TensorSource, _ second: any TensorSource
  ) throws -> [WeightFinding] {
    let firsts = Set(first.tensors.map { ByteKey($0.name) })
    let seconds = Set(second.tensors.map { ByteKey($0.name) })
    let names = first.tensors.map(\.name) + second.tensors.map(\.name).filter { !firsts.contains(ByteKey($0)) }
    return try names.map { name in
      guard firsts.contains(ByteKey(name)), seconds.contains(ByteKey(name)) else {
        return absent(name, (firsts.contains(ByteKey(name)) ? name : nil, seconds.contains(ByteKey(name)) ? name : nil))
      }
      return try finding(
        name, stored: (name, name), first.tensor(named: name), second.tensor(named: name), explaining: { _, _ in nil })
    }
  }

  private static func isTied(_ name: String, _ model: MappedModel) -> Bool {
    model.architecture.instances(model.values).contains { $0.name == name && model.values.isTied($0.parameter) }
  }

  private static func absent(_ name: String, _ stored: (String?, String?)) -> WeightFinding {
    WeightFinding(
      name: name, stored: stored, relation: .absent(inFirst: stored.0 == nil), elements: 0, differing: 0,
      difference: 0, worst: [])
  }

  private static func finding(
    _ name: String, stored: (String?, String?), _ a: Tensor, _ b: Tensor,
    explaining: (Tensor, Tensor) throws -> String?
  ) throws -> WeightFinding {
    func finding(_ relation: WeightFinding.Relation, _ count: Int = 0, _ largest: Double = 0, _ worst: [Int] = [])
      -> WeightFinding
    {
      WeightFinding(
        name: name, stored: stored, relation: relation, elements: a.elementCount, differing: count,
        difference: largest, worst: worst)
    }
    guard a.shape == b.shape else { return finding(.shapes(a.shape, b.shape)) }
    if a.isBitEqual(to: b) { return finding(.equal) }
    // A side of another type is judged by what casting gives, so that honest rounding is no difference.
    let expected = try cast(a, to: b.dtype)
    if a.dtype != b.dtype, expected.isBitEqual(to: b) { return finding(.rounded(from: a.dtype, to: b.dtype)) }
    guard Cast.isSupported(from: a.dtype, to: .f64), Cast.isSupported(from: b.dtype, to: .f64) else {
      return finding(.differs(explanation: nil), a.elementCount, .nan, [])
    }
    let (count, largest, worst) = try distance(expected, b)
    return finding(.differs(explanation: try explaining(expected, b)), count, largest, worst)
  }

  /// The tensor as the type, or as it is if there is no such cast.
  private static func cast(_ tensor: Tensor, to dtype: DType) throws -> Tensor {
    Cast.isSupported(from: tensor.dtype, to: dtype) ? try Cast.convert(tensor, to: dtype) : tensor
  }

  private static func distance(_ a: Tensor, _ b: Tensor) throws -> (count: Int, largest: Double, worst: [Int]) {
    let x = try a.doubles()
    let y = try b.doubles()
    var count = 0
    var largest = 0.0
    var position = 0
    for index in x.indices where x[index].bitPattern != y[index].bitPattern {
      count += 1
      let distance = abs(x[index] - y[index])
      if distance > largest || count == 1 {
        largest = max(largest, distance)
        position = index
      }
    }
    var worst: [Int] = []
    for size in a.shape.reversed() where size > 0 {
      worst.insert(position % size, at: 0)
      position /= size
    }
    return (count, largest, worst)
  }

  /// What the second side's values are, if they are recognised: a transposition, another parameter, the negative.
  private static func explanation(
    _ name: String, _ a: Tensor, _ b: Tensor, _ first: MappedModel
  ) throws -> String? {
    for split in 1..<max(a.shape.count, 1) {
      let rows = a.shape[..<split].reduce(1, *)
      let columns = a.shape[split...].reduce(1, *)
      guard rows == columns, rows > 1 else { continue }
      let matrix = b.reshaped([rows, columns]).permuted([1, 0]).contiguous()
      if a.reshaped([rows, columns]).isBitEqual(to: matrix) { return "it is the transpose of what it should be" }
    }
    for other in first.parameters where other.name != name {
      guard let location = first.locations[other.name] else { continue }
      let candidate = try first.parameter(named: other.name)
      guard candidate.shape == b.shape, try cast(candidate, to: b.dtype).isBitEqual(to: b) else { continue }
      return "it holds the values of \(other.name) (stored as \(location.tensor))"
    }
    let negative = try zip(a.doubles(), b.doubles()).allSatisfy { $0 == -$1 }
    return negative ? "it is the negative of what it should be" : nil
  }
}
