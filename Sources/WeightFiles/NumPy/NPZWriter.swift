internal import TensorData

/// Lays out NumPy `.npz` archives: the zip records of `numpy.savez`, with the data of stored members aligned.
///
/// Format: PKWARE APPNOTE.TXT 6.3.10; the choices of CPython's `zipfile` under `force_zip64`, which numpy uses. A private
/// extra field of zeros before each stored member (id `FB`, as PyTorch writes) puts its data at a multiple of 64 bytes.
enum NPZWriter {
  private static let alignment = 64
  private static let paddingID: UInt16 = 0x4246
  private static let version: UInt16 = 45
  /// 1 January 1980, the first day that the format can name.
  private static let date: UInt16 = 0x0021
  /// Above this CPython's `zipfile` writes 64-bit fields.
  private static let zip64Limit = 0x7FFF_FFFF
  private static let nameLimit = 0xFFFF

  static func plan(_ request: WriteRequest) throws(WeightFileError) -> FilePlan {
    var parts: [FilePlan.Part] = []
    parts.reserveCapacity(request.infos.count)
    try checkNames(request)
    var preambles = PreambleCache()
    for (index, info) in request.infos.enumerated() {
      try NPYWriter.checkShape(info, request)
      guard let carrier = NPZDeclarations.carrier(of: info.dtype), let descr = NPYElement.descr(of: carrier) else {
        throw request.error(
          .unsupportedDType, tensor: info.name, "NumPy has no \(info.dtype.rawValue); keep it in safetensors")
      }
      parts.append(
        FilePlan.Part(info: info, entry: index, preamble: preambles.preamble(descr, info.shape)))
    }
    if let text = NPZDeclarations.text(declaring: request.infos) {
      parts.append(textPart(NPZDeclarations.dtypesName, text))
    }
    if let text = NPZDeclarations.text(keeping: request.metadata) {
      parts.append(textPart(NPZDeclarations.metadataName, text))
    }
    let isDeflated = request.options.compression > 0
    return FilePlan(
      parts: parts, header: { part, summary in localHeader(part, summary, isDeflated) },
      headerLength: { part, offset in localHeaderLength(part, offset, isDeflated) },
      tail: { parts, summaries in directory(parts, summaries, isDeflated) }, hasChecksums: true,
      compression: request.options.compression)
  }

  private static func textPart(_ name: String, _ text: [UInt8]) -> FilePlan.Part {
    FilePlan.Part(
      info: TensorInfo(name: name, dtype: .u8, shape: [text.count]), entry: nil, content: text,
      preamble: NPYWriter.header(descr: "|u1", shape: [text.count]))
  }

  private static func checkNames(_ request: WriteRequest) throws(WeightFileError) {
    // Few names end so; only then it matters what the others are.
    let hasSuffixes = request.infos.contains { $0.name.removing(end: ".npy") != nil }
    let names = hasSuffixes ? Set(request.infos.map { ByteKey($0.name) }) : []
    for info in request.infos {
      let name = info.name
      func refuse(_ reason: String) -> WeightFileError {
        request.error(.badName, tensor: name, "the name \(reason) and cannot be a member of an archive; rename it")
      }
      guard !name.isEmpty else { throw refuse("is empty") }
      if let (_, reason) = ZipName.defect(of: name) { throw refuse(reason) }
      guard name != NPZDeclarations.dtypesName, name != NPZDeclarations.metadataName else {
        throw refuse("is kept for declarations")
      }
      guard name.utf8.count <= nameLimit - 4 else { throw refuse("has \(name.utf8.count) bytes") }
      if hasSuffixes, let key = name.removing(end: ".npy"), names.contains(ByteKey(key)) {
        throw refuse("is that of another tensor with .npy added, which NumPy cannot tell apart,")
      }
    }
  }

  // MARK: Records

  /// What names of members have behind the name of the tensor.
  private static let suffix: StaticString = ".npy"

  private static func localHeaderLength(_ part: FilePlan.Part, _ offset: Int, _ isDeflated: Bool) -> Int {
    let length = ZipDirectory.localLength + part.info.name.utf8.count + suffix.utf8CodeUnitCount + 20
    guard !isDeflated, (offset + length) % alignment != 0 else { return length }
    return length + 4 + (2 * alignment - (offset + length + 4) % alignment) % alignment
  }

  private static func localHeader(_ part: FilePlan.Part, _ summary: FilePlan.Summary, _ isDeflated: Bool) -> [UInt8] {
    let name = part.info.name
    let length = localHeaderLength(part, summary.offset, isDeflated)
    let padding = length - ZipDirectory.localLength - name.utf8.count - suffix.utf8CodeUnitCount - 20
    var record: [UInt8] = []
    record.reserveCapacity(length)
    record.append(little: ZipDirectory.localSignature)
    record.append(little: version)
    record.append(little: flags(name))
    record.append(little: isDeflated ? 8 : 0 as UInt16)
    record.append(little: 0 as UInt16)
    record.append(little: date)
    record.append(little: summary.crc)
    record.append(little: UInt32.max)
    record.append(little: UInt32.max)
    record.append(little: UInt16(name.utf8.count + suffix.utf8CodeUnitCount))
    record.append(little: UInt16(20 + padding))
    record += name.utf8
    record += UnsafeBufferPointer(start: suffix.utf8Start, count: suffix.utf8CodeUnitCount)
    record.append(little: 1 as UInt16)
    record.append(little: 16 as UInt16)
    record.append(little: UInt64(summary.byteCount))
    record.append(little: UInt64(summary.storedByteCount))
    if padding > 0 {
      record.append(little: paddingID)
      record.append(little: UInt16(padding - 4))
      record += repeatElement(0, count: padding - 4)
    }
    return record
  }

