internal import TensorData

/// Reads the stream that torch.save wrote before version 1.6: pickles one after another, then the storages.
///
/// Format: pytorch, torch/serialization.py, `_legacy_load`. The pickles are a magic number, the version of the protocol, facts
/// about the machine, the object, and the keys of the storages; for each key follow the number of elements and their bytes.
enum TorchStream {
  /// 0x1950a86a20f9469cfc6c, as a pickle of ten bytes.
  private static let magic: [UInt8] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]

  /// Whether a file begins with the magic number, in any protocol.
  static func recognises(_ head: [UInt8]) -> Bool {
    guard head.first == 0x80 else { return false }
    let isFramed = head.dropFirst(2).first == 0x95
    return head.dropFirst(isFramed ? 11 : 2).starts(with: magic)
  }

  /// Opens a stream.
  static func open(_ file: WholeFile) throws(WeightFileError) -> OpenedFile {
    let place = BytePlace(path: file.path)
    var end = 0
    func next() throws(WeightFileError) -> Pickle {
      // Whatever the size of the file, a pickle may not be longer than in an archive.
      let pickle = try PickleReader.read(file.storage, end..<file.bytes.count, place)
      guard pickle.end - end <= TorchArchive.pickleLimit else {
        throw place.error(.limit, at: end, "a pickle of \(pickle.end - end) bytes, limit \(TorchArchive.pickleLimit)")
      }
      end = pickle.end
      return pickle
    }
    _ = try next()
    let protocolStart = end
    let version = try next()
    guard case .integer(1001) = version[version.root] else {
      throw place.error(.unsupportedVersion, at: protocolStart, "another version of the stream than 1001")
    }
    let machineStart = end
    try checkMachine(try next(), machineStart, place)
    let contents = try TorchContents(try next(), place)
    let keysStart = end
    let keys = try next()
    guard let references = keys.items(keys.root) else {
      throw place.error(.badType, at: keysStart, "the keys of the storages are no list")
    }
    let types = contents.everyStorage
    var blocks: [ByteKey: TorchReader.Block] = [:]
    for reference in references {
      guard let key = keys.text(reference) else {
        throw place.error(.badType, at: keysStart, "the key of a storage is no text")
      }
      guard blocks[ByteKey(key)] == nil else {
        throw place.error(.duplicate, at: keysStart, "storage \(key.printable(limit: 40)) is listed twice")
      }
      guard let storage = types[ByteKey(key)] else {
        throw place.error(
          .mismatch, at: keysStart, "storage \(key.printable(limit: 40)) is listed, but the object does not use it")
      }
      guard file.bytes.count - end >= 8 else {
        throw place.error(.truncated, at: file.bytes.count, "the file ends before storage \(key.printable(limit: 40))")
      }
      let count = file.bytes.little(Int64.self, at: end)
      guard count == Int64(storage.count) else {
        throw place.error(
          .sizeMismatch, at: end,
          "storage \(key.printable(limit: 40)) has \(count) elements here and \(storage.count) in the pickle")
      }
      let byteCount = storage.byteCount
      end += 8
      guard byteCount <= file.bytes.count - end else {
        throw place.error(
          .truncated, at: file.bytes.count,
          "storage \(key.printable(limit: 40)) takes \(byteCount) bytes, only \(file.bytes.count - end) are there")
      }
      blocks[ByteKey(key)] = TorchReader.Block(entry: nil, byteOffset: end, byteCount: byteCount)
      end += byteCount
    }
    guard end == file.bytes.count else {
      throw place.error(
        .trailing, at: end,
        "\(file.bytes.count - end) bytes follow the last storage; a second save into one file would be lost")
    }
    return try TorchReader(path: file.path, file: file, contents: contents, blocks: blocks, notes: []).opened()
  }

  private static func checkMachine(_ pickle: Pickle, _ start: Int, _ place: BytePlace) throws(WeightFileError) {
    guard case .dictionary(let items) = pickle[pickle.root] else {
      throw place.error(.badType, at: start, "the facts about the machine are no dictionary")
    }
    var hasVersion = false
    for index in stride(from: 0, to: items.count, by: 2) {
      let value = pickle[items[index + 1]]
      switch pickle.text(items[index]) {
      case "protocol_version":
        guard case .integer(1001) = value else {
          throw place.error(.unsupportedVersion, at: start, "another version of the stream than 1001")
        }
        hasVersion = true
      case "little_endian":
        guard case .bool(true) = value else {
          throw place.error(.unsupported, at: start, "written on a big-endian machine")
        }
      default: continue
      }
    }
    guard hasVersion else {
      throw place.error(.unsupportedVersion, at: start, "the stream does not say its version; 1001 is known")
    }
  }
}
