internal import TensorData

/// What a format is asked to lay out.
struct WriteRequest {
  var path: String
  var infos: [TensorInfo]
  var metadata: [MetadataEntry]
  var options: WriteOptions

  func error(_ category: WeightFileError.Category, tensor: String? = nil, _ message: String) -> WeightFileError {
    WeightFileError(category, path: path, tensor: tensor, message: message)
  }
}

/// The layout of a file, known before the first tensor is read: everything but the tensors' own bytes.
struct FilePlan: Sendable {
  /// One tensor's place.
  struct Part: Sendable {
    /// What the tensor is.
    var info: TensorInfo
    /// The position among the entries that were asked for; nil for `content`.
    var entry: Int?
    /// The bytes of a tensor that the format itself adds.
    var content: [UInt8] = []
    /// Bytes in front of the tensor's that belong to it for checksum and compression.
    var preamble: [UInt8] = []
  }

  /// What is known of a part once its bytes have passed.
  struct Summary: Sendable {
    /// Where the part's header begins in the file.
    var offset: Int
    var crc: UInt32 = 0
    /// Preamble and tensor, before compression.
    var byteCount: Int
    /// The same, as they are stored.
    var storedByteCount: Int
  }

  /// The first bytes of the file.
  var head: [UInt8] = []
  /// The tensors in the order of the file.
  var parts: [Part]
  /// The bytes in front of a part.
  var header: @Sendable (Part, Summary) -> [UInt8] = { _, _ in [] }
  /// The number of these bytes, which depends on the offset alone.
  var headerLength: @Sendable (Part, _ offset: Int) -> Int = { _, _ in 0 }
  /// The last bytes of the file.
  var tail: @Sendable ([Part], [Summary]) -> [UInt8] = { _, _ in [] }
  /// Whether headers and tail need checksums.
  var hasChecksums = false
  /// The compression level; 0 for none.
  var compression = 0
  var notes: [String] = []

  /// Where each part lies and where the tail begins, as far as they do not depend on compression.
  var layout: (parts: [Summary], end: Int) {
    var position = head.count
    var summaries: [Summary] = []
    summaries.reserveCapacity(parts.count)
    for part in parts {
      let size = part.preamble.count + part.info.byteCount
      let summary = Summary(offset: position, byteCount: size, storedByteCount: size)
      position += headerLength(part, position) + size
      summaries.append(summary)
    }
    return (summaries, position)
  }

  /// How much room the file needs on the disk.
  var reservedSize: ReservedSize {
    let (summaries, end) = layout
    let size = end + tail(parts, summaries).count
    return compression == 0 ? .exact(size) : .estimate(size)
  }

  /// The size of the file, or nil if compression decides it.
  var byteCount: Int? {
    if compression == 0, case .exact(let size) = reservedSize { size } else { nil }
  }
}