  private static func directory(
    _ parts: [FilePlan.Part], _ summaries: [FilePlan.Summary], _ isDeflated: Bool
  ) -> [UInt8] {
    var records: [UInt8] = []
    records.reserveCapacity(
      parts.reduce(128) { $0 + ZipDirectory.centralLength + $1.info.name.utf8.count + suffix.utf8CodeUnitCount + 28 })
    var start = 0
    for (part, summary) in zip(parts, summaries) {
      appendEntry(part, summary, isDeflated, to: &records)
      start = summary.offset + localHeaderLength(part, summary.offset, isDeflated) + summary.storedByteCount
    }
    let size = records.count
    let count = parts.count
    if count > 0xFFFF || start > zip64Limit || size > zip64Limit {
      records.append(little: ZipDirectory.zip64EndSignature)
      records.append(little: UInt64(ZipDirectory.zip64EndLength - 12))
      records.append(little: version)
      records.append(little: version)
      records.append(little: 0 as UInt32)
      records.append(little: 0 as UInt32)
      records.append(little: UInt64(count))
      records.append(little: UInt64(count))
      records.append(little: UInt64(size))
      records.append(little: UInt64(start))
      records.append(little: ZipDirectory.zip64LocatorSignature)
      records.append(little: 0 as UInt32)
      records.append(little: UInt64(start + size))
      records.append(little: 1 as UInt32)
    }
    records.append(little: ZipDirectory.endSignature)
    records.append(little: 0 as UInt16)
    records.append(little: 0 as UInt16)
    records.append(little: UInt16(clamping: count))
    records.append(little: UInt16(clamping: count))
    records.append(little: UInt32(clamping: size))
    records.append(little: UInt32(clamping: start))
    records.append(little: 0 as UInt16)
    return records
  }

  private static func appendEntry(
    _ part: FilePlan.Part, _ summary: FilePlan.Summary, _ isDeflated: Bool, to records: inout [UInt8]
  ) {
    let name = part.info.name
    let hasLongSizes = max(summary.byteCount, summary.storedByteCount) > zip64Limit
    let hasLongOffset = summary.offset > zip64Limit
    var extra: [UInt8] = []
    if hasLongSizes || hasLongOffset {
      extra.append(little: 1 as UInt16)
      extra.append(little: UInt16((hasLongSizes ? 16 : 0) + (hasLongOffset ? 8 : 0)))
      if hasLongSizes {
        extra.append(little: UInt64(summary.byteCount))
        extra.append(little: UInt64(summary.storedByteCount))
      }
      if hasLongOffset { extra.append(little: UInt64(summary.offset)) }
    }
    records.append(little: ZipDirectory.centralSignature)
    records.append(little: 3 << 8 | version)
    records.append(little: version)
    records.append(little: flags(name))
    records.append(little: isDeflated ? 8 : 0 as UInt16)
    records.append(little: 0 as UInt16)
    records.append(little: date)
    records.append(little: summary.crc)
    records.append(little: hasLongSizes ? UInt32.max : UInt32(summary.storedByteCount))
    records.append(little: hasLongSizes ? UInt32.max : UInt32(summary.byteCount))
    records.append(little: UInt16(name.utf8.count + suffix.utf8CodeUnitCount))
    records.append(little: UInt16(extra.count))
    records.append(little: 0 as UInt16)
    records.append(little: 0 as UInt16)
    records.append(little: 0 as UInt16)
    records.append(little: 0o600 << 16 as UInt32)
    records.append(little: hasLongOffset ? UInt32.max : UInt32(summary.offset))
    records += name.utf8
    records += UnsafeBufferPointer(start: suffix.utf8Start, count: suffix.utf8CodeUnitCount)
    records += extra
  }

  /// Bit 11 says that the name is UTF-8 where it is more than ASCII.
  private static func flags(_ name: String) -> UInt16 { name.utf8.allSatisfy { $0 < 0x80 } ? 0 : 0x800 }
}

/// The headers of arrays; neighbours of the same type and shape share one.
private struct PreambleCache {
  private var descr = ""
  private var shape: [Int] = []
  private var header: [UInt8] = []

  mutating func preamble(_ descr: String, _ shape: [Int]) -> [UInt8] {
    if header.isEmpty || descr != self.descr || shape != self.shape {
      (self.descr, self.shape) = (descr, shape)
      header = NPYWriter.header(descr: descr, shape: shape)
    }
    return header
  }
}

extension [UInt8] {
  /// Appends a number, least significant byte first.
  fileprivate mutating func append<T: FixedWidthInteger>(little value: T) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}

extension WeightFormat {
  /// NumPy's archive of arrays.
  public static let npz = WeightFormat(
    name: "npz", extensions: [".npz"], preferredNames: ["model.npz", "weights.npz"],
    capabilities: [.names, .compression],
    recognise: NPZReader.recognise, open: NPZReader.open, writer: WeightFormatWriter(plan: NPZWriter.plan))
}
