import ParityChecks
import StrictJSON
import TensorData
import TestSupport

/// One way to damage one model, and what blame must say of it.
struct BlameFault: Sendable, CustomStringConvertible {
  /// What was done, in the words of the table.
  let fault: String
  /// The fixture.
  let model: String
  /// The stored tensor that must be named, or nil if the fault is in the configuration.
  let tensor: String?
  /// The node that must be named first.
  let node: String
  /// The kind that must be recognised.
  let kind: Diagnosis.Kind
  let damage: @Sendable (inout DamagedModel) throws -> Void

  init(
    _ fault: String, _ model: String, _ tensor: String? = nil, node: String, _ kind: Diagnosis.Kind,
    _ damage: @escaping @Sendable (inout DamagedModel) throws -> Void
  ) {
    self.fault = fault
    self.model = model
    self.tensor = tensor
    self.node = node
    self.kind = kind
    self.damage = damage
  }

  var description: String { "\(fault), \(model)" }

  /// Every fault of every architecture.
  static let all = bert + gpt2 + t5
}

extension BlameFault {
  /// Faults that one tensor shows whatever the model.
  private static func values(_ model: String, _ tensor: String, _ node: String) -> [BlameFault] {
    func fault(_ name: String, _ kind: Diagnosis.Kind, _ function: @escaping @Sendable (Int, Float) -> Float)
      -> BlameFault
    {
      BlameFault(name, model, tensor, node: node, kind) { copy in
        try copy.change(tensor) { values, _ in values.enumerated().map { function($0, $1) } }
      }
    }
    return [
      fault("rounded to bf16, stored as f32", .rounded) { _, value in bf16(value) },
      fault("cut off to bf16", .rounded) { _, value in Float(bitPattern: value.bitPattern & 0xFFFF_0000) },
      fault("rounded to f16, stored as f32", .rounded) { _, value in Float(Float16(value)) },
      fault("multiplied by 1/2", .scaled) { _, value in value / 2 },
      fault("multiplied by 1.0371", .scaled) { _, value in value * 1.0371 },
      fault("1 added", .offset) { _, value in value + 1 },
      fault("bytes swapped", .byteOrder) { _, value in
        Float(bitPattern: value.bitPattern.byteSwapped)
      },
      fault("zeros", .constant) { _, _ in 0 },
      fault("one NaN", .nonFinite) { index, value in index == 7 ? .nan : value },
      fault("random values", .unrelated) { index, _ in random(index) },
      fault("noise of 1 in 1,000", .changed) { index, value in value * (1 + 0.002 * random(index)) },
    ]
  }

  private static func bf16(_ value: Float) -> Float {
    let bits = value.bitPattern
    return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
  }

  private static func random(_ index: Int) -> Float {
    var generator = SeededRandom(seed: UInt64(index) &+ 99)
    return Float.random(in: -1...1, using: &generator)
  }

  private static func rows(_ values: [Float], _ width: Int, _ order: (Int) -> Int) -> [Float] {
    (0..<(values.count / width)).flatMap { row in
      let from = min(max(order(row), 0), values.count / width - 1)
      return values[(from * width)..<((from + 1) * width)]
    }
  }

  /// Faults of a table of rows.
  private static func table(
    _ model: String, _ tensor: String, _ node: String, width: Int, lost: Int
  ) -> [BlameFault] {
    [
      BlameFault("rows shifted by one", model, tensor, node: node, .shifted) { copy in
        try copy.change(tensor) { values, _ in rows(values, width) { $0 + 1 } }
      },
      BlameFault("a row lost, the rest moved up", model, tensor, node: node, .rowMoved) { copy in
        try copy.change(tensor) { values, _ in rows(values, width) { $0 < lost ? $0 : $0 + 1 } }
      },
      BlameFault("two rows exchanged", model, tensor, node: node, .permuted) { copy in
        try copy.change(tensor) { values, _ in rows(values, width) { $0 == 1 ? lost : $0 == lost ? 1 : $0 } }
      },
    ]
  }

