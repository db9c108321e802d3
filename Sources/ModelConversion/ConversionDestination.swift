import WeightFiles

/// Where a conversion puts its files.
public struct ConversionDestination: Sendable {
  /// The directory, or nil if the output is one file (or standard output).
  public let directory: String?
  /// The weight file; for shards the name of the first comes out of the writer.
  public let weights: String

  /// Decides whether a path is to be a file or a directory.
  ///
  /// A path with the extension of a weight format is a file; any other is a directory in which the weights are called
  /// `model` plus the format's extension.
  ///
  /// - Parameters:
  ///   - path: what the user gave; `-` is standard output.
  ///   - options: the conversion.
  /// - Throws: `ModelError` if shards are asked for in a file.
  public init(_ path: String, _ options: ConversionOptions) throws(ModelError) {
    let isDirectory = try FileSystem.kind(of: path) == .directory
    guard options.format.isWritten else {
      throw ModelError(
        .cannotConvert, "\(options.format.name) is read, but not written",
        details: ["written are " + WeightFormat.written.map(\.name).joined(separator: ", ")],
        hint: "give --to safetensors")
    }
    let named = WeightFormat.forExtension(of: path).flatMap { $0.isWritten ? $0 : nil }
    let isFile = path == "-" || (named != nil && !isDirectory)
    if let other = named, isFile, other != options.format {
      throw ModelError(
        .cannotConvert,
        "\(path) has the extension of \(other.name), but \(options.format.name) is to be written into it",
        hint: "call it \(FileSystem.stem(of: path))\(options.format.fileExtension), or give --to \(other.name)")
    }
    if !isFile, !isDirectory, let foreign = ConversionDestination.foreignExtension(of: path) {
      throw ModelError(
        .cannotConvert, "\(path): files of the kind \(foreign) are not written",
        details: ["written are " + WeightFormat.written.map(\.fileExtension).joined(separator: ", ")],
        hint: "for a directory give a name without that extension: -o \(FileSystem.stem(of: path))")
    }
    if options.maxShardSize != nil, !options.format.capabilities.contains(.shards) {
      throw ModelError(
        .cannotConvert, "only safetensors has shards", hint: "leave --max-shard-size out, or give --to safetensors")
    }
    if isFile, options.maxShardSize != nil {
      throw ModelError(
        .cannotConvert, "shards are several files, but \(path) is one",
        hint: "give a directory: -o \(path == "-" ? "DIR" : FileSystem.stem(of: path))")
    }
    directory = isFile ? nil : path
    weights = isFile ? path : FileSystem.join(path, "model" + options.format.fileExtension)
  }

  /// Where a file goes that belongs to the weights: into the directory, or beside the single file under its name.
  func path(of name: String) -> String {
    directory.map { FileSystem.join($0, name) } ?? "\(FileSystem.stem(of: weights)).\(name)"
  }

  /// Makes the directory and folders in it unless they exist.
  ///
  /// - Parameter folders: folders relative to the directory, outer ones first.
  /// - Returns: those that were made.
  /// - Throws: `ModelError` if one cannot be made.
  func makeDirectories(_ folders: [String]) throws(ModelError) -> ProvisionalDirectories {
    let made = ProvisionalDirectories()
    guard let directory else { return made }
    for path in [directory] + folders.map({ FileSystem.join(directory, $0) })
    where try FileSystem.kind(of: path) != .directory {
      try made.make(path)
    }
    return made
  }

  /// The extension of another program's weight files, which nobody means as the name of a directory.
  private static func foreignExtension(of path: String) -> String? {
    let read = WeightFormat.all.filter { !$0.isWritten }.flatMap(\.extensions)
    return (read + ModelLocator.foreignExtensions).first { path.hasSuffix($0) }
  }

  /// Refuses a directory whose other weight file readers would take instead of the new ones.
  ///
  /// - Parameter written: the weight file that will appear, or the index of the shards.
  /// - Throws: `ModelError` that names the file in the way.
  func checkNothingShadows(_ written: String) throws(ModelError) {
    guard let directory, let found = try? ModelLocator.locate(directory).weights else { return }
    let name = FileSystem.name(of: found)
    guard ModelLocator.isPreferred(name, over: FileSystem.name(of: written)) else { return }
    throw ModelError(
      .io, "\(directory) already holds \(name), which readers would take instead of what is to be written",
      hint: "remove it, or write to another directory")
  }
}
