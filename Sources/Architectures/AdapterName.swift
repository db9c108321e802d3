/// Names of tensors that change the weights of another model, or its inputs, instead of being weights themselves.
///
/// Source: peft 0.17 `tuners/*/layer.py`, adapters 1.2 (adapter-transformers), kohya-ss/sd-scripts `lora.py`, mlx-lm `tuner/lora.py`.
enum AdapterName {
  // swift-format-ignore
  /// A part of a name, and what has such parts.
  private static let parts: [String: String] = [
    "lora_A": "a LoRA adapter", "lora_B": "a LoRA adapter", "lora_a": "a LoRA adapter", "lora_b": "a LoRA adapter",
    "lora_embedding_A": "a LoRA adapter", "lora_embedding_B": "a LoRA adapter", "lora_magnitude_vector": "a LoRA adapter",
    "lora_down": "a LoRA adapter", "lora_up": "a LoRA adapter", "lora_E": "an AdaLoRA adapter", "ia3_l": "an (IA)3 adapter",
    "hada_w1_a": "a LoHa adapter", "hada_w1_b": "a LoHa adapter", "hada_w2_a": "a LoHa adapter", "hada_w2_b": "a LoHa adapter",
    "lokr_w1": "a LoKr adapter", "lokr_w2": "a LoKr adapter", "lokr_w2_a": "a LoKr adapter", "lokr_w2_b": "a LoKr adapter",
    "oft_r": "an OFT adapter", "oft_R": "an OFT adapter", "boft_R": "a BOFT adapter", "boft_s": "a BOFT adapter",
    "vera_lambda_b": "a VeRA adapter", "vera_lambda_d": "a VeRA adapter", "hra_u": "an HRA adapter",
    "prompt_embeddings": "a trained prompt", "prompt_encoder": "a trained prompt", "prefix_encoder": "a trained prefix",
    "adapter_down": "a bottleneck adapter", "adapter_up": "a bottleneck adapter",
    "modules_to_save": "a PEFT adapter", "base_layer": "a PEFT adapter", "original_module": "a PEFT adapter",
  ]

  /// What a name belongs to: `a LoRA adapter`; nil if it is none of these.
  static func kind(of name: String) -> String? {
    name.split { "/.".contains($0) }.lazy.compactMap { parts[String($0)] }.first
  }

  /// Says that names without a place are those of an adapter, which must not be left out; nil if there is none among them.
  ///
  /// - Parameters:
  ///   - unknown: the names without a place.
  ///   - count: how many names there are in all.
  /// - Returns: the error that says so.
  static func failure(_ unknown: [String], of count: Int) -> LayoutError? {
    let found = unknown.compactMap { name in kind(of: name).map { (name, $0) } }
    guard let first = found.first(where: { $0.1 != "a PEFT adapter" }) ?? found.first else { return nil }
    let message =
      found.count == count
      ? "these are the tensors of \(first.1), not of a model"
      : "the file holds \(first.1) that is not merged into the model: \(found.count) of \(count) tensors, such as \(first.0)"
    let isMergeable = !first.1.hasPrefix("a trained")
    return LayoutError(
      .unmapped, message,
      hint: isMergeable
        ? "merge it first: merge_and_unload() of peft, or merge_adapter() of adapters, then save the model"
        : "a prompt or prefix cannot be merged into weights; the model without it computes something else")
  }
}