  private static let bert: [BlameFault] = {
    let model = "bert-mlm-12-layers"
    let layer = "bert.encoder.layer."
    return [
      BlameFault(
        "two tensors of one shape exchanged", model, "\(layer)1.attention.self.query.weight",
        node: "block.1.attention.q", .otherParameter
      ) {
        try $0.exchange("\(layer)1.attention.self.query.weight", "\(layer)1.attention.output.dense.weight")
      },
      BlameFault(
        "square matrix transposed", model, "\(layer)2.attention.output.dense.weight", node: "block.2.attention.o",
        .transposed
      ) {
        try $0.reorder("\(layer)2.attention.output.dense.weight", [15, 15], [1, 0])
      },
      BlameFault(
        "matrix reshaped, not transposed", model, "\(layer)2.output.dense.weight", node: "block.2.ff.down", .transposed
      ) {
        try $0.reorder("\(layer)2.output.dense.weight", [15, 23], [1, 0])
      },
      BlameFault(
        "q and k exchanged", model, "\(layer)0.attention.self.query.weight", node: "block.0.attention.q",
        .otherParameter
      ) {
        try $0.exchange("\(layer)0.attention.self.query.weight", "\(layer)0.attention.self.key.weight")
      },
      BlameFault(
        "heads interleaved", model, "\(layer)3.attention.self.value.weight", node: "block.3.attention.v", .axisOrder
      ) {
        try $0.reorder("\(layer)3.attention.self.value.weight", [3, 5, 15], [1, 0, 2])
      },
      BlameFault(
        "heads in another order", model, "\(layer)3.attention.self.value.bias", node: "block.3.attention.v", .shifted
      ) {
        try $0.change("\(layer)3.attention.self.value.bias") { values, _ in rows(values, 5) { ($0 + 1) % 3 } }
      },
      BlameFault(
        "one head negated", model, "\(layer)3.attention.self.key.weight", node: "block.3.attention.k", .negated
      ) {
        try $0.change("\(layer)3.attention.self.key.weight") { values, _ in
          values.enumerated().map { $0 / 75 == 1 ? -$1 : $1 }
        }
      },
      BlameFault("bias negated", model, "\(layer)4.intermediate.dense.bias", node: "block.4.ff.up", .negated) {
        try $0.change("\(layer)4.intermediate.dense.bias") { values, _ in values.map { -$0 } }
      },
      BlameFault(
        "key bias negated (invisible in outputs)", model, "\(layer)4.attention.self.key.bias",
        node: "block.4.attention.k", .negated
      ) {
        try $0.change("\(layer)4.attention.self.key.bias") { values, _ in values.map { -$0 } }
      },
      BlameFault("another layer's values", model, "\(layer)5.output.dense.weight", node: "block.5.ff.down", .otherLayer)
      {
        $0.put("\(layer)5.output.dense.weight", try $0.source.tensor(named: "\(layer)7.output.dense.weight"))
      },
      BlameFault(
        "layers sorted as text", model, "\(layer)2.attention.self.query.weight", node: "block.2.attention.q",
        .layerOrder
      ) {
        try $0.sortLayersAsText(layer, count: 12)
      },
      BlameFault("untied head", model, "cls.predictions.decoder.weight", node: "mlm.decoder", .tie) {
        let table = try $0.source.tensor(named: "bert.embeddings.word_embeddings.weight")
        $0.put("cls.predictions.decoder.weight", Tensor(.f32, table.shape, try table.floats().map { $0 * 1.5 }))
      },
      BlameFault("another activation", model, node: "block.0.ff.activation", .activation) {
        $0.set("hidden_act", "gelu_new")
      },
      BlameFault("another epsilon", model, node: "embeddings.norm", .epsilon) { $0.set("layer_norm_eps", 1e-5) },
      BlameFault(
        "another number of heads", model, "\(layer)0.attention.self.query.weight", node: "block.0.attention.q", .heads
      ) {
        $0.set("num_attention_heads", 5)
      },
    ] + table(model, "bert.embeddings.position_embeddings.weight", "embeddings.position", width: 15, lost: 4)
      + values(model, "\(layer)6.intermediate.dense.weight", "block.6.ff.up")
  }()

