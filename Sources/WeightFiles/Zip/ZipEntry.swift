/// One member of a zip archive, as its central directory entry describes it.
struct ZipEntry: Sendable {
  /// The member's name.
  var name: String
  var isDeflated: Bool
  var crc: UInt32
  /// Bytes in the archive.
  var storedByteCount: Int
  /// Bytes after expanding.
  var byteCount: Int
  /// Where the local header lies.
  var localOffset: Int
  /// Where the stored bytes begin; found in the local header.
  var dataOffset = 0

  fileprivate var hasDescriptor: Bool

  /// Deflate expands at most this many times; whoever declares more would have memory reserved for nothing.
  static let expansionLimit: UInt64 = 1032

  /// Reads and cross-checks every entry of the archive.
  ///
  /// - Parameter file: the archive.
  /// - Returns: the members in the order of the directory.
  /// - Throws: the first contradiction.
  static func readAll(_ file: WholeFile) throws(WeightFileError) -> [ZipEntry] {
    let directory = try ZipDirectory(file)
    var entries: [ZipEntry] = []
    entries.reserveCapacity(min(directory.count, directory.range.count / ZipDirectory.centralLength))
    var position = directory.range.lowerBound
    for index in 0..<directory.count {
      guard position < directory.range.upperBound else {
        throw ZipDirectory.error(
          .mismatch, file, at: position, "\(directory.count) entries are declared, the directory has \(index)")
      }
      let (entry, length) = try ZipEntry.read(file, at: position, end: directory.range.upperBound)
      entries.append(entry)
      position += length
    }
    guard position == directory.range.upperBound else {
      throw ZipDirectory.error(
        .mismatch, file, at: position,
        "\(directory.count) entries are declared, \(directory.range.upperBound - position) bytes of the directory remain"
      )
    }
    try checkDuplicates(entries, file)
    try locate(&entries, file, directory)
    return entries
  }

  // MARK: The central directory

  private static func read(
    _ file: WholeFile, at position: Int, end: Int
  ) throws(WeightFileError) -> (ZipEntry, length: Int) {
    let bytes = file.bytes
    func refuse(_ category: WeightFileError.Category, _ message: String) -> WeightFileError {
      ZipDirectory.error(category, file, at: position, message)
    }
    guard end - position >= ZipDirectory.centralLength else {
      throw refuse(.outOfBounds, "an entry of the directory runs past its end")
    }
    guard bytes.little(UInt32.self, at: position) == ZipDirectory.centralSignature else {
      throw refuse(.badHeader, "expected an entry of the directory, found other bytes")
    }
    let versionNeeded = bytes.little(UInt16.self, at: position + 6) & 0xFF
    let flags = bytes.little(UInt16.self, at: position + 8)
    let method = bytes.little(UInt16.self, at: position + 10)
    let nameLength = Int(bytes.little(UInt16.self, at: position + 28))
    let extraLength = Int(bytes.little(UInt16.self, at: position + 30))
    let commentLength = Int(bytes.little(UInt16.self, at: position + 32))
    let length = ZipDirectory.centralLength + nameLength + extraLength + commentLength
    guard length <= end - position else {
      throw refuse(.outOfBounds, "the name or extra fields of an entry run past the end of the directory")
    }
    let nameStart = position + ZipDirectory.centralLength
    let name = try ZipName.decode(bytes.slice(nameStart..<nameStart + nameLength)) { (category, message) in
      refuse(category, message)
    }
    guard flags & 0x2041 == 0, method != 99 else {
      throw refuse(.encrypted, "member \"\(name.printable(limit: 120))\" is encrypted; unpack and repack the archive")
    }
    guard flags & 0x20 == 0 else { throw refuse(.unsupported, "member \"\(name)\" is a patch to another file") }
    guard versionNeeded <= 63 else {
      throw refuse(.unsupportedVersion, "version \(versionNeeded / 10).\(versionNeeded % 10) of the zip format")
    }
    guard method == 0 || method == 8 else {
      throw refuse(
        .unsupportedCompression, "compression method \(method) of \"\(name)\"; only stored and deflated are known")
    }
    let extra = nameStart + nameLength..<nameStart + nameLength + extraLength
    let sizes = try ZipSizes(
      byteCount: bytes.little(UInt32.self, at: position + 24), stored: bytes.little(UInt32.self, at: position + 20),
      offset: bytes.little(UInt32.self, at: position + 42), extra: bytes.slice(extra)
    ) { message in
      refuse(.badHeader, message)
    }
    let disk = bytes.little(UInt16.self, at: position + 34)
    guard disk == 0 || disk == 0xFFFF else {
      throw refuse(.unsupported, "an archive in several parts; join them first")
    }
    let total = UInt64(bytes.count)
    guard let offset = sizes.offset, offset <= total, sizes.stored <= total, sizes.byteCount <= UInt64(Int.max) else {
      throw refuse(.outOfBounds, "member \"\(name.printable(limit: 120))\" lies beyond the \(total) bytes of the file")
    }
    guard method != 0 || sizes.stored == sizes.byteCount else {
      throw refuse(
        .sizeMismatch, "\"\(name)\" is stored uncompressed, but its sizes \(sizes.stored) and \(sizes.byteCount) differ"
      )
    }
    guard method == 0 || sizes.byteCount <= (sizes.stored + 1) * expansionLimit else {
      throw refuse(
        .bomb, "\"\(name)\" declares \(sizes.byteCount) bytes out of \(sizes.stored), more than deflate can hold")
    }
    let entry = ZipEntry(
      name: name, isDeflated: method == 8, crc: bytes.little(UInt32.self, at: position + 16),
      storedByteCount: Int(sizes.stored), byteCount: Int(sizes.byteCount), localOffset: Int(offset),
      hasDescriptor: flags & 8 != 0)
    return (entry, length)
  }

