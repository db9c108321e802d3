import StrictJSON
import WeightFiles

/// The files that belong to a model beside its weights and configuration: tokenizer, generation settings, licence, and the
/// folders of a sentence-transformers model.
struct CarriedFiles {
  private static let names: Set<String> = [
    "merges.txt", "special_tokens_map.json", "added_tokens.json", "generation_config.json", "spiece.model",
    "sentencepiece.bpe.model", "chat_template.jinja", "chat_template.json", SentenceTransformer.fileName,
    "sentence_bert_config.json", "config_sentence_transformers.json",
  ]
  private static let beginnings = ["tokenizer", "vocab", "LICENSE", "LICENCE", "NOTICE"]
  /// Folders in folders beyond this depth are not looked into.
  private static let maximumDepth = 8

  /// The paths of the files, relative to the model's directory.
  private(set) var paths: [String] = []
  /// The folders that they need, outer ones first.
  private(set) var folders: [String] = []
  /// What a user should know: files that are not what their names say, or are left behind.
  private(set) var notes: [String] = []
  private let directory: String

  /// Looks for the files in a directory.
  ///
  /// - Throws: `ModelError` if the directory cannot be read, or if `modules.json` leads out of it.
  init(in directory: String) throws(ModelError) {
    self.directory = directory
    for name in try FileSystem.names(in: directory) {
      guard CarriedFiles.names.contains(name) || CarriedFiles.beginnings.contains(where: name.hasPrefix) else {
        continue
      }
      try add(name)
    }
    guard let pipeline = try SentenceTransformer(in: directory) else { return }
    for module in try pipeline.missing() {
      notes.append("\(SentenceTransformer.fileName) lists \(module.path) (\(module.type)), which is not there")
    }
    for folder in try pipeline.folders() { try addFolder(folder) }
  }

  private mutating func add(_ path: String) throws(ModelError) {
    let full = FileSystem.join(directory, path)
    switch try FileSystem.kind(of: full) {
    case .file:
      paths.append(path)
      if let oddity = FileOddity.of(full) { notes.append("\(path) \(oddity)") }
    case nil:
      guard let target = FileSystem.danglingLink(full) else { return }
      notes.append("\(path) is a symbolic link to \(target), where there is nothing: it is left out")
    case .directory, .other: break
    }
  }

  /// Adds what is in a folder of a module.
  ///
  /// A link that leads out of the model is not followed.
  private mutating func addFolder(_ folder: String, depth: Int = 0) throws(ModelError) {
    var outer = ""
    for part in folder.split(separator: "/") {
      outer = outer.isEmpty ? String(part) : "\(outer)/\(part)"
      if !folders.contains(outer) { folders.append(outer) }
    }
    for name in try FileSystem.names(in: FileSystem.join(directory, folder)) where !name.hasPrefix(".") {
      let path = "\(folder)/\(name)"
      let full = FileSystem.join(directory, path)
      guard try FileSystem.kind(of: full) == nil || staysInside(full) else {
        notes.append("\(path) is a link that leads out of the model: it is left out")
        continue
      }
      if try FileSystem.kind(of: full) == .directory {
        if depth < CarriedFiles.maximumDepth, !paths.contains(where: { $0.hasPrefix(path + "/") }) {
          try addFolder(path, depth: depth + 1)
        }
      } else {
        try add(path)
        if WeightFormat.forExtension(of: name) != nil || ModelLocator.foreignExtensions.contains(where: name.hasSuffix)
        {
          notes.append(
            "\(path) holds weights behind the model's own: carried as they are, not converted, cast or compared")
        }
      }
    }
  }

  /// Whether a path, links followed, lies in the model's directory, or in the blobs of the cache that it is a snapshot of.
  private func staysInside(_ path: String) -> Bool {
    let (inner, outer) = (FileSystem.resolved(path), FileSystem.resolved(directory))
    let snapshots = FileSystem.directory(of: outer)
    let blobs = FileSystem.name(of: snapshots) == "snapshots" ? FileSystem.directory(of: snapshots) + "/blobs/" : nil
    return inner.hasPrefix(outer == "/" ? outer : outer + "/") || blobs.map(inner.hasPrefix) == true
  }
}