  private static let gpt2: [BlameFault] = {
    let model = "gpt2-lm"
    let layer = "transformer.h."
    return [
      BlameFault(
        "two tensors of one shape exchanged", model, "\(layer)1.ln_1.weight", node: "block.1.attention_norm",
        .otherParameter
      ) {
        try $0.exchange("\(layer)1.ln_1.weight", "\(layer)1.ln_2.weight")
      },
      BlameFault(
        "square matrix transposed", model, "\(layer)1.attn.c_proj.weight", node: "block.1.attention.o", .transposed
      ) {
        try $0.reorder("\(layer)1.attn.c_proj.weight", [33, 33], [1, 0])
      },
      BlameFault(
        "matrix reshaped, not transposed", model, "\(layer)0.mlp.c_fc.weight", node: "block.0.ff.up", .transposed
      ) {
        try $0.reorder("\(layer)0.mlp.c_fc.weight", [33, 132], [1, 0])
      },
      BlameFault(
        "q and k exchanged", model, "\(layer)0.attn.c_attn.weight", node: "block.0.attention.q", .otherParameter
      ) {
        try $0.change("\(layer)0.attn.c_attn.weight") { values, _ in
          rows(values, 33) { $0 - $0 % 3 + [1, 0, 2][$0 % 3] }
        }
      },
      BlameFault(
        "q, k, v interleaved by heads", model, "\(layer)1.attn.c_attn.weight", node: "block.1.attention.q", .axisOrder
      ) {
        try $0.reorder("\(layer)1.attn.c_attn.weight", [33, 3, 3, 11], [0, 2, 1, 3])
      },
      BlameFault("heads interleaved", model, "\(layer)0.attn.c_attn.weight", node: "block.0.attention.q", .axisOrder) {
        try $0.reorder("\(layer)0.attn.c_attn.weight", [33, 3, 3, 11], [0, 1, 3, 2])
      },
      BlameFault("heads in another order", model, "\(layer)0.attn.c_proj.weight", node: "block.0.attention.o", .shifted)
      {
        try $0.change("\(layer)0.attn.c_proj.weight") { values, _ in rows(values, 363) { ($0 + 1) % 3 } }
      },
      BlameFault("one head negated", model, "\(layer)0.attn.c_attn.weight", node: "block.0.attention.v", .negated) {
        try $0.change("\(layer)0.attn.c_attn.weight") { values, _ in
          values.enumerated().map { $0 % 99 / 11 == 7 ? -$1 : $1 }
        }
      },
      BlameFault("bias negated", model, "\(layer)0.mlp.c_proj.bias", node: "block.0.ff.down", .negated) {
        try $0.change("\(layer)0.mlp.c_proj.bias") { values, _ in values.map { -$0 } }
      },
      BlameFault(
        "key bias negated (invisible in outputs)", model, "\(layer)1.attn.c_attn.bias", node: "block.1.attention.k",
        .negated
      ) {
        try $0.change("\(layer)1.attn.c_attn.bias") { values, _ in values.enumerated().map { $0 / 33 == 1 ? -$1 : $1 } }
      },
      BlameFault("another layer's values", model, "\(layer)1.mlp.c_fc.weight", node: "block.1.ff.up", .otherLayer) {
        $0.put("\(layer)1.mlp.c_fc.weight", try $0.source.tensor(named: "\(layer)0.mlp.c_fc.weight"))
      },
      BlameFault("layers exchanged", model, "\(layer)0.ln_1.weight", node: "block.0.attention_norm", .layerOrder) {
        copy in
        for info in copy.source.tensors where info.name.hasPrefix("\(layer)0.") {
          try copy.exchange(info.name, "\(layer)1." + info.name.dropFirst("\(layer)0.".count))
        }
      },
      BlameFault("untied head", model, "lm_head.weight", node: "lm_head", .tie) {
        let table = try $0.source.tensor(named: "transformer.wte.weight")
        $0.put("lm_head.weight", Tensor(.f32, table.shape, try table.floats().map { $0 * 1.5 }))
      },
      BlameFault("another activation", model, node: "block.0.ff.activation", .activation) {
        $0.set("activation_function", "gelu")
      },
      BlameFault("another epsilon", model, node: "block.0.attention_norm", .epsilon) {
        $0.set("layer_norm_epsilon", 1e-3)
      },
      BlameFault("attention scaling", model, node: "block.0.attention", .scale) { $0.set("scale_attn_weights", false) },
      BlameFault("another number of heads", model, "\(layer)0.attn.c_attn.weight", node: "block.0.attention.q", .heads)
      {
        $0.set("n_head", 11)
      },
    ] + table(model, "transformer.wpe.weight", "embeddings.position", width: 33, lost: 4)
      + values(model, "\(layer)1.mlp.c_proj.weight", "block.1.ff.down")
  }()

