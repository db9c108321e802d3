import Architectures
import StrictJSON
import WeightFiles

/// What lies beside the weights of a model and is not read with them.
struct Surroundings {
  /// What changes the model when other programs load the folder, and files that are not what their names say.
  private(set) var warnings: [String] = []
  /// What a reader may want to know, but need not be told by every command.
  private(set) var remarks: [String] = []

  /// Files of other parts of a model, by their names without extension, and what they are.
  private static let parts: [(stem: String, what: String)] = [
    ("value_head", "a value head"), ("v_head", "a value head"),
    ("pytorch_model_head", "a head of adapter-transformers"),
    ("learned_embeds", "a textual inversion, whose tokens are not in the embedding"),
    ("prefix_encoder", "a trained prefix"), ("prompt_encoder", "a trained prompt"), ("soft_prompt", "a trained prompt"),
  ]
  /// Files that say how weights are quantised.
  private static let quantisation = [
    "quantize_config.json", "quant_config.json", "hf_quant_config.json", "quantization_config.json",
    "quant_model_description.json",
  ]
  /// What training leaves behind, by the beginnings of the names.
  private static let training = [
    "optimizer.", "optimizer_", "scheduler.", "scaler.", "rng_state", "training_args.bin", "trainer_state.json",
  ]

  /// Looks into the folder of a model.
  ///
  /// - Parameters:
  ///   - directory: the folder.
  ///   - weights: the weight file that is read.
  ///   - configs: the configuration files that were read.
  /// - Throws: `ModelError` if the folder cannot be read.
  init(_ directory: String, weights: String, configs: [ConfigFile]) throws(ModelError) {
    let names = try FileSystem.names(in: directory)
    let own = FileSystem.name(of: weights)
    try findAdapters(directory, names.filter { $0 != own })
    for (stem, what) in Surroundings.parts {
      for name in names where name != own && (name == stem || name.hasPrefix(stem + ".") || name.hasPrefix(stem + "-"))
      {
        warnings.append("\(name) lies beside the weights: \(what), which is not read")
      }
    }
    for name in Surroundings.quantisation where names.contains(name) {
      warnings.append(
        "\(name) lies beside the weights and says that they are quantised\(method(FileSystem.join(directory, name))); they are read as they are stored"
      )
    }
    for config in configs {
      guard let quantised = config.object["quantization_config"]?.object else { continue }
      let method = quantised["quant_method"]?.string.map { ": \($0)" } ?? ""
      warnings.append(
        "\(config.name) has a quantization_config\(method): other programs quantise the weights when they load them, or they are quantised; they are read as they are stored"
      )
    }
    let left = names.filter { name in Surroundings.training.contains(where: name.hasPrefix) }
    if !left.isEmpty { remarks.append("left behind by training, and not read: \(left.joined(separator: ", "))") }
    do throws(ModelError) {
      warnings += try CarriedFiles(in: directory).notes
      if let pipeline = try SentenceTransformer(in: directory) {
        remarks.append(
          "sentence-transformers: \(pipeline.summary); what follows the transformer is carried along, and no part of what is run"
        )
      }
    } catch {
      warnings.append(error.message)
    }
  }

  private mutating func findAdapters(_ directory: String, _ names: [String]) throws(ModelError) {
    let files = names.filter { $0 == Adapter.fileName || Adapter.isWeights($0) }
    if !files.isEmpty {
      warnings.append(
        "\(files.joined(separator: ", ")) beside the weights: \(Adapter(in: directory).description), which is not applied; other programs may apply it when they load the folder"
      )
    }
    for name in names where !name.hasPrefix(".") {
      let folder = FileSystem.join(directory, name)
      guard try FileSystem.kind(of: folder) == .directory,
        try FileSystem.kind(of: FileSystem.join(folder, Adapter.fileName)) == .file
      else { continue }
      warnings.append(
        "the folder \(name) beside the weights holds \(Adapter(in: folder).description), which is not applied")
    }
  }

  private func method(_ path: String) -> String {
    guard let text = try? TextFile.read(path), let config = (try? JSONValue(parsing: text))?.object else { return "" }
    let name = config["quant_method"]?.string
    let bits = (config["bits"] ?? config["w_bit"])?.int.map { "\($0) bits" }
    let words = [name, bits].compactMap { $0 }
    return words.isEmpty ? "" : " (\(words.joined(separator: ", ")))"
  }
}
