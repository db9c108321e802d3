import Architectures
public import TensorData
import TensorGraph
import WeightFiles

/// Inputs and recorded outputs for a random model: what it asks for, or something else.
public struct FuzzedInputs: Sendable {
  private var members: [FuzzedModel.Stored] = []

  /// Draws inputs and, as somebody else would have recorded them, outputs.
  ///
  /// - Parameters:
  ///   - model: the model that is to read them.
  ///   - random: decides.
  /// - Throws: `ParityError` if the architecture has no synthetic models.
  public init(for model: FuzzedModel, _ random: inout SplitMix64) throws {
    let graph =
      try (try? model.architecture.graph(model.values))
      ?? model.architecture.graph(ProbeVariant.all(of: model.architecture)[0].values)
    var sizes = graph.sizes
    for axis in graph.inputs.flatMap(\.axes) where sizes[axis] == nil {
      sizes[axis] = sizes[axis.replacing("_keys", with: "")] ?? 1 + random.number(below: 5)
    }
    for input in graph.inputs where random.happens(input.role == .labels ? 30 : 85) {
      var shape = input.axes.map { sizes[$0] ?? 1 }
      if random.happens(4), !shape.isEmpty { shape[random.number(below: shape.count)] = random.number(below: 4) }
      if random.happens(2) { shape.append(1) }
      if random.happens(2) { shape.removeLast() }
      let limit = input.isCounted ? input.bound.flatMap { graph.sizes[$0] } ?? 2 : 2
      let numbers = (0..<shape.reduce(1, *)).map { _ in
        random.happens(1) ? random.element([-1, limit, -100, .max, .min]) : random.number(below: limit)
      }
      members.append(FuzzedModel.Stored(name: "in_\(input.name)", tensor: random.whole(numbers, shape)))
    }
    for output in graph.outputs where random.happens(40) {
      var shape = (output.isStacked ? [output.values.count] : []) + output.values[0].axes.map { sizes[$0] ?? 1 }
      if random.happens(5), !shape.isEmpty { shape[random.number(below: shape.count)] = random.number(below: 4) }
      let dtype = random.happens(80) ? .f32 : random.element(DType.allCases)
      let tensor = random.happens(90) ? random.tensor(dtype, shape) : random.spoiled(random.tensor(dtype, shape))
      members.append(FuzzedModel.Stored(name: "out_\(output.name)", tensor: tensor))
    }
    if random.happens(10) {
      let shape = [1 + random.number(below: 2), random.number(below: 8)]
      let numbers = (0..<shape.reduce(1, *)).map { _ in random.number(below: 4) }
      members.append(FuzzedModel.Stored(name: "out_generated", tensor: random.whole(numbers, shape)))
    }
    if random.happens(5) { members.append(FuzzedModel.Stored(name: "in_unknown", tensor: random.tensor(.i64, [1]))) }
  }

  /// Takes the members of a file and changes one of them.
  ///
  /// - Parameters:
  ///   - path: the file, such as a golden.
  ///   - random: decides.
  /// - Throws: what reading throws.
  public init(damaging path: String, _ random: inout SplitMix64) throws {
    let file = try Checkpoint.open(path)
    members = try file.tensors.map { FuzzedModel.Stored(name: $0.name, tensor: try file.tensor(named: $0.name)) }
    guard !members.isEmpty else { return }
    let place = random.number(below: members.count)
    let tensor = members[place].tensor
    switch random.number(below: 7) {
    case 0: members.remove(at: place)
    case 1: members[place].tensor = random.tensor(tensor.dtype, tensor.shape)
    case 2: members[place].tensor = random.tensor(random.element(DType.allCases), tensor.shape)
    case 3: members[place].tensor = random.tensor(tensor.dtype, tensor.shape.map { max(0, $0 - 1) })
    case 4: members[place].tensor = random.tensor(tensor.dtype, tensor.shape + [1])
    case 5: members[place].tensor = random.spoiled(tensor)
    default: members[place].tensor = random.edited(tensor)
    }
  }

  /// Writes them as an `.npz`.
  ///
  /// - Parameter path: the file.
  /// - Throws: what writing throws; a container that cannot hold one of the types is such a reason.
  public func write(to path: String) throws {
    let files = OutputSet(replace: true, policy: .never)
    _ = try WeightFormat.npz.write(members.map(\.entry), to: path, in: files)
    try files.commit()
  }
}

extension GraphInput {
  /// Whether the numbers are counts or indices, not real numbers.
  fileprivate var isCounted: Bool { !role.isReal && !role.isMask }
}

extension SplitMix64 {
  /// Whole numbers, mostly as I64, now and then as something else.
  fileprivate mutating func whole(_ numbers: [Int], _ shape: [Int]) -> Tensor {
    if happens(5) { return tensor(element(DType.allCases), shape) }
    let values = numbers.map { Int64($0) }
    let tensor = Tensor(dtype: .i64, shape: shape) { bytes in values.withUnsafeBytes { bytes.copyMemory(from: $0) } }
    guard happens(15), let other = try? Cast.convert(tensor, to: element([.i32, .f32, .u8, .f64])) else {
      return tensor
    }
    return other
  }

  /// A tensor of bytes, such as a text, with a few of them changed or digits exchanged.
  fileprivate mutating func edited(_ tensor: Tensor) -> Tensor {
    var bytes = tensor.withUnsafeBytes { Array($0) }
    guard !bytes.isEmpty else { return tensor }
    for _ in 0..<(1 + number(below: 3)) {
      let place = number(below: bytes.count)
      let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place])
      bytes[place] = isDigit ? UInt8(ascii: "0") + UInt8(number(below: 10)) : UInt8(truncatingIfNeeded: next())
    }
    return Tensor(dtype: tensor.dtype, shape: tensor.shape) { $0.copyBytes(from: bytes) }
  }
}
