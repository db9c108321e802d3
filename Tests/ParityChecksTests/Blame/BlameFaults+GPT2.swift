import ParityChecks
import StrictJSON
import TensorData
import TestSupport

extension BlameFault {
  /// Faults of a GPT-2 model.
  static let gpt2: [BlameFault] = {
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
}
