import ParityChecks
import StrictJSON
import TensorData
import TestSupport

extension BlameFault {
  /// Faults of a BERT model.
  static let bert: [BlameFault] = {
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
}
