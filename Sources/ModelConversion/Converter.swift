import Architectures
import StrictJSON
public import TensorData
import WeightFiles

/// What a conversion wrote.
public struct ConversionResult: Sendable {
  /// Every file, in the order in which it appeared.
  public var paths: [String]
  /// The bytes of the weight files.
  public var byteCount: Int
  /// Values that became infinite or NaN by the cast.
  public var overflowed: Int
  /// Values that were not zero and became zero by the cast.
  public var underflowed: Int
  /// Where values became infinite or NaN, a stored tensor each.
  public var overflows: [Overflow]
  /// What a user should know.
  public var notes: [String]
}

/// A conversion whose files are complete, but still have temporary names.
public final class StagedConversion {
  /// What was written.
  public let result: ConversionResult
  private var outputs: OutputSet?
  private let weights: [String]
  private let format: WeightFormat
  /// The directories that were made for the files, outer ones first.
  private let directories: ProvisionalDirectories

  init(
    _ result: ConversionResult, _ outputs: OutputSet, weights: [String], format: WeightFormat,
    directories: ProvisionalDirectories
  ) {
    self.result = result
    self.outputs = outputs
    self.weights = weights
    self.format = format
    self.directories = directories
  }

  deinit {
    // The directories are empty only when the files have gone.
    outputs = nil
  }

  /// The converted weights, read back from the disk.
  ///
  /// - Returns: the tensors of all weight files together.
  /// - Throws: what opening them throws.
  public func readBack() throws -> any TensorSource {
    try TensorSourceGroup(
      weights.compactMap { outputs?.standIn(for: $0) }.map {
        try Checkpoint.open($0, options: ReadOptions(format: format))
      })
  }

  /// Moves every file to its place.
  ///
  /// - Throws: `WeightFileError` if a file cannot be moved.
  public func commit() throws {
    try outputs?.commit()
    directories.keep()
  }
}

extension ConversionPlan {
  /// Carries the plan out, up to the point where the files only need their names.
  ///
  /// - Parameters:
  ///   - destination: where the files go; standard output is written at once.
  ///   - progress: told how many bytes of weights have been written.
  /// - Returns: the written files; unless they are committed, they disappear.
  /// - Throws: what reading, casting or writing throws, and `ModelError` if a cast makes finite values infinite and the
  ///   options do not allow it; then nothing is left.
  public func stage(
    to destination: ConversionDestination, progress: (@Sendable (Int) -> Void)? = nil
  ) throws -> StagedConversion {
    try check(destination)
    let carried = try carriedFiles(destination)
    return try write(
      to: destination, carrying: carried, in: destination.makeDirectories(carried?.folders ?? []), progress)
  }

  /// Checks that the output's format can hold the planned tensors and metadata, and that its readers will find them.
  ///
  /// - Parameter destination: where the files go.
  /// - Throws: `ModelError` that says what cannot be written.
  public func check(_ destination: ConversionDestination) throws(ModelError) {
    do throws(WeightFileError) {
      try options.format.check(
        outputs.map(\.info), metadata: metadata, path: destination.weights,
        options: WriteOptions(compression: options.compression))
    } catch {
      throw ModelError(.cannotConvert, error.description)
    }
    try destination.checkNothingShadows(isSharded ? destination.weights + ".index.json" : destination.weights)
  }

  /// Whether the tensors take more than one file.
  private var isSharded: Bool {
    guard let size = options.maxShardSize else { return false }
    return ShardWriter(maxShardSize: size).assign(outputs.map(\.info)).count > 1
  }

  /// Writes every file under a temporary name.
  private func write(
    to destination: ConversionDestination, carrying carriedFiles: CarriedFiles?,
    in directories: ProvisionalDirectories, _ progress: (@Sendable (Int) -> Void)?
  ) throws -> StagedConversion {
    // What has gone to standard output cannot be taken back.
    if destination.weights == "-", !options.allowsOverflow { try checkRange() }
    let casts = CastTally()
    let entries = outputs.enumerated().map { index, output in
      if case .stored(let name) = output.recipe,
        source.checkpoint.stored(named: name)?.info.dtype == output.info.dtype
      {
        return WriteEntry(name, of: source.checkpoint, as: output.info.name)
      }
      return WriteEntry(output.info, assembly: { try assembly(of: output, casts.listener(index)) })
    }
    let writeOptions = WriteOptions(
      compression: options.compression, threads: options.threads ?? FileSystem.processorCount, progress: progress)
    let files = OutputSet(replace: options.replacesExisting, policy: options.diskPolicy)
    for path in directories.paths { files.add(newFolder: path) }
    let (carried, oddities) = try addOtherFiles(to: files, destination, carriedFiles)
    let result: WriteResult
    if destination.weights == "-" {
      result = try options.format.writeToStandardOutput(entries, metadata: metadata, options: writeOptions)
    } else if let size = options.maxShardSize, let folder = destination.directory {
      result = try ShardWriter(maxShardSize: size).write(
        entries, metadata: metadata, toFolder: folder, in: files, options: writeOptions)
    } else {
      result = try options.format.write(
        entries, metadata: metadata, to: destination.weights, in: files, options: writeOptions)
    }
    let total = casts.total
    let overflows = try overflows(casts)
    guard overflows.isEmpty || options.allowsOverflow else { throw ConversionPlan.refusal(overflows) }
    return StagedConversion(
      ConversionResult(
        paths: result.paths + carried, byteCount: result.byteCount, overflowed: total.overflowed,
        underflowed: total.underflowed, overflows: overflows, notes: notes + result.notes + oddities), files,
      weights: result.paths.filter { !$0.hasSuffix(".json") }, format: options.format, directories: directories)
  }

