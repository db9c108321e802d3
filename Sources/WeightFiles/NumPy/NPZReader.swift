internal import TensorData

/// Reads a NumPy `.npz` archive: a zip file with one `.npy` member for each array.
///
/// Stored members are used where they lie in the mapped file; deflated ones are expanded straight into the tensor's
/// memory. The checksum of a member is checked before its tensor is handed out, once for each opened file.
struct NPZReader: Sendable {
  private struct Member: Sendable {
    var entry: ZipEntry
    var header: NPYHeader
    var name: String
    /// The element type under the declared convention of `NPZDeclarations`, or the header's own.
    var dtype: DType
  }

  private let file: WholeFile
  private var members: [Member] = []
  private var metadata: [MetadataEntry] = []
  private var notes: [String] = []

  /// Other formats are zip archives too; what lies in this one is seen when it is opened.
  static func recognise(_ probe: FileProbe) -> Confidence {
    ZipDirectory.recognises(probe.head) ? .possible : .none
  }

  static func open(_ files: FileSet, _ options: ReadOptions) throws(WeightFileError) -> OpenedFile {
    let probe = FileProbe(files.main)
    let file = try WholeFile(files.main)
    guard ZipDirectory.recognises(file.head) else {
      guard file.bytes.count > 0 else {
        throw ZipDirectory.error(.truncated, file, at: 0, "the file is empty; fetch it again")
      }
      throw foreign(file, ForeignContent.describe(probe) ?? "other bytes")
    }
    let entries = try ZipEntry.readAll(file)
    let names = entries.map(\.name)
    if let kind = ForeignContent.describe(zipMembers: names) { throw foreign(file, kind) }
    var reader = NPZReader(file: file)
    for entry in entries { try reader.add(entry, options) }
    // NumPy writes an archive without members where there are no arrays.
    guard !reader.members.isEmpty || entries.isEmpty else {
      throw foreign(file, ForeignContent.describe(zipWithoutArrays: names))
    }
    try reader.applyDeclarations()
    return reader.opened()
  }

  private static func foreign(_ file: WholeFile, _ found: String) -> WeightFileError {
    ZipDirectory.error(.badMagic, file, at: 0, "expected a NumPy archive (.npz), found \(found)")
  }

  private init(file: WholeFile) { self.file = file }

  // MARK: Opening

  private mutating func add(_ entry: ZipEntry, _ options: ReadOptions) throws(WeightFileError) {
    guard entry.name.utf8.last != UInt8(ascii: "/") else { return }
    var name = entry.name
    if let key = name.removing(end: ".npy") {
      name = key
    } else if try !ZipMemberBytes(file: file, entry: entry, name: name).prefix(NPYHeader.magic.count)
      .elementsEqual(NPYHeader.magic)
    {
      notes.append("member \"\(name.printable(limit: 120))\" is no array and was left out")
      return
    }
    let bytes = ZipMemberBytes(file: file, entry: entry, name: name)
    let header = try readHeader(bytes, options)
    if let note = header.note { notes.append("\"\(name.printable(limit: 120))\": \(note)") }
    let end = header.dataOffset + header.byteCount
    guard entry.byteCount == end else {
      // A member that is too long may be a damaged one; then the checksum is the better explanation.
      try bytes.verify()
      throw bytes.place.error(.trailing, at: end, "\(entry.byteCount - end) bytes follow the array inside its member")
    }
    members.append(Member(entry: entry, header: header, name: name, dtype: header.dtype))
  }

  private func readHeader(_ bytes: ZipMemberBytes, _ options: ReadOptions) throws(WeightFileError) -> NPYHeader {
    let total = bytes.entry.byteCount
    let start = try bytes.prefix(NPYHeader.prefixLength)
    let dataOffset = try NPYHeader.dataOffset(prefix: start, total: total, bytes.place)
    let text = try bytes.prefix(dataOffset)
    do throws(WeightFileError) {
      return try text.span.withUnsafeBytes { (text) throws(WeightFileError) in
        try NPYHeader(text, total: total, assume: options.assume, bytes.place)
      }
    } catch {
      // A member that is too short for its array may be one whose sizes lie; then that is the better explanation.
      if error.category == .truncated, bytes.entry.isDeflated { try bytes.verify() }
      throw error
    }
  }

