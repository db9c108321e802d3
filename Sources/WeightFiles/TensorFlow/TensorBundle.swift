internal import TensorData

/// What the index of a TensorFlow checkpoint says of a tensor.
///
/// Format: TensorFlow, `core/protobuf/tensor_bundle.proto`.
struct TensorBundleEntry {
  /// The DataType number of `types.proto`.
  var type: UInt64 = 0
  var shape: [Int] = []
  var shard = 0
  var offset = 0
  var byteCount = 0
  /// The masked CRC-32C of the bytes in the data file.
  var crc: UInt32?
  /// The slices that a partitioned variable is made of: start and length on each axis, nil for a whole axis.
  var slices: [[(start: Int, length: Int)?]] = []

  // swift-format-ignore
  /// The element types by their numbers (`types.proto`).
  static let types: [UInt64: DType] = [
    1: .f32, 2: .f64, 3: .i32, 4: .u8, 5: .i16, 6: .i8, 8: .c64, 9: .i64, 10: .bool, 14: .bf16, 17: .u16, 19: .f16,
    22: .u32, 23: .u64, 24: .f8e5m2, 25: .f8e4m3,
  ]
  /// Texts.
  static let textType: UInt64 = 7
  private static let rankLimit = 254

  /// Reads an entry.
  ///
  /// - Parameters:
  ///   - bytes: the value of its key.
  ///   - fail: makes an error.
  /// - Throws: what is wrong with it.
  init(
    _ bytes: UnsafeRawBufferPointer, fail: @escaping (WeightFileError.Category, String) -> WeightFileError
  ) throws(WeightFileError) {
    var cursor = ProtobufCursor(bytes, 0..<bytes.count, fail: { _, text in fail(.badHeader, text) })
    func whole(_ value: UInt64, _ what: String, _ category: WeightFileError.Category) throws(WeightFileError) -> Int {
      guard let number = Int(exactly: Int64(bitPattern: value)), number >= 0 else {
        throw fail(category, "\(what) is \(Int64(bitPattern: value))")
      }
      return number
    }
    while let field = try cursor.next() {
      switch (field.number, field.value) {
      case (1, .varint(let value)): type = value
      case (2, .bytes(let range)): shape = try TensorBundleEntry.shape(cursor.message(range), fail)
      case (3, .varint(let value)): shard = try whole(value, "the number of its data file", .outOfBounds)
      case (4, .varint(let value)): offset = try whole(value, "the place of its bytes", .outOfBounds)
      case (5, .varint(let value)): byteCount = try whole(value, "its size", .outOfBounds)
      case (6, .fixed32(let value)): crc = value
      case (7, .bytes(let range)): slices.append(try TensorBundleEntry.slice(cursor.message(range), fail))
      default: break
      }
    }
  }

  private static func shape(
    _ cursor: ProtobufCursor, _ fail: (WeightFileError.Category, String) -> WeightFileError
  ) throws(WeightFileError) -> [Int] {
    var cursor = cursor
    var shape: [Int] = []
    while let field = try cursor.next() {
      switch (field.number, field.value) {
      case (2, .bytes(let range)):
        var dimension = cursor.message(range)
        var size = 0
        while let field = try dimension.next() {
          if case (1, .varint(let value)) = (field.number, field.value) { size = Int(Int64(bitPattern: value)) }
        }
        guard size >= 0 else { throw fail(.badShape, "an axis of \(size)") }
        shape.append(size)
        guard shape.count <= rankLimit else { throw fail(.limit, "more than \(rankLimit) axes") }
      case (3, .varint(let value)) where value != 0: throw fail(.badShape, "a shape of unknown rank")
      default: break
      }
    }
    return shape
  }

  private static func slice(
    _ cursor: ProtobufCursor, _ fail: (WeightFileError.Category, String) -> WeightFileError
  ) throws(WeightFileError) -> [(start: Int, length: Int)?] {
    var cursor = cursor
    var extents: [(start: Int, length: Int)?] = []
    while let field = try cursor.next() {
      guard case (1, .bytes(let range)) = (field.number, field.value) else { continue }
      var extent = cursor.message(range)
      var start = 0
      var length: Int?
      while let field = try extent.next() {
        switch (field.number, field.value) {
        case (1, .varint(let value)): start = Int(Int64(bitPattern: value))
        case (2, .varint(let value)): length = Int(Int64(bitPattern: value))
        default: break
        }
      }
      guard start >= 0, length ?? 0 >= 0 else { throw fail(.outOfBounds, "a slice from \(start) on") }
      extents.append(length.map { (start, $0) })
      guard extents.count <= rankLimit else { throw fail(.limit, "more than \(rankLimit) axes") }
    }
    return extents
  }
}

/// The first entry of the index: how many data files there are.
struct TensorBundleHeader {
  private(set) var shardCount = 0

  /// The newest version that says it can be read by what this code knows (`kTensorBundleVersion`).
  private static let version = 1

  init(
    _ bytes: UnsafeRawBufferPointer, fail: @escaping (WeightFileError.Category, String) -> WeightFileError
  ) throws(WeightFileError) {
    var cursor = ProtobufCursor(bytes, 0..<bytes.count, fail: { _, text in fail(.badHeader, text) })
    while let field = try cursor.next() {
      switch (field.number, field.value) {
      case (1, .varint(let value)):
        guard let count = Int(exactly: Int64(bitPattern: value)), count >= 0 else {
          throw fail(.badHeader, "\(Int64(bitPattern: value)) data files")
        }
        shardCount = count
      case (2, .varint(let value)) where value != 0: throw fail(.unsupported, "a big-endian checkpoint")
      case (3, .bytes(let range)):
        var version = cursor.message(range)
        while let field = try version.next() {
          if case (2, .varint(let value)) = (field.number, field.value), value > UInt64(TensorBundleHeader.version) {
            throw fail(.unsupportedVersion, "readers of version \(value) are asked for; version 1 is known")
          }
        }
      default: break
      }
    }
    guard shardCount > 0 else { throw fail(.badHeader, "no data file") }
  }
}