  private static let t5: [BlameFault] = {
    let model = "t5-v10"
    let encoder = "encoder.block."
    let attention = "layer.0.SelfAttention"
    return [
      BlameFault(
        "two tensors of one shape exchanged", model, "\(encoder)0.layer.0.layer_norm.weight",
        node: "encoder.block.0.self_attention_norm", .otherParameter
      ) {
        try $0.exchange("\(encoder)0.layer.0.layer_norm.weight", "\(encoder)0.layer.1.layer_norm.weight")
      },
      BlameFault(
        "matrix reshaped, not transposed", model, "\(encoder)1.\(attention).o.weight",
        node: "encoder.block.1.self_attention.o", .transposed
      ) {
        try $0.reorder("\(encoder)1.\(attention).o.weight", [26, 21], [1, 0])
      },
      BlameFault(
        "q and k exchanged", model, "\(encoder)0.\(attention).q.weight", node: "encoder.block.0.self_attention.q",
        .otherParameter
      ) {
        try $0.exchange("\(encoder)0.\(attention).q.weight", "\(encoder)0.\(attention).k.weight")
      },
      BlameFault(
        "heads interleaved", model, "decoder.block.2.layer.1.EncDecAttention.v.weight",
        node: "decoder.block.2.cross_attention.v", .axisOrder
      ) {
        try $0.reorder("decoder.block.2.layer.1.EncDecAttention.v.weight", [3, 7, 26], [1, 0, 2])
      },
      BlameFault(
        "heads in another order", model, "\(encoder)1.\(attention).v.weight", node: "encoder.block.1.self_attention.v",
        .shifted
      ) {
        try $0.change("\(encoder)1.\(attention).v.weight") { values, _ in rows(values, 182) { ($0 + 1) % 3 } }
      },
      BlameFault(
        "one head negated", model, "\(encoder)1.\(attention).k.weight", node: "encoder.block.1.self_attention.k",
        .negated
      ) {
        try $0.change("\(encoder)1.\(attention).k.weight") { values, _ in
          values.enumerated().map { $0 / 182 == 1 ? -$1 : $1 }
        }
      },
      BlameFault(
        "norm negated", model, "decoder.block.1.layer.2.layer_norm.weight", node: "decoder.block.1.ff_norm", .negated
      ) {
        try $0.change("decoder.block.1.layer.2.layer_norm.weight") { values, _ in values.map { -$0 } }
      },
      BlameFault(
        "another layer's values", model, "decoder.block.3.layer.2.DenseReluDense.wi.weight",
        node: "decoder.block.3.ff.wi", .otherLayer
      ) {
        $0.put(
          "decoder.block.3.layer.2.DenseReluDense.wi.weight",
          try $0.source.tensor(named: "decoder.block.0.layer.2.DenseReluDense.wi.weight"))
      },
      BlameFault(
        "layers exchanged", model, "decoder.block.1.layer.0.layer_norm.weight",
        node: "decoder.block.1.self_attention_norm", .layerOrder
      ) { copy in
        for info in copy.source.tensors where info.name.hasPrefix("decoder.block.1.") {
          try copy.exchange(info.name, "decoder.block.2." + info.name.dropFirst("decoder.block.1.".count))
        }
      },
      BlameFault("untied head", model, "lm_head.weight", node: "lm_head", .tie) {
        let table = try $0.source.tensor(named: "shared.weight")
        $0.put("lm_head.weight", Tensor(.f32, table.shape, try table.floats().map { $0 * 1.5 }))
      },
      BlameFault("another activation", model, node: "encoder.block.0.ff.activation", .activation) {
        $0.set("feed_forward_proj", "gelu")
        $0.set("dense_act_fn", "gelu")
      },
      BlameFault("another epsilon", model, node: "encoder.block.0.self_attention_norm", .epsilon) {
        $0.set("layer_norm_epsilon", 1e-3)
      },
      BlameFault("scaling of the logits", model, node: "lm_head", .scale) { $0.set("scale_decoder_outputs", false) },
      BlameFault("another relative-bucket rule", model, node: "encoder.relative_bias", .relativeBuckets) {
        $0.set("relative_attention_max_distance", 128)
      },
    ]
      + table(
        model, "\(encoder)0.\(attention).relative_attention_bias.weight", "encoder.relative_bias", width: 3, lost: 4)
      + values(model, "\(encoder)1.layer.1.DenseReluDense.wo.weight", "encoder.block.1.ff.down")
  }()
}
