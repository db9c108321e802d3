import ParityChecks
import StrictJSON
import TensorData
import TestSupport

extension BlameFault {
  /// Faults of a T5 model.
  static let t5: [BlameFault] = {
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
