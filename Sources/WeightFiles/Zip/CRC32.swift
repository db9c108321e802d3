internal import CISAL
internal import CZlib

/// The checksum of zip archives (CRC-32 of RFC 1952), computed by Intel ISA-L.
struct CRC32 {
  /// The checksum of the bytes so far.
  private(set) var value: UInt32 = 0

  init() {}

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return }
    value = crc32_gzip_refl(value, start.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
  }

  mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  /// Goes on with bytes whose own checksum is known.
  ///
  /// - Parameters:
  ///   - other: the checksum of the bytes that follow.
  ///   - byteCount: how many they are.
  mutating func append(_ other: UInt32, byteCount: Int) {
    value = UInt32(truncatingIfNeeded: crc32_combine(uLong(value), uLong(other), off_t(byteCount)))
  }
}
