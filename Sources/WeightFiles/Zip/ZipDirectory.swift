/// Finds and checks the directory of a zip archive, in such a way that no two readers can see different archives.
///
/// Format: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.14 to 4.3.16. Of the places that could be the end of the archive
/// exactly one must fit the rest of the file.
struct ZipDirectory {
  /// Where the central directory lies.
  var range: Range<Int>
  /// How many entries it declares.
  var count: Int

  static let localSignature: UInt32 = 0x0403_4B50
  static let centralSignature: UInt32 = 0x0201_4B50
  static let endSignature: UInt32 = 0x0605_4B50
  static let zip64EndSignature: UInt32 = 0x0606_4B50
  static let zip64LocatorSignature: UInt32 = 0x0706_4B50
  static let endLength = 22
  static let zip64EndLength = 56
  static let zip64LocatorLength = 20
  static let centralLength = 46
  static let localLength = 30

  /// Whether a file begins as an archive does: with its first member, or with its end if it has none.
  static func recognises(_ head: [UInt8]) -> Bool {
    head.starts(with: [0x50, 0x4B, 3, 4]) || head.starts(with: [0x50, 0x4B, 5, 6])
  }

  /// Finds the directory.
  ///
  /// - Parameter file: the archive.
  /// - Throws: why there is none, or more than one.
  init(_ file: WholeFile) throws(WeightFileError) {
    let bytes = file.bytes
    guard bytes.count >= ZipDirectory.endLength else {
      throw ZipDirectory.error(
        .truncated, file, at: bytes.count, "\(bytes.count) bytes are too few for a zip archive; fetch the file again")
    }
    var found: [ZipDirectory] = []
    var refusal: WeightFileError?
    var stray: WeightFileError?
    for position in max(0, bytes.count - ZipDirectory.endLength - 0xFFFF)...(bytes.count - ZipDirectory.endLength) {
      guard bytes[position] == 0x50, bytes.little(UInt32.self, at: position) == ZipDirectory.endSignature else {
        continue
      }
      let end = position + ZipDirectory.endLength + Int(bytes.little(UInt16.self, at: position + 20))
      if end == bytes.count {
        do throws(WeightFileError) {
          found.append(try ZipDirectory(file, endAt: position))
        } catch {
          refusal = error
        }
      } else if end < bytes.count {
        stray = ZipDirectory.error(.trailing, file, at: end, "\(bytes.count - end) bytes follow the end of the archive")
      } else {
        stray = ZipDirectory.error(
          .truncated, file, at: bytes.count, "the archive's comment runs past the end of the file")
      }
    }
    guard found.count < 2 else {
      throw ZipDirectory.error(
        .mismatch, file, at: found[1].range.upperBound,
        "two directories fit this archive; readers disagree on which counts")
    }
    guard let only = found.first else {
      throw refusal ?? stray
        ?? ZipDirectory.error(
          .truncated, file, at: bytes.count,
          "the archive's directory, which lies at its end, is missing; fetch it again")
    }
    self = only
  }

  /// Reads the end record at `position`.
  private init(_ file: WholeFile, endAt position: Int) throws(WeightFileError) {
    let bytes = file.bytes
    func refuse(_ category: WeightFileError.Category, _ message: String) -> WeightFileError {
      ZipDirectory.error(category, file, at: position, message)
    }
    var disks = [bytes.little(UInt16.self, at: position + 4), bytes.little(UInt16.self, at: position + 6)].map(
      UInt64.init)
    var counts = [bytes.little(UInt16.self, at: position + 8), bytes.little(UInt16.self, at: position + 10)].map(
      UInt64.init)
    var size = UInt64(bytes.little(UInt32.self, at: position + 12))
    var offset = UInt64(bytes.little(UInt32.self, at: position + 16))
    var end = position
    if let extended = try ZipDirectory.zip64End(file, before: position) {
      end = extended
      let classic = (disks, counts, size, offset)
      disks = [bytes.little(UInt32.self, at: end + 16), bytes.little(UInt32.self, at: end + 20)].map(UInt64.init)
      counts = [bytes.little(UInt64.self, at: end + 24), bytes.little(UInt64.self, at: end + 32)]
      size = bytes.little(UInt64.self, at: end + 40)
      offset = bytes.little(UInt64.self, at: end + 48)
      let agrees =
        zip(classic.0 + classic.1, disks + counts).allSatisfy { $0 == $1 || $0 == 0xFFFF }
        && (classic.2 == size || classic.2 == 0xFFFF_FFFF) && (classic.3 == offset || classic.3 == 0xFFFF_FFFF)
      guard agrees || disks != [0, 0] else { throw refuse(.mismatch, "the two end records of the archive disagree") }
    }
    guard disks == [0, 0] else { throw refuse(.unsupported, "an archive in several parts; join them first") }
    guard counts[0] <= UInt64(bytes.count), counts[1] <= UInt64(bytes.count) else {
      throw refuse(.limit, "\(counts[1]) entries are declared in a file of \(bytes.count) bytes")
    }
    guard counts[0] == counts[1] else {
      throw refuse(.mismatch, "two counts of entries, \(counts[0]) and \(counts[1])")
    }
    guard offset <= UInt64(end), size <= UInt64(end) - offset else {
      throw refuse(
        .outOfBounds, "a directory of \(size) bytes at \(offset) does not end before its end record at \(end)")
    }
    guard offset + size == UInt64(end) else {
      throw refuse(.mismatch, "the directory ends at \(offset + size), its end record lies at \(end)")
    }
    range = Int(offset)..<end
    count = Int(counts[1])
  }

  /// The position of the zip64 end record, if a locator stands before the classic one.
  private static func zip64End(_ file: WholeFile, before position: Int) throws(WeightFileError) -> Int? {
    let bytes = file.bytes
    let locator = position - zip64LocatorLength
    guard locator >= 0, bytes.little(UInt32.self, at: locator) == zip64LocatorSignature else { return nil }
    let offset = bytes.little(UInt64.self, at: locator + 8)
    guard locator >= zip64EndLength, offset <= UInt64(locator - zip64EndLength) else {
      throw error(.outOfBounds, file, at: locator, "the zip64 locator points to byte \(offset), past its own place")
    }
    let start = Int(offset)
    guard bytes.little(UInt32.self, at: start) == zip64EndSignature else {
      throw error(.badHeader, file, at: start, "the zip64 locator points to something else than the zip64 end record")
    }
    guard bytes.little(UInt64.self, at: start + 4) == UInt64(locator - start - 12) else {
      throw error(.badHeader, file, at: start + 4, "the zip64 end record does not end where its locator begins")
    }
    return start
  }

  static func error(
    _ category: WeightFileError.Category, _ file: WholeFile, at offset: Int, member: String? = nil, _ message: String
  ) -> WeightFileError {
    WeightFileError(category, path: file.path, tensor: member, byteOffset: offset, message: message)
  }
}
