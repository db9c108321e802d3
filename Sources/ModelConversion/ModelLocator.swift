import Architectures
import WeightFiles

/// Finds the weight file that a user's words mean: a path, or a repository in the local Hugging Face cache.
public enum ModelLocator {
  /// What was found.
  public struct Location: Sendable {
    /// The weight file, or the index of the shards.
    public let weights: String
    /// The directory whose other files belong to the model; nil if a single file was named.
    public let directory: String?
  }

  /// Weight files that are preferred over others in one directory, best first.
  private static let preferred = WeightFormat.all.flatMap(\.preferredNames)

  /// The extensions of weight files that are not read.
  static let foreignExtensions = [".keras", ".onnx", ".tflite", ".pb"]

  /// Whether `locate` takes the first of two names in one directory.
  static func isPreferred(_ name: String, over other: String) -> Bool {
    let ranks = [name, other].map { preferred.firstIndex(of: $0) ?? preferred.count }
    return ranks[0] < ranks[1]
  }

  /// Finds the weights.
  ///
  /// - Parameter argument: a file, a directory, `org/name` out of the cache, or `-`.
  /// - Returns: where they are.
  /// - Throws: `ModelError` that says what is there instead.
  public static func locate(_ argument: String) throws(ModelError) -> Location {
    if argument == "-" { return Location(weights: "-", directory: nil) }
    switch try FileSystem.kind(of: argument) {
    case .file, .other: return Location(weights: argument, directory: nil)
    case .directory: return try inside(argument)
    case nil: break
    }
    // TensorFlow's own programs are given the prefix that the files of a checkpoint share.
    let index = argument + WeightFormat.tensorFlow.fileExtension
    if try FileSystem.kind(of: index) == .file { return Location(weights: index, directory: nil) }
    if let snapshot = try HubCache().snapshot(of: argument) { return try inside(snapshot) }
    try settle(FileSystem.directory(of: argument))
    guard try FileSystem.kind(of: argument) != nil else { throw notFound(argument) }
    return Location(weights: argument, directory: nil)
  }

  /// Puts back what a killed run kept, so that the files of one model are of one age.
  private static func settle(_ directory: String) throws(ModelError) {
    do throws(WeightFileError) {
      try OutputSet.settle(folder: directory)
    } catch {
      throw ModelError(.io, error.description)
    }
  }

  private static func inside(_ directory: String) throws(ModelError) -> Location {
    try settle(directory)
    let names = try FileSystem.names(in: directory)
    if let name = preferred.first(where: names.contains) {
      let path = FileSystem.join(directory, name)
      if FileSystem.danglingLink(path) != nil { throw notFound(path) }
      return Location(weights: path, directory: directory)
    }
    let endings = WeightFormat.all.compactMap(\.indexEnding)
    let indexes = names.filter { name in endings.contains { name.hasSuffix($0) } }
    let all = names.filter { name in
      WeightFormat.forExtension(of: name).map { !$0.otherNames.contains(name) } ?? false && !name.hasPrefix(".")
        && !name.hasPrefix("golden")
    }
    // Adapters count only where nothing else does.
    let models = all.filter { !Adapter.isWeights($0) }
    var files = models.isEmpty ? all : models
    // Where a format has no index, the first shard stands for the set.
    files.removeAll { isShard($0) && hasNoIndex($0) && !$0.contains("-00001-of-") }
    if indexes.isEmpty, let shard = files.first(where: { isShard($0) && !hasNoIndex($0) }) {
      throw ModelError(
        .invalid, "\(directory) holds \(shard), which is part of a set, but not the index of that set",
        hint: "fetch or convert the set again; to take the file alone, name it: \(FileSystem.join(directory, shard))")
    }
    let candidates = indexes.isEmpty ? files : indexes
    if candidates.count == 1 {
      return Location(weights: FileSystem.join(directory, candidates[0]), directory: directory)
    }
    guard candidates.isEmpty else {
      throw ModelError(
        .invalid, "\(directory) holds \(candidates.count) weight files, and none of them is preferred",
        details: Array(candidates.prefix(8)), hint: "name the file itself: \(FileSystem.join(directory, candidates[0]))"
      )
    }
    let foreign = names.first { name in
      foreignExtensions.contains { name.hasSuffix($0) }
    }
    if let folder = try SentenceTransformer(in: directory)?.transformerFolder,
      try FileSystem.kind(of: FileSystem.join(directory, folder)) == .directory
    {
      let path = FileSystem.join(directory, folder)
      throw ModelError(
        .invalid, "\(directory) is a sentence-transformers folder, whose transformer is in \(folder)",
        hint: "name the transformer's own folder, without what follows it: \(path)")
    }
    let unfinished = HubCache.unfinishedDownload(of: directory)
    throw ModelError(
      .invalid,
      "\(directory) holds no weight file (\(WeightFormat.all.flatMap(\.extensions).map { "*" + $0 }.joined(separator: ", ")))",
      details: ForeignDirectory.describe(directory, names, foreign: foreign) + [unfinished].compactMap { $0 },
      hint: foreign == nil
        ? unfinished.map { _ in "fetch the model again" }
        : "save the weights as safetensors or .npz with the library that wrote them")
  }

  /// Whether the format of a file knows shards, but no index of them.
  private static func hasNoIndex(_ name: String) -> Bool {
    WeightFormat.forExtension(of: name).map { $0.capabilities.contains(.shards) && $0.indexEnding == nil } ?? false
  }

  /// Whether a name ends as those of several shards do, in `-00001-of-00003.safetensors`.
  private static func isShard(_ name: String) -> Bool {
    let parts = FileSystem.stem(of: name).split(separator: "-").suffix(3)
    guard parts.count == 3, let count = parts.last else { return false }
    return parts.dropFirst().first == "of" && Int(parts.first ?? "") != nil && Int(count).map { $0 > 1 } == true
  }

  private static func notFound(_ argument: String) -> ModelError {
    if let target = FileSystem.danglingLink(argument) {
      return ModelError(
        .io, "\(argument) is a symbolic link to \(target), where there is nothing",
        hint: "restore the file; in a Hugging Face cache, fetch the model again")
    }
    let directory = FileSystem.directory(of: argument)
    let names = try? FileSystem.names(in: directory)
    let near = names.flatMap { NearestName.of(FileSystem.name(of: argument), among: $0) }
    let inCache = argument.split(separator: "/").count <= 2 && !argument.hasPrefix("/") && !argument.hasPrefix(".")
    return ModelError(
      .io,
      "there is no file or directory \(argument)"
        + (inCache ? ", and no such model in \(HubCache().directories.joined(separator: " or "))" : ""),
      hint: near.map { "did you mean \(directory == "." ? $0 : FileSystem.join(directory, $0))?" })
  }
}
