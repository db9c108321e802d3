/// A zip archive of stored members in the shortest records, for members that the writer refuses to make.
struct TestArchive {
  private var members: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  /// Appends a member.
  mutating func add(_ name: String, _ bytes: [UInt8]) {
    let crc = little(TestArchive.checksum(bytes), 4)
    let sizes =
      crc + little(UInt32(bytes.count), 4) + little(UInt32(bytes.count), 4) + little(UInt32(name.utf8.count), 2)
    let common: [UInt8] = [20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0] + sizes + [0, 0]
    directory += [0x50, 0x4B, 1, 2, 20, 0] + common + [UInt8](repeating: 0, count: 10)
    directory += little(UInt32(members.count), 4) + name.utf8
    members += [0x50, 0x4B, 3, 4] + common + name.utf8 + bytes
    count += 1
  }

  /// Appends a `.npy` member with one axis.
  mutating func add(_ name: String, descr: String, count: Int, _ data: [UInt8]) {
    let header = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(count),)}"
    add(name + ".npy", [0x93] + "NUMPY".utf8 + [1, 0, UInt8(header.utf8.count), 0] + header.utf8 + data)
  }

  /// The finished archive.
  var bytes: [UInt8] {
    let counts = little(UInt32(count), 2)
    return members + directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + counts + counts
      + little(UInt32(directory.count), 4) + little(UInt32(members.count), 4) + [0, 0]
  }

  private func little(_ value: UInt32, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// CRC-32 of RFC 1952, a bit at a time.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }
}
