internal import TensorData

/// Reads PyTorch's zip archives, which torch.save has written since version 1.6.
///
/// Format: pytorch, caffe2/serialize/inline_container.cc and torch/serialization.py. One folder holds `data.pkl`, the
/// storages under `data/`, `version`, and since 2.1 `byteorder`. Names are compared byte by byte and checksums are checked,
/// which torch does neither.
enum TorchArchive {
  /// The longest pickle that is read.
  static let pickleLimit = 100_000_000
  /// The versions of the archive that are known.
  private static let versions = 1...10

  /// Opens an archive.
  static func open(_ file: WholeFile) throws(WeightFileError) -> OpenedFile {
    let entries = try ZipEntry.readAll(file)
    let names = entries.map(\.name)
    if let kind = ForeignContent.describe(torchProgram: names) {
      throw WeightFileError(.unsupported, path: file.path, message: "found \(kind)")
    }
    let root = try root(of: names, file)
    var members: [ByteKey: ZipEntry] = [:]
    for entry in entries {
      guard let name = entry.name.removing(start: root) else { continue }
      members[ByteKey(name)] = entry
    }
    try checkVersion(members[ByteKey("version")], file)
    try checkByteOrder(members[ByteKey("byteorder")], file)
    guard let pickleEntry = members[ByteKey("data.pkl")] else {
      throw WeightFileError(.missing, path: file.path, message: "there is no \(root)data.pkl")
    }
    let (pickle, place) = try pickle(pickleEntry, file)
    var blocks: [ByteKey: TorchReader.Block] = [:]
    for (name, entry) in members {
      guard let key = name.name.removing(start: "data/") else { continue }
      blocks[ByteKey(key)] = TorchReader.Block(
        entry: entry, byteOffset: entry.dataOffset, byteCount: entry.byteCount)
    }
    let contents = try TorchContents(pickle, place, blocks: blocks.mapValues(\.byteCount))
    return try TorchReader(path: file.path, file: file, contents: contents, blocks: blocks, notes: []).opened()
  }

  /// The folder that everything lies in, with its slash.
  private static func root(of names: [String], _ file: WholeFile) throws(WeightFileError) -> String {
    guard !names.isEmpty else {
      throw WeightFileError(.badHeader, path: file.path, message: "an empty zip archive is no PyTorch checkpoint")
    }
    let pickles = names.filter { $0.utf8.elementsEqual("data.pkl".utf8) || $0.hasSuffix("/data.pkl") }
    guard pickles.count < 2 else {
      throw WeightFileError(
        .duplicate, path: file.path, message: "two members data.pkl; readers disagree on which one counts")
    }
    guard let only = pickles.first else {
      if let kind = ForeignContent.describe(zipMembers: names) {
        throw WeightFileError(
          .badMagic, path: file.path, byteOffset: 0, message: "expected a PyTorch checkpoint, found \(kind)")
      }
      throw WeightFileError(
        .missing, path: file.path, message: "expected a PyTorch checkpoint, found a zip archive without data.pkl")
    }
    guard let slash = only.utf8.firstIndex(of: UInt8(ascii: "/")) else {
      throw WeightFileError(.badHeader, path: file.path, message: "data.pkl lies in no folder, as torch.save puts it")
    }
    let root = String(only[...slash])
    guard root.utf8.count + "data.pkl".utf8.count == only.utf8.count else {
      throw WeightFileError(.badHeader, path: file.path, message: "data.pkl lies deeper than in one folder")
    }
    return root
  }

  private static func checkVersion(_ entry: ZipEntry?, _ file: WholeFile) throws(WeightFileError) {
    guard let entry else { return }
    let text = try text(entry, file)
    let digits = text.last == UInt8(ascii: "\n") ? text.dropLast() : text[...]
    guard let version = Int(String(decoding: digits, as: UTF8.self)), versions.contains(version) else {
      throw WeightFileError(
        .unsupportedVersion, path: file.path, byteOffset: entry.dataOffset,
        message: "version \(String(decoding: digits, as: UTF8.self).printable(limit: 20)) of the archive; "
          + "\(versions.lowerBound) to \(versions.upperBound) are known")
    }
  }

  private static func checkByteOrder(_ entry: ZipEntry?, _ file: WholeFile) throws(WeightFileError) {
    guard let entry else { return }
    let text = String(decoding: try text(entry, file), as: UTF8.self)
    guard text != "big" else {
      throw WeightFileError(
        .unsupported, path: file.path, byteOffset: entry.dataOffset,
        message: "written on a big-endian machine; load and save it on a little-endian one")
    }
    guard text == "little" else {
      throw WeightFileError(
        .badHeader, path: file.path, byteOffset: entry.dataOffset, message: "the byte order is neither little nor big")
    }
  }

  /// The start of a short member.
  private static func text(_ entry: ZipEntry, _ file: WholeFile) throws(WeightFileError) -> [UInt8] {
    let bytes = ZipMemberBytes(file: file, entry: entry, name: entry.name, zeroMeansUnchecked: true)
    try bytes.verify()
    return try bytes.prefix(64)
  }

  private static func pickle(
    _ entry: ZipEntry, _ file: WholeFile
  ) throws(WeightFileError) -> (Pickle, BytePlace) {
    guard entry.byteCount <= pickleLimit else {
      throw WeightFileError(
        .limit, path: file.path, byteOffset: entry.dataOffset,
        message: "a pickle of \(entry.byteCount) bytes, limit \(pickleLimit)")
    }
    let bytes = ZipMemberBytes(file: file, entry: entry, name: entry.name, zeroMeansUnchecked: true)
    let storage: ByteStorage
    let range: Range<Int>
    var place = BytePlace(path: file.path, base: nil)
    if entry.isDeflated {
      storage = try ByteStorage(byteCount: entry.byteCount) { (output) throws(WeightFileError) in
        try bytes.expand(skipping: 0, into: output)
      }
      range = 0..<entry.byteCount
    } else {
      try bytes.verify()
      storage = file.storage
      range = entry.dataOffset..<entry.dataOffset + entry.byteCount
      place.base = 0
    }
    let pickle = try PickleReader.read(storage, range, place)
    guard pickle.end == range.upperBound else {
      throw place.error(
        .trailing, at: pickle.end,
        "\(range.upperBound - pickle.end) bytes follow the end of the pickle; they could hide another")
    }
    return (pickle, place)
  }
}
