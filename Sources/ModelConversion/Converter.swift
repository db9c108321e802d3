import Architectures
import Synchronization
public import TensorData
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
    let isFile = path == "-" || (WeightFormat.forExtension(of: path) != nil && FileSystem.kind(of: path) != .directory)
    if isFile, options.maxShardSize != nil {
      throw ModelError(
        .cannotConvert, "shards are several files, but \(path) is one",
        hint: "give a directory: -o \(FileSystem.stem(of: path))")
    }
    if options.maxShardSize != nil, options.format != .safetensors {
      throw ModelError(
        .cannotConvert, "only safetensors has shards", hint: "leave --max-shard-size out, or give --to safetensors")
    }
    directory = isFile ? nil : path
    weights = isFile ? path : FileSystem.join(path, "model" + options.format.fileExtension)
  }
}

/// What a conversion wrote.
public struct ConversionResult: Sendable {
  /// Every file, in the order in which it appeared.
  public var paths: [String]
  /// The bytes of the weight files.
  public var byteCount: Int
  /// Values that became infinite or NaN by the cast.
  public var overflowed: Int
  /// What a user should know.
  public var notes: [String]
}

/// A conversion whose files are complete, but still have temporary names.
public final class StagedConversion {
  /// What was written.
  public let result: ConversionResult
  private let outputs: OutputSet
  private let weights: [String]
  private let format: WeightFormat

  init(_ result: ConversionResult, _ outputs: OutputSet, weights: [String], format: WeightFormat) {
    self.result = result
    self.outputs = outputs
    self.weights = weights
    self.format = format
  }

  /// The converted weights, read back from the disk.
  ///
  /// - Returns: the tensors of all weight files together.
  /// - Throws: what opening them throws.
  public func readBack() throws -> any TensorSource {
    try TensorSourceGroup(
      weights.compactMap(outputs.standIn).map { try Checkpoint.open($0, options: ReadOptions(format: format)) })
  }

  /// Moves every file to its place.
  ///
  /// - Throws: `WeightFileError` if a file cannot be moved.
  public func commit() throws { try outputs.commit() }
}

extension ConversionPlan {
  /// Carries the plan out, up to the point where the files only need their names.
  ///
  /// - Parameters:
  ///   - destination: where the files go; standard output is written at once.
  ///   - progress: told how many bytes of weights have been written.
  /// - Returns: the written files; unless they are committed, they disappear.
  /// - Throws: what reading, casting or writing throws; then nothing is left.
  public func stage(
    to destination: ConversionDestination, progress: (@Sendable (Int) -> Void)? = nil
  ) throws -> StagedConversion {
    let casts = CastTally()
    let entries = outputs.map { output in
      WriteEntry(output.info) { try tensor(of: output, casts) }
    }
    let writeOptions = WriteOptions(compression: options.compression, progress: progress)
    let files = OutputSet(replace: options.replacesExisting)
    if let directory = destination.directory, let number = FileSystem.makeDirectory(directory) {
      throw ModelError(.io, "the directory \(directory) cannot be made: \(FileSystem.message(number))")
    }
    let carried = try addOtherFiles(to: files, destination)
    let result: WriteResult
    if destination.weights == "-" {
      result = try options.format.writeToStandardOutput(entries, metadata: metadata, options: writeOptions)
    } else if let size = options.maxShardSize, let directory = destination.directory {
      result = try ShardWriter(maxShardSize: size).write(
        entries, metadata: metadata, toFolder: directory, in: files, options: writeOptions)
    } else {
      result = try options.format.write(
        entries, metadata: metadata, to: destination.weights, in: files, options: writeOptions)
    }
    return StagedConversion(
      ConversionResult(
        paths: result.paths + carried, byteCount: result.byteCount, overflowed: casts.overflowed,
        notes: notes + result.notes), files,
      weights: result.paths.filter { !$0.hasSuffix(".json") }, format: options.format)
  }

  /// The tensor that a recipe gives, with the element type that was announced.
  private func tensor(of output: Output, _ casts: CastTally) throws -> Tensor {
    let tensor: Tensor
    switch output.recipe {
    case .stored(let name): tensor = try source.checkpoint.tensor(named: name)
    case .buffer(let value): return try value.filled(dtype: output.info.dtype, shape: output.info.shape)
    case .target(let target):
      guard let model else { preconditionFailure("a layout without a mapped model") }
      let stored = Set(try target.pieces.map { try model.parameter(named: $0.parameter).dtype })
      tensor = try target.tensor(from: model, dtype: stored.count == 1 ? stored.first ?? .f32 : output.info.dtype)
    }
    guard tensor.dtype != output.info.dtype else { return tensor }
    let (cast, report) = try Cast.convertCounting(tensor, to: output.info.dtype)
    casts.add(report)
    return cast
  }

  /// Adds the configuration, and into a directory the files that belong to the model.
  private func addOtherFiles(to outputs: OutputSet, _ destination: ConversionDestination) throws -> [String] {
    guard destination.weights != "-" else { return [] }
    var paths: [String] = []
    func add(_ bytes: [UInt8], _ path: String) throws {
      try outputs.add(bytes, path: path)
      paths.append(path)
    }
    guard let directory = destination.directory else {
      for (name, text) in configs {
        try add(Array(text.utf8), "\(FileSystem.stem(of: destination.weights)).\(name)")
      }
      return paths
    }
    for (name, text) in configs { try add(Array(text.utf8), FileSystem.join(directory, name)) }
    guard options.copiesFiles, let from = source.directory else { return paths }
    if model == nil {
      for config in source.configs where !configs.contains(where: { $0.name == config.name }) {
        try add(try TextFile.bytes(FileSystem.join(from, config.name)), FileSystem.join(directory, config.name))
      }
    }
    for name in CarriedFiles.names(in: from) {
      try add(try TextFile.bytes(FileSystem.join(from, name)), FileSystem.join(directory, name))
    }
    return paths
  }
}

/// Adds up what the casts of one conversion lost.
private final class CastTally: Sendable {
  private let total = Atomic<Int>(0)

  var overflowed: Int { total.load(ordering: .relaxed) }

  func add(_ report: CastReport) { total.add(report.overflowed, ordering: .relaxed) }
}
