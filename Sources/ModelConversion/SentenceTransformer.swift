import Architectures
import StrictJSON
import WeightFiles

/// A sentence-transformers model: what `modules.json` puts behind the transformer, a folder each.
///
/// Source: sentence-transformers 5, `SentenceTransformer.save`, `models/Pooling.py`, `models/Dense.py`.
struct SentenceTransformer {
  /// One step of the pipeline.
  struct Module {
    /// The last part of the class: `Pooling`.
    let type: String
    /// The folder, relative to the model's; empty for the model's own.
    let path: String
  }

  /// The file that lists the modules.
  static let fileName = "modules.json"

  /// The folder of the model.
  let directory: String
  /// The modules in order.
  let modules: [Module]

  /// Reads the list of a folder; nil if it has none that can be read, which `CarriedFiles` tells.
  ///
  /// - Throws: `ModelError` if the list names a folder outside of the model's.
  init?(in directory: String) throws(ModelError) {
    self.directory = directory
    let path = FileSystem.join(directory, SentenceTransformer.fileName)
    guard try FileSystem.kind(of: path) == .file, let text = try? TextFile.read(path),
      let list = (try? JSONValue(parsing: text))?.array
    else { return nil }
    modules = list.map { item in
      let type = item["type"]?.string ?? "?"
      return Module(type: String(type.split(separator: ".").last ?? "?"), path: item["path"]?.string ?? "")
    }
    for module in modules where !SentenceTransformer.isInside(module.path, directory) {
      throw ModelError(
        .invalid, "\(path) names the folder \(module.path), which is not inside of \(directory)",
        hint: "a model does not refer to what lies outside of its folder; mend the list, or take it away")
    }
  }

  /// Whether a path leads into a folder and stays there, links included.
  private static func isInside(_ path: String, _ directory: String) -> Bool {
    guard !path.hasPrefix("/"), !path.contains("\\"), !path.contains("\0"),
      !path.split(separator: "/").contains("..")
    else { return false }
    let (inner, outer) = (FileSystem.resolved(FileSystem.join(directory, path)), FileSystem.resolved(directory))
    return path.isEmpty || (try? FileSystem.kind(of: FileSystem.join(directory, path))) == nil
      || inner.hasPrefix(outer == "/" ? outer : outer + "/")
  }

  /// The folders of the modules that are there, relative to the model's; the model's own is not among them.
  func folders() throws(ModelError) -> [String] {
    var found: [String] = []
    for module in modules {
      let path = module.path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
      guard !path.isEmpty, !found.contains(path) else { continue }
      if try FileSystem.kind(of: FileSystem.join(directory, path)) == .directory { found.append(path) }
    }
    return found
  }

  /// The folder of the transformer, if it is not the model's own.
  var transformerFolder: String? {
    guard let module = modules.first(where: { $0.type == "Transformer" || $0.type == "BERT" }) else { return nil }
    let path = module.path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    return path.isEmpty ? nil : path
  }

  /// Modules that are listed, but not there; what has no settings needs no folder.
  func missing() throws(ModelError) -> [Module] {
    var missing: [Module] = []
    for module in modules where !module.path.isEmpty && module.type != "Normalize" {
      if try FileSystem.kind(of: FileSystem.join(directory, module.path)) != .directory { missing.append(module) }
    }
    return missing
  }

  /// The pipeline in a line: `Transformer, Pooling (1_Pooling: mean), Dense (2_Dense: 12 to 8, Tanh), Normalize`.
  var summary: String {
    modules.map { module in
      let details = [module.path, settings(of: module)].filter { !$0.isEmpty }.joined(separator: ": ")
      return details.isEmpty ? module.type : "\(module.type) (\(details))"
    }.joined(separator: ", ")
  }

  private func settings(of module: Module) -> String {
    let path = FileSystem.join(FileSystem.join(directory, module.path), "config.json")
    guard module.type == "Pooling" || module.type == "Dense", let text = try? TextFile.read(path),
      let config = (try? JSONValue(parsing: text))?.object
    else { return "" }
    if module.type == "Pooling" {
      let modes = [
        "cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken",
      ]
      return modes.filter { config["pooling_mode_\($0)"]?.bool == true }.joined(separator: "+")
    }
    guard let from = config["in_features"]?.int, let to = config["out_features"]?.int else { return "" }
    let activation = config["activation_function"]?.string?.split(separator: ".").last.map { ", \($0)" } ?? ""
    return "\(from) to \(to)\(activation)"
  }
}
