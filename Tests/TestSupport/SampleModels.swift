public import Architectures
public import TensorData

/// Small hyper-parameters of every architecture, with pairwise different sizes, for sweeps over the layouts.
public enum SampleModels {
  /// One model of each kind that has its own set of parameters.
  ///
  /// - Parameter blocks: how many blocks they have; from ten on, the order of the numbers is not that of the text.
  /// - Returns: the models.
  /// - Throws: nothing; the hyper-parameters are right.
  public static func all(blocks: Int = 12) throws -> [(
    name: String, architecture: any Architecture.Type, values: Hyperparameters
  )] {
    var models: [(String, any Architecture.Type, Hyperparameters)] = []
    let bert = ["vocab": 53, "embed": 15, "block": blocks, "heads": 3, "ff": 31, "positions": 19, "token_types": 4]
    for parts in [
      [], ["pooler"], ["mlm"], ["pooler", "mlm", "nsp"], ["pooler", "classifier"], ["classifier"], ["qa"],
      ["mlm", "classifier"], ["pooler", "mlm", "nsp", "classifier", "qa"],
    ] {
      var values = hyperparameters(bert, ["activation": .string("gelu_erf"), "layer_norm_epsilon": .double(1e-12)])
      values.parts = Set(parts)
      values.set("tied_head", .bool(true), origin: "sample")
      if parts.contains("classifier") { values.set("labels", .int(7), origin: "sample") }
      models.append(("bert " + parts.joined(separator: "+"), BERT.self, values))
    }
    let gpt2 = ["vocab": 53, "embed": 15, "block": blocks, "heads": 3, "ff": 31, "positions": 19]
    for (task, parts) in [
      ("base", []), ("lm", []), ("sequence_classification", ["score"]), ("lm", ["score"]),
    ] as [(String, Set<String>)] {
      var values = hyperparameters(gpt2, ["activation": .string("gelu_tanh"), "layer_norm_epsilon": .double(1e-5)])
      values.set("task", .string(task), origin: "sample")
      values.set("tied_head", .bool(true), origin: "sample")
      values.set("scale_attn_weights", .bool(true), origin: "sample")
      values.set("scale_attn_by_inverse_layer_idx", .bool(task == "base"), origin: "sample")
      values.parts = parts
      if parts.contains("score") { values.set("labels", .int(7), origin: "sample") }
      models.append(((["gpt2 " + task] + parts).joined(separator: "+"), GPT2.self, values))
    }
    let t5 = [
      "vocab": 53, "embed": 14, "encoder_block": blocks, "decoder_block": 2, "heads": 3, "head": 5, "ff": 31,
      "buckets": 8,
      "max_distance": 20,
    ]
    for (task, gate, isTied) in [
      ("lm", "ungated", true), ("lm", "gated", false), ("base", "gated", true), ("encoder", "ungated", true),
    ] {
      var values = hyperparameters(t5, ["activation": .string("relu"), "layer_norm_epsilon": .double(1e-6)])
      values.parts = task == "encoder" ? [gate] : [gate, "decoder"]
      values.set("task", .string(task), origin: "sample")
      values.set("tied_head", .bool(isTied), origin: "sample")
      models.append(("t5 \(task) \(gate)", T5.self, values))
    }
    return try models.map { name, architecture, values in
      var complete = values
      try architecture.complete(&complete)
      return (name, architecture, complete)
    }
  }

  private static func hyperparameters(_ sizes: [String: Int], _ others: [String: Hyperparameter]) -> Hyperparameters {
    var values = Hyperparameters()
    for (name, size) in sizes { values.set(name, .int(size), origin: "sample") }
    for (name, value) in others { values.set(name, value, origin: "sample") }
    return values
  }

  /// The configuration that says these values in a layout's words.
  public static func config(_ architecture: any Architecture.Type, _ values: Hyperparameters, _ layout: Layout)
    -> ConfigFile
  {
    ConfigFile(name: layout.config.fileName, object: layout.configuration(of: architecture, values, base: nil).object)
  }

  /// A model with random values, mapped from its `hf` spelling.
  public static func model(
    _ architecture: any Architecture.Type, _ values: Hyperparameters, _ random: inout SplitMix64
  ) throws -> MappedModel {
    let hf = architecture.layouts[0]
    var source = MemorySource()
    for instance in architecture.instances(values) where !values.isTied(instance.parameter) {
      guard let row = hf.rows.first(where: { $0.canonical == instance.parameter.name }),
        let shape = row.axes.shape(values.sizes)
      else { preconditionFailure("no row for \(instance.name)") }
      source.add(row.names[0].filled(instance.indices), random.tensor(shape))
    }
    var request = MappingRequest()
    request.configs = [config(architecture, values, hf)]
    return try ModelMapper.map(source, request)
  }
}

extension MemorySource {
  /// A model as a layout stores it, its buffers included.
  public init(_ model: MappedModel, _ layout: Layout, tied: TiedPolicy? = nil, allowsLoss: Bool = false) throws {
    self.init()
    for target in try layout.targets(of: model, tied: tied, allowsLoss: allowsLoss) {
      add(target.name, try target.tensor(from: model, dtype: .f32))
    }
    for buffer in layout.requiredBuffers(of: model) {
      add(buffer.info.name, try buffer.value.filled(dtype: buffer.info.dtype, shape: buffer.info.shape))
    }
  }
}