  private mutating func applyDeclarations() throws(WeightFileError) {
    var declarations: [UInt8]?
    for name in [NPZDeclarations.dtypesName, NPZDeclarations.metadataName] {
      guard let index = members.firstIndex(where: { ByteKey($0.name) == ByteKey(name) }) else { continue }
      let member = members.remove(at: index)
      guard member.header.dtype == .u8, member.header.shape.count == 1 else {
        throw WeightFileError(
          .badType, path: file.path, tensor: name, message: "must be a row of U8 that holds a JSON text")
      }
      let text = try read(member).withUnsafeBytes { Array($0) }
      if name == NPZDeclarations.dtypesName {
        declarations = text
      } else {
        metadata = try NPZDeclarations.metadata(text, path: file.path)
      }
    }
    guard let declarations else { return }
    var positions: [ByteKey: Int] = [:]
    for (index, member) in members.enumerated() { positions[ByteKey(member.name)] = index }
    for (name, dtype) in try NPZDeclarations.dtypes(declarations, path: file.path) {
      guard let index = positions[ByteKey(name)] else {
        throw WeightFileError(
          .mismatch, path: file.path, tensor: name,
          message: "\(NPZDeclarations.dtypesName) names a tensor that is not there")
      }
      let carrier = NPZDeclarations.carrier(of: dtype)
      guard members[index].header.dtype == carrier else {
        throw WeightFileError(
          .mismatch, path: file.path, tensor: name,
          message: "declared as \(dtype.rawValue), which is kept as \(carrier?.rawValue ?? "nothing"), but stored as "
            + members[index].header.dtype.rawValue)
      }
      members[index].dtype = dtype
    }
  }

  private func opened() -> OpenedFile {
    let order = members.indices.sorted { members[$0].entry.localOffset < members[$1].entry.localOffset }
    var listing = [Int](repeating: 0, count: order.count)
    for (position, index) in order.enumerated() { listing[index] = position }
    var sorted = self
    sorted.members = order.map { members[$0] }
    let reader = sorted
    let verified = VerifiedMembers(count: order.count)
    let tensors = reader.members.map { member in
      StoredTensor(
        info: TensorInfo(name: member.name, dtype: member.dtype, shape: member.header.shape),
        Extent(
          path: file.path,
          byteOffset: member.entry.dataOffset + (member.entry.isDeflated ? 0 : member.header.dataOffset),
          byteCount: member.entry.isDeflated ? member.entry.storedByteCount : member.header.byteCount),
        encoding: member.entry.isDeflated ? .deflated : .plain)
    }
    var opened = OpenedFile(tensors: tensors, metadata: metadata, notes: notes, listing: listing) {
      (index) throws(WeightFileError) in
      let tensor = try reader.read(reader.members[index], isVerified: verified.contains(index))
      verified.insert(index)
      return TensorAssembly(whole: tensor)
    }
    opened.uncheckedContent = { (index) throws(WeightFileError) in
      guard !verified.contains(index) else { return nil }
      return try reader.readUnchecked(reader.members[index]) { verified.insert(index) }
    }
    return opened
  }

  /// A stored member whose bytes are the tensor's as they lie, before its checksum has been compared.
  private func readUnchecked(
    _ member: Member, passed: @escaping @Sendable () -> Void
  ) throws(WeightFileError) -> (TensorAssembly, PendingChecksum)? {
    guard !member.entry.isDeflated else { return nil }
    var header = member.header
    header.dtype = member.dtype
    let tensor = header.tensor(in: file.storage, at: member.entry.dataOffset + header.dataOffset)
    guard tensor.isContiguous, tensor.storage === file.storage else { return nil }
    let bytes = ZipMemberBytes(file: file, entry: member.entry, name: member.name)
    var before = CRC32()
    before.update(try bytes.prefix(header.dataOffset))
    let checksum = PendingChecksum(before: before) { (crc) throws(WeightFileError) in
      try bytes.check(crc)
      passed()
    }
    return (TensorAssembly(whole: tensor), checksum)
  }

  private func read(_ member: Member, isVerified: Bool = false) throws(WeightFileError) -> Tensor {
    var header = member.header
    header.dtype = member.dtype
    let bytes = ZipMemberBytes(file: file, entry: member.entry, name: member.name)
    guard member.entry.isDeflated else {
      if !isVerified { try bytes.verify() }
      return header.tensor(in: file.storage, at: member.entry.dataOffset + header.dataOffset)
    }
    let storage = try ByteStorage(byteCount: header.byteCount) { (output) throws(WeightFileError) in
      try bytes.expand(skipping: header.dataOffset, into: output)
    }
    return header.tensor(in: storage, at: 0)
  }
}