  // MARK: The local headers

  /// Finds each member's bytes and holds its local header against the directory.
  private static func locate(
    _ entries: inout [ZipEntry], _ file: WholeFile, _ directory: ZipDirectory
  ) throws(WeightFileError) {
    let order = entries.indices.sorted { entries[$0].localOffset < entries[$1].localOffset }
    for (before, index) in zip(order, order.dropFirst()) where entries[before].localOffset == entries[index].localOffset
    {
      throw ZipDirectory.error(
        .overlap, file, at: entries[index].localOffset, member: entries[index].name,
        "shares its bytes with \"\(entries[before].name.printable(limit: 120))\"")
    }
    for index in order { try entries[index].readLocalHeader(file, directory) }
    var end = 0
    for index in order {
      let entry = entries[index]
      guard entry.localOffset >= end else {
        throw ZipDirectory.error(
          .overlap, file, at: entry.localOffset, member: entry.name,
          "begins inside another member, which ends at \(end)")
      }
      end = entry.dataOffset + entry.storedByteCount
      guard end <= directory.range.lowerBound else {
        throw ZipDirectory.error(
          .overlap, file, at: entry.dataOffset, member: entry.name, "its bytes run into the archive's directory")
      }
    }
    for index in order where entries[index].hasDescriptor { try entries[index].checkDescriptor(file, directory) }
  }

  private mutating func readLocalHeader(_ file: WholeFile, _ directory: ZipDirectory) throws(WeightFileError) {
    let bytes = file.bytes
    let member = self
    func refuse(_ category: WeightFileError.Category, _ message: String) -> WeightFileError {
      ZipDirectory.error(category, file, at: member.localOffset, member: member.name, message)
    }
    guard localOffset <= bytes.count - ZipDirectory.localLength else {
      throw refuse(.truncated, "the member's header runs past the end of the file")
    }
    guard bytes.little(UInt32.self, at: localOffset) == ZipDirectory.localSignature else {
      throw refuse(.badHeader, "expected the member's header here, found other bytes")
    }
    let flags = bytes.little(UInt16.self, at: localOffset + 6)
    let nameLength = Int(bytes.little(UInt16.self, at: localOffset + 26))
    let extraLength = Int(bytes.little(UInt16.self, at: localOffset + 28))
    let nameStart = localOffset + ZipDirectory.localLength
    dataOffset = nameStart + nameLength + extraLength
    guard dataOffset <= bytes.count, storedByteCount <= bytes.count - dataOffset else {
      throw refuse(.outOfBounds, "\(storedByteCount) bytes at \(dataOffset) run past the end of the file")
    }
    guard bytes.slice(nameStart..<nameStart + nameLength).elementsEqual(name.utf8) else {
      throw refuse(.mismatch, "the member's own header gives another name than the directory")
    }
    guard flags & 0x2041 == 0 else { throw refuse(.encrypted, "the member's own header says that it is encrypted") }
    guard bytes.little(UInt16.self, at: localOffset + 8) == (isDeflated ? 8 : 0) else {
      throw refuse(.mismatch, "the member's own header gives another compression method than the directory")
    }
    guard flags & 8 == 0 else { return }
    guard bytes.little(UInt32.self, at: localOffset + 14) == crc else {
      throw refuse(.mismatch, "the member's own header gives another checksum than the directory")
    }
    let local = try ZipSizes(
      byteCount: bytes.little(UInt32.self, at: localOffset + 22),
      stored: bytes.little(UInt32.self, at: localOffset + 18),
      offset: nil, extra: bytes.slice(nameStart + nameLength..<dataOffset), allowsMissing: true
    ) { message in
      refuse(.badHeader, message)
    }
    let same =
      (local.byteCount == UInt64(byteCount) || local.isMissing)
      && (local.stored == UInt64(storedByteCount) || local.isMissing)
    guard same else { throw refuse(.mismatch, "the member's own header gives other sizes than the directory") }
  }

