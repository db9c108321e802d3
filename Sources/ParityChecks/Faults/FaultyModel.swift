import Architectures
import TensorData
import TensorGraph

/// A model with one fault: its parameters, its graph and what becomes of its inputs.
struct FaultyModel: ParameterSource {
  /// The graph, with other operations if that is the fault.
  let graph: Graph
  /// The parameters whose values differ.
  let changed: [String: Tensor]
  /// Whether the faulty model has other parameters than the sound one.
  let hasOtherParameters: Bool
  private let sound: any ParameterSource
  private let input: (name: String, change: @Sendable (Int) -> Int)?

  /// Injects a fault.
  ///
  /// - Parameters:
  ///   - fault: the fault.
  ///   - model: the sound model.
  /// - Throws: what reading its parameters throws.
  init(_ fault: Fault, in model: MappedModel) throws {
    sound = model
    var changed: [String: Tensor] = [:]
    var graph = try model.graph()
    var input: (String, @Sendable (Int) -> Int)?
    var hasOtherParameters = false
    switch fault.change {
    case .parameters(let replacements):
      for (name, replacement) in replacements { changed[name] = try replacement.applied(to: name, of: model) }
    case .operations(let change):
      graph = graph.changingOperations { change(Operation($0)).op }
    case .input(let name, let change): input = (name, change)
    case .tie(let flag, let isTied, let head):
      var values = model.values
      values.set(flag, .bool(isTied), origin: "injected fault")
      graph = try model.architecture.graph(values)
      hasOtherParameters = true
      if !isTied, let target = model.architecture.instances(values).first(where: { $0.name == head })?.parameter.tiedTo
      {
        changed[head] = try Fault.Replacement.redrawn(seed: 1).applied(to: target, of: model)
      }
    }
    self.changed = changed
    self.graph = graph
    self.input = input
    self.hasOtherParameters = hasOtherParameters
  }

  func parameter(named name: String) throws -> Tensor { try changed[name] ?? sound.parameter(named: name) }

  /// Whether a comparison of the weights, bit by bit, would see the fault.
  func showsInWeights() throws -> Bool {
    if hasOtherParameters { return true }
    return try changed.contains { name, tensor in try !tensor.isBitEqual(to: sound.parameter(named: name)) }
  }

  /// The inputs as the faulty model gets them.
  func inputs(_ given: [String: Tensor]) throws -> [String: Tensor] {
    guard let (name, change) = input, let declared = graph.input(name) else {
      return given
    }
    var inputs = given
    guard let numbers = try declared.numbers(in: given, of: graph) else { return given }
    let limit = declared.bound.flatMap { graph.sizes[$0] } ?? Int.max
    inputs[name] = numbers.mapped { min(change($0), limit - 1) }
    return inputs
  }
}

/// A node's operation and where it stands, for faults that change it.
struct Operation: Sendable {
  let node: String
  var op: Op

  init(_ node: Node) {
    self.node = node.name
    op = node.op
  }
}

extension Fault.Replacement {
  /// The faulty values of a parameter, in its own type and shape.
  func applied(to name: String, of model: MappedModel) throws -> Tensor {
    let tensor = try model.parameter(named: name)
    switch self {
    case .valuesOf(let other): return try Cast.convert(model.parameter(named: other), to: tensor.dtype)
    case .transposed(let split):
      let rows = tensor.shape[..<split].reduce(1, *)
      let columns = tensor.shape[split...].reduce(1, *)
      return tensor.reshapedCopy([rows, columns]).permuted([1, 0]).contiguous().reshaped(tensor.shape)
    case .interleaved(let axis):
      var shape = tensor.shape
      shape.swapAt(axis, axis + 1)
      var order = Array(shape.indices)
      order.swapAt(axis, axis + 1)
      return tensor.reshapedCopy(shape).permuted(order).contiguous()
    case .shifted: return try tensor.mapRows { rows in [rows[rows.count - 1]] + rows.dropLast() }
    case .dropped(let row):
      return try tensor.mapRows { rows in
        Array(rows[..<row] + rows[(row + 1)...]) + [ArraySlice(repeating: 0, count: rows[0].count)]
      }
    case .times(let factor): return try tensor.mapValues { $0.map { factor * $0 } }
    case .redrawn(let seed):
      return try tensor.mapValues { values in
        var random = SplitMix64(seed: seed)
        let mean = values.reduce(0, +) / Double(max(values.count, 1))
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(values.count, 1))
        // A constant parameter is drawn anew too, with a little spread.
        let spread = variance > 0 ? variance.squareRoot() : 0.02
        return values.map { _ in mean + spread * Double(random.normal()) }
      }
    case .rounded: return try Cast.convert(Cast.convert(tensor, to: .bf16), to: tensor.dtype)
    case .cutOff: return try Cast.convert(CutOff.tensor(tensor, to: .bf16), to: tensor.dtype)
    case .throughHalf: return try Cast.convert(Cast.convert(tensor, to: .f16), to: tensor.dtype)
    case .spoilt(let place, let number):
      return try tensor.mapValues { values in
        var values = values
        if place < values.count { values[values.count - 1 - place] = number }
        return values
      }
    }
  }
}

extension Tensor {
  fileprivate func reshapedCopy(_ shape: [Int]) -> Tensor { contiguous().reshaped(shape) }

  /// A tensor of the same type and shape whose values follow from these.
  fileprivate func mapValues(_ change: ([Double]) -> [Double]) throws -> Tensor {
    let values = change(try doubles())
    let wide = Tensor(dtype: .f64, shape: shape) { bytes in values.withUnsafeBytes { bytes.copyMemory(from: $0) } }
    return try Cast.convert(wide, to: dtype)
  }

  /// The same with whole rows of the first axis.
  fileprivate func mapRows(_ change: ([ArraySlice<Double>]) -> [ArraySlice<Double>]) throws -> Tensor {
    try mapValues { values in
      let width = shape.dropFirst().reduce(1, *)
      return change((0..<shape[0]).map { values[($0 * width)..<(($0 + 1) * width)] }).flatMap(Array.init)
    }
  }
}
