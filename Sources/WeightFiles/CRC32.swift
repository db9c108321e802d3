internal import CISAL

/// The checksum of zip archives (CRC-32 of RFC 1952), computed by Intel ISA-L.
struct CRC32 {
  /// The checksum of the bytes so far.
  private(set) var value: UInt32 = 0

  init() {}

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return }
    value = crc32_gzip_refl(value, start.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
  }
}