  /// Holds the record behind a member written as a stream against the directory.
  private func checkDescriptor(_ file: WholeFile, _ directory: ZipDirectory) throws(WeightFileError) {
    let end = dataOffset + storedByteCount
    guard directory.range.lowerBound - end >= 12 else { return }
    let first = file.bytes.little(UInt32.self, at: end)
    guard first != crc else { return }
    guard first == 0x0807_4B50, file.bytes.little(UInt32.self, at: end + 4) == crc else {
      throw ZipDirectory.error(
        .mismatch, file, at: end, member: name, "the record behind the member gives another checksum than the directory"
      )
    }
  }

  private static func checkDuplicates(_ entries: [ZipEntry], _ file: WholeFile) throws(WeightFileError) {
    var names: Set<[UInt8]> = Set(minimumCapacity: entries.count)
    for entry in entries where !names.insert(Array(entry.name.utf8)).inserted {
      throw ZipDirectory.error(
        .duplicate, file, at: entry.localOffset, member: entry.name,
        "two members have this name; readers disagree on which one counts")
    }
  }
}

/// The sizes of a member, with the 64-bit ones out of the extra fields where the short ones are saturated.
struct ZipSizes {
  var byteCount: UInt64
  var stored: UInt64
  /// Where the local header lies; nil if none was asked for.
  var offset: UInt64?
  /// Whether a saturated size has no 64-bit one.
  var isMissing = false

  init(
    byteCount: UInt32, stored: UInt32, offset: UInt32?, extra: UnsafeRawBufferPointer, allowsMissing: Bool = false,
    _ refuse: (String) -> WeightFileError
  ) throws(WeightFileError) {
    self.byteCount = UInt64(byteCount)
    self.stored = UInt64(stored)
    self.offset = offset.map(UInt64.init)
    var field: UnsafeRawBufferPointer?
    var position = 0
    while extra.count - position >= 4 {
      let length = Int(extra.little(UInt16.self, at: position + 2))
      guard length <= extra.count - position - 4 else { throw refuse("an extra field runs past its area") }
      if extra.little(UInt16.self, at: position) == 1 { field = extra.slice(position + 4..<position + 4 + length) }
      position += 4 + length
    }
    guard byteCount == .max || stored == .max || offset == .max else { return }
    guard let field else {
      guard allowsMissing else { throw refuse("64-bit sizes are announced and missing") }
      isMissing = true
      return
    }
    var next = 0
    func wide() throws(WeightFileError) -> UInt64 {
      guard field.count - next >= 8 else { throw refuse("the extra field of 64-bit sizes is too short") }
      defer { next += 8 }
      return field.little(UInt64.self, at: next)
    }
    if byteCount == .max { self.byteCount = try wide() }
    if stored == .max { self.stored = try wide() }
    if offset == .max { self.offset = try wide() }
  }
}

/// The rules for names of archive members: what may be written, and what is not taken from a stranger.
enum ZipName {
  /// Reads a member's name.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, _ refuse: (WeightFileError.Category, String) -> WeightFileError
  ) throws(WeightFileError) -> String {
    guard let name = String(validating: bytes, as: UTF8.self) else {
      throw refuse(.badUTF8, "the name of a member is not valid UTF-8")
    }
    if let (category, reason) = defect(of: name) {
      throw refuse(category, "member name \"\(name.printable(limit: 120))\" \(reason)")
    }
    return name
  }

  /// What is wrong with a member's name, or nil.
  static func defect(of name: String) -> (WeightFileError.Category, String)? {
    let bytes = name.utf8
    if bytes.isEmpty { return (.badName, "is empty") }
    if bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return (.badName, "has control characters") }
    if bytes.contains(UInt8(ascii: "\\")) { return (.traversal, "has a backslash") }
    if bytes.first == UInt8(ascii: "/") { return (.traversal, "begins at the root of the file system") }
    if bytes.dropFirst().first == UInt8(ascii: ":") { return (.traversal, "begins with a drive letter") }
    // Few names have a component that begins with a dot; only those are taken apart.
    var before = UInt8(ascii: "/")
    let hasDotFirst = bytes.contains { byte in
      defer { before = byte }
      return byte == UInt8(ascii: ".") && before == UInt8(ascii: "/")
    }
    if hasDotFirst,
      bytes.split(separator: UInt8(ascii: "/")).contains(where: {
        $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8)
      })
    {
      return (.traversal, "has a component . or .., which would leave the folder it is unpacked in")
    }
    return nil
  }
}
