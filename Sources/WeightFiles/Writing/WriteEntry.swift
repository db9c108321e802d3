public import TensorData

/// One tensor to be written: what it is, known now, and its bytes, asked for when their turn comes.
public struct WriteEntry: Sendable {
  private enum Source: Sendable {
    case assembly(@Sendable () throws -> TensorAssembly)
    case bytes(@Sendable (UnsafeMutableRawBufferPointer) throws -> Void)
    case stored(Checkpoint)
  }

  /// Name, element type and shape.
  public let info: TensorInfo
  private let source: Source
  /// The name under which a checkpoint has the tensor.
  private let storedName: String

  /// A tensor that lies somewhere, such as in a mapped file; a contiguous one is written from there.
  ///
  /// - Parameters:
  ///   - info: what the tensor is.
  ///   - tensor: gets it; called once.
  public init(_ info: TensorInfo, tensor: @escaping @Sendable () throws -> Tensor) {
    self.init(info) {
      let tensor = try tensor()
      precondition(
        tensor.dtype == info.dtype && tensor.shape == info.shape,
        "announced \(info), got \(tensor.dtype) \(tensor.shape)")
      return try TensorAssembly(tensor)
    }
  }

  /// A tensor that is made piece by piece out of others, so that it need not fit in memory.
  ///
  /// - Parameters:
  ///   - info: what the tensor will be.
  ///   - assembly: says of what it is made; called once.
  public init(_ info: TensorInfo, assembly: @escaping @Sendable () throws -> TensorAssembly) {
    self.info = info
    storedName = info.name
    source = .assembly(assembly)
  }

  /// A tensor that is computed into memory provided by the writer.
  ///
  /// - Parameters:
  ///   - info: what the tensor is.
  ///   - produce: writes every byte, row-major; called once.
  public init(_ info: TensorInfo, produce: @escaping @Sendable (UnsafeMutableRawBufferPointer) throws -> Void) {
    self.info = info
    storedName = info.name
    source = .bytes(produce)
  }

  /// A tensor of a checkpoint, unchanged but for its name; a checksum is compared while its bytes pass.
  ///
  /// - Parameters:
  ///   - name: the tensor in the checkpoint.
  ///   - checkpoint: where it is.
  ///   - written: the name under which it is written; nil for the same one. Traps if there is no such tensor.
  public init(_ name: String, of checkpoint: Checkpoint, as written: String? = nil) {
    guard var info = checkpoint.stored(named: name)?.info else { preconditionFailure("no tensor \(name)") }
    storedName = name
    info.name = written ?? name
    self.info = info
    source = .stored(checkpoint)
  }

  /// The tensor to be; what is computed as a whole is computed now.
  ///
  /// - Parameter inStretches: whether the caller sums up all bytes and compares the checksum, if there is one to compare.
  /// - Returns: the tensor, and the checksum that the caller is to compare, or nil.
  /// - Throws: what the source throws.
  func open(inStretches: Bool) throws -> OpenEntry {
    switch source {
    case .stored(let checkpoint):
      guard inStretches, let (assembly, checksum) = try checkpoint.unchecked(storedName) else {
        return OpenEntry(assembly: try checkpoint.assembly(named: storedName))
      }
      return OpenEntry(assembly: assembly, checksum: checksum)
    case .assembly(let make):
      let assembly = try make()
      precondition(
        assembly.dtype == info.dtype && assembly.byteCount == info.byteCount,
        "announced \(info), got \(assembly.byteCount) bytes of \(assembly.dtype)")
      return OpenEntry(assembly: assembly)
    case .bytes(let produce):
      let storage = try ByteStorage(byteCount: info.byteCount) { try produce($0) }
      let tensor = Tensor(dtype: info.dtype, shape: info.shape, storage: storage)
      return OpenEntry(assembly: try TensorAssembly(tensor))
    }
  }
}

extension Checkpoint {
  /// Every tensor of the checkpoint, to be written elsewhere unchanged.
  public var writeEntries: [WriteEntry] {
    tensors.map { WriteEntry($0.name, of: self) }
  }
}

/// How files are written.
public struct WriteOptions: Sendable {
  /// 0 stores `.npz` members as they are; 1 to 12 deflate them, from fast to small.
  ///
  /// 1 to 3 are the levels of Intel ISA-L, 4 to 9 those of zlib, 10 to 12 those of libdeflate.
  public var compression: Int
  /// Whether BF16 and F8 may go into a `.npy` file as NumPy's opaque `V2` and `V1`, which do not name the type.
  public var allowsOpaqueNPY: Bool
  /// How many threads read, compress and write; the bytes of the file do not depend on it.
  public var threads: Int
  /// Told, now and then and from any of the threads, how many bytes of tensors have been written.
  public var progress: (@Sendable (_ byteCount: Int) -> Void)?

  /// Takes the options.
  ///
  /// - Parameters:
  ///   - compression: 0 to 12.
  ///   - allowsOpaqueNPY: whether `.npy` may hold types that NumPy has no name for.
  ///   - threads: at least one.
  ///   - progress: told how many bytes of tensors have been written.
  public init(
    compression: Int = 0, allowsOpaqueNPY: Bool = false, threads: Int = 1,
    progress: (@Sendable (_ byteCount: Int) -> Void)? = nil
  ) {
    self.compression = compression
    self.allowsOpaqueNPY = allowsOpaqueNPY
    self.threads = threads
    self.progress = progress
  }

  /// The compression levels that there are.
  public static let compressionLevels = 0...12
}

/// What was written.
public struct WriteResult: Sendable, Equatable {
  /// The files, in the order in which they are put in their places.
  public var paths: [String]
  /// The bytes of all files.
  public var byteCount: Int
  /// What the format had no place for, a sentence each.
  public var notes: [String] = []
}
