public import Architectures
import TensorData
import TensorGraph

/// A model made from a seed, to prove a mapping without any checkpoint.
///
/// The weights of a product are normal numbers times `scale` / √fan-in, tables of embeddings have `scale` / 50 (the 0.02
/// of BERT and GPT-2 at scale 1), biases a fraction of `scale`. Query and key projections share its root, so that
/// scores grow with √`scale`: more makes every softmax one-hot and a deep model chaotic; where the scores are not scaled (T5), the query projection is, by 1 / √head as in
/// T5's own initialisation. No single scale shows every fault: at a small one the two forms of GELU agree, at a large one
/// an epsilon drowns and a softmax that is nearly one-hot hides its scores.
public struct SyntheticModel: Sendable {
  /// What kind of model it is.
  public let variant: ProbeVariant
  /// The seed of its weights.
  public let seed: UInt64
  /// How large its weights are.
  public let scale: Float
  /// The model, as its best-known layout stores it.
  public let model: MappedModel

  /// The scales that a probe tries.
  public static let scales: [Float] = [1, 5, 20]

  /// Makes a model.
  ///
  /// - Parameters:
  ///   - variant: what kind of model.
  ///   - seed: one seed gives one model on every machine.
  ///   - scale: how large its weights are; 1 is usual.
  /// - Throws: `ParityError` if no layout has a place for each of its parameters; what mapping throws.
  public init(_ variant: ProbeVariant, seed: UInt64, scale: Float) throws {
    self.variant = variant
    self.seed = seed
    self.scale = scale
    let values = variant.values
    let instances = variant.architecture.instances(values).filter { !values.isTied($0.parameter) }
    let home = variant.architecture.layouts.first { layout in
      instances.allSatisfy { instance in layout.rows.contains { $0.canonical == instance.parameter.name } }
    }
    guard let home else {
      throw ParityError("no layout of \(variant.architecture.name) has a place for every parameter of \(variant.name)")
    }
    var weights = SyntheticWeights(try variant.architecture.graph(values), seed: seed, scale: scale)
    var stored: [(name: String, tensor: Tensor)] = []
    var positions: [String: Int] = [:]
    for instance in instances {
      let axes = instance.axes
      guard let row = home.rows.first(where: { $0.canonical == instance.parameter.name }),
        let shape = row.axes.filled(instance.indices).shape(values.sizes)
      else { continue }
      let name = row.names[0].filled(instance.indices, withPrefix: false)
      let parameter = weights.parameter(instance.name, shape: axes.map { values.int($0) ?? 1 })
      let place = row.axes.filled(instance.indices).placement(
        of: axes, sizes: values.sizes, at: row.at.merging(instance.indices) { $1 })
      let position = positions[name] ?? stored.count
      let before = positions[name].map { stored[$0].tensor }
      let laid = Tensor(dtype: .f32, shape: shape) { bytes in
        before?.withUnsafeBytes { bytes.copyMemory(from: $0) }
        Rearrange.copy(
          parameter, into: UnsafeMutableRawBufferPointer(rebasing: bytes[(place.offset * 4)...]),
          strides: place.strides)
      }
      if before == nil { stored.append((name, laid)) } else { stored[position].tensor = laid }
      positions[name] = position
    }
    var source = MemoryTensors()
    for (name, tensor) in stored { source.add(name, tensor) }
    model = try source.mapped(variant.architecture, values, home)
  }

  /// A model as a layout stores it, read back; nil if the layout has no place or no word for something of this model.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - layout: the layout to write.
  /// - Returns: what was written, read back.
  /// - Throws: what mapping throws for any other reason.
  func representable(_ model: MappedModel, in layout: Layout) throws -> MappedModel? {
    do {
      let written = try model.rewritten(in: layout)
      return lostTask(of: written) == nil ? written : nil
    } catch let error as LayoutError where error.kind == .notRepresentable {
      return nil
    }
  }

  /// The task that a rewritten model no longer says, because the configuration of its layout has no word for it.
  func lostTask(of written: MappedModel) -> String? {
    guard let task = model.values.string("task"), written.architecture.task(written.values) != task else { return nil }
    let isSayable = written.layout.config.keys.contains { key in
      switch key.kind {
      case .words(let words), .firstWord(let words): words.contains { $0.meaning["task"] != nil }
      default: key.canonical == "task"
      }
    }
    return isSayable ? nil : task
  }
}

/// The values of a synthetic model's parameters.
private struct SyntheticWeights {
  private var random: SplitMix64
  private let scale: Float
  /// The size of a parameter's values, times `scale` to a power.
  private var sizes: [String: (factor: Float, power: Float)] = [:]
  private var gains: Set<String> = []

  init(_ graph: Graph, seed: UInt64, scale: Float) {
    random = SplitMix64(seed: seed)
    self.scale = scale
    for node in graph.nodes {
      let traits = node.op.traits
      switch traits.firstParameter {
      case .weight:
        let axes = graph.parameterAxes[node.parameters[0]] ?? []
        let fanIn = node.inputs[0].axes.filter(axes.contains).reduce(1) { $0 * (graph.sizes[$1] ?? 1) }
        sizes[node.parameters[0]] = (1 / Float(fanIn).squareRoot(), 1)
      case .gain: gains.insert(node.parameters[0])
      case .none, .embeddings, .biases: break
      }
      let isUnscaled = traits.constant(.attentionScale)?.value == .number(1)
      for (index, input) in traits.scoredInputs.enumerated() {
        let factor = index == 0 && isUnscaled ? 1 / Float(graph.headSize(of: node)).squareRoot() : 1
        for parameter in graph.nodes[node.inputs[input].node].parameters {
          sizes[parameter] = ((sizes[parameter]?.factor ?? 0.25) * factor, 0.25)
        }
      }
    }
    // A weight that is also a table of embeddings keeps the size of the table.
    for node in graph.nodes where node.op.traits.firstParameter == .embeddings { sizes[node.parameters[0]] = (0.02, 1) }
  }

  mutating func parameter(_ name: String, shape: [Int]) -> Tensor {
    let isGain = gains.contains(name)
    let (factor, power) = isGain ? (0.25, 0) : sizes[name] ?? (0.25, 1)
    let size = factor * (power == 0 ? 1 : power == 1 ? scale : scale.squareRoot().squareRoot())
    let values = (0..<shape.reduce(1, *)).map { _ in (isGain ? 1 : 0) + size * random.normal() }
    return Tensor(dtype: .f32, shape: shape) { bytes in values.withUnsafeBytes { bytes.copyMemory(from: $0) } }
  }
}
