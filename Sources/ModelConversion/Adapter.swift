import Architectures
import StrictJSON
import WeightFiles

/// A small set of weights that changes another model: what its configuration says of it.
///
/// Source: peft 0.17 `config.py`, `utils/save_and_load.py`; adapters 1.2 `loading.py`; mlx-lm `tuner/utils.py`.
struct Adapter {
  /// The configuration of PEFT, adapter-transformers and MLX.
  static let fileName = "adapter_config.json"

  /// What it is: `a LoRA adapter`.
  let kind: String
  /// The model that it changes, or nil if nothing says.
  let base: String?
  /// Whether its effect can be added to the weights of that model.
  let isMergeable: Bool

  /// Reads the configuration in a folder; a file that cannot be read says nothing beyond its name.
  init(in directory: String) {
    let text = try? TextFile.read(FileSystem.join(directory, Adapter.fileName))
    let config = text.flatMap { try? JSONValue(parsing: $0) }?.object ?? JSONObject()
    let type = (config["peft_type"]?.string ?? config["fine_tune_type"]?.string ?? "").uppercased()
    (kind, isMergeable) =
      switch type {
      case "LORA", "DORA": ("a LoRA adapter", true)
      case "ADALORA": ("an AdaLoRA adapter", true)
      case "IA3": ("an (IA)3 adapter", true)
      case "PREFIX_TUNING": ("a trained prefix", false)
      case "PROMPT_TUNING", "P_TUNING", "MULTITASK_PROMPT_TUNING", "ADAPTION_PROMPT", "CPT": ("a trained prompt", false)
      case "": ("an adapter", true)
      default: ("a PEFT adapter (\(type))", true)
      }
    base = ["base_model_name_or_path", "model_name", "model"].lazy.compactMap { config[$0]?.string }.first {
      !$0.isEmpty
    }
  }

  /// `a LoRA adapter for org/name`.
  var description: String { kind + (base.map { " for \($0)" } ?? "") }

  /// Whether a weight file of that name is an adapter's by its name alone.
  static func isWeights(_ name: String) -> Bool {
    let name = name.lowercased()
    let isWeights =
      WeightFormat.forExtension(of: name) != nil || ModelLocator.foreignExtensions.contains(where: name.hasSuffix)
    guard isWeights else { return name.hasSuffix(".lora") }
    return ["adapter_model.", "adapter_model-", "adapters.", "pytorch_adapter.", "pytorch_lora_weights."].contains(
      where: name.hasPrefix) || FileSystem.stem(of: name).split { "-_.".contains($0) }.contains("lora")
  }

  /// Refuses to take an adapter for a model.
  ///
  /// - Parameter name: what the user called it.
  /// - Returns: the error.
  func failure(_ name: String) -> LayoutError {
    LayoutError(
      .unmapped, "\(name) is \(description), not a model" + (isMergeable ? ": merge it first" : ""),
      hint: isMergeable
        ? "load \(base ?? "the model") with peft, call merge_and_unload(), save it, and give that folder"
        : "it cannot be merged into weights; the model without it computes something else")
  }
}