  /// Makes every tensor that is cast once without writing it, and throws if finite values become infinite.
  private func checkRange() throws {
    let casts = CastTally()
    let memory = PieceMemory()
    for (index, output) in outputs.enumerated() {
      let assembly = try assembly(of: output, casts.listener(index))
      guard assembly.storedType != assembly.dtype else { continue }
      var start = 0
      while start < assembly.byteCount {
        let end = assembly.pieceEnd(from: start, limit: 1 << 20)
        try assembly.withBytes(start..<end, in: memory) { _ in }
        start = end
      }
    }
    let overflows = try overflows(casts)
    guard overflows.isEmpty else { throw ConversionPlan.refusal(overflows) }
  }

  /// The tensor that a recipe gives, with the element type that was announced.
  private func assembly(
    of output: Output, _ tally: @escaping @Sendable (CastReport) -> Void
  ) throws -> TensorAssembly {
    let dtype = output.info.dtype
    switch output.recipe {
    case .buffer(let value): return try TensorAssembly(value.filled(dtype: dtype, shape: output.info.shape))
    case .stored(let name):
      var assembly = try TensorAssembly(source.checkpoint.tensor(named: name), as: dtype)
      assembly.tally = tally
      return assembly
    case .target(let target):
      guard let model else { preconditionFailure("a layout without a mapped model") }
      return try target.assembly(from: model, dtype: dtype, tally: tally)
    }
  }

  /// Adds the configuration, and into a directory the files that belong to the model.
  ///
  /// If the container alone changes, the configuration stays as it is, but for the name of a type that all weights get.
  ///
  /// - Returns: the paths, and what a user should know of the files.
  private func addOtherFiles(
    to outputs: OutputSet, _ destination: ConversionDestination, _ carried: CarriedFiles?
  ) throws -> (paths: [String], notes: [String]) {
    guard destination.weights != "-", options.copiesFiles else { return ([], []) }
    var paths: [String] = []
    var notes: [String] = []
    func add(_ bytes: [UInt8], _ path: String) throws {
      try outputs.add(bytes, path: path)
      paths.append(path)
    }
    for (name, bytes) in try model == nil ? carriedConfigs() : configs.map({ ($0.name, Array($0.text.utf8)) }) {
      try add(bytes, destination.path(of: name))
    }
    guard let directory = destination.directory, let from = source.directory, let carried else { return (paths, []) }
    for name in carried.paths {
      let bytes = try TextFile.bytes(FileSystem.join(from, name))
      try add(bytes, FileSystem.join(directory, name))
      if let oddity = FileOddity.of(bytes, named: name), !source.warnings.contains(where: { $0.hasPrefix(name + " ") })
      {
        notes.append("\(name) \(oddity); it is carried as it is")
      }
    }
    return (paths, notes)
  }

  /// The files that go along into the output; nil if none do.
  private func carriedFiles(_ destination: ConversionDestination) throws -> CarriedFiles? {
    guard destination.directory != nil, options.copiesFiles, let from = source.directory else { return nil }
    return try CarriedFiles(in: from)
  }
}

extension ConversionPlan {
  /// The source's configuration files, byte for byte unless they name the type that the weights no longer have.
  private func carriedConfigs() throws -> [(name: String, bytes: [UInt8])] {
    try source.configs.map { config in
      var object = config.object
      ConversionPlan.nameType(options.dtype, in: &object)
      guard object == config.object, let path = config.path else {
        return (config.name, Array((JSONValue.object(object).text(indent: 2) + "\n").utf8))
      }
      return (config.name, try TextFile.bytes(path))
    }
  }
}
