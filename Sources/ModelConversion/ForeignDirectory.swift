import WeightFiles

/// Names what a directory holds in which no weight file was found.
enum ForeignDirectory {
  /// What is there instead of a weight file, a line each.
  ///
  /// Sources: TensorFlow's guides to SavedModel and checkpoints; orbax.checkpoint, `type_handlers.py`; t5x, `checkpoints.py`;
  /// zarr v2; Core ML packages.
  ///
  /// - Parameters:
  ///   - directory: the directory.
  ///   - names: what lies in it.
  ///   - foreign: the name of a weight file of another program, if there is one.
  /// - Returns: the lines; empty if nothing is known.
  static func describe(_ directory: String, _ names: [String], foreign: String?) -> [String] {
    if let kind = kind(of: directory, names) { return ["it is \(kind)"] }
    guard let foreign else { return [] }
    let content = ForeignContent.describe(path: FileSystem.join(directory, foreign))
    return [content.map { "it holds \(foreign): \($0)" } ?? "it holds \(foreign), which is another format"]
  }

  private static func kind(of directory: String, _ names: [String]) -> String? {
    func has(_ name: String) -> Bool { names.contains(name) }
    if has("saved_model.pb") { return "a TensorFlow SavedModel, which is not supported yet" }
    if has("manifest.ocdbt") || has("_METADATA") || has("_CHECKPOINT_METADATA") {
      return "an Orbax checkpoint, which is not supported yet"
    }
    if has("checkpoint"), names.contains(where: { $0.hasPrefix("target.") || $0.hasPrefix("state.") }) {
      return "a T5X checkpoint, which is not supported yet"
    }
    if has(".zgroup") || has(".zarray") { return "a zarr store, which is not supported yet" }
    if has("Manifest.json"), has("Data") { return "a Core ML package" }
    if names.contains(where: { $0.hasSuffix(".index") }), names.contains(where: { $0.contains(".data-00000-of-") }) {
      return "a TensorFlow checkpoint, which is not supported yet"
    }
    return nil
  }
}
