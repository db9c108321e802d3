internal import TensorData

/// The two checksums of HDF5.
enum HDF5Checksum {
  /// That of metadata: `hashlittle` of Bob Jenkins' lookup3.c (2006, public domain), with 0 as the initial value.
  static func lookup3(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    func rotated(_ x: UInt32, _ k: UInt32) -> UInt32 { x << k | x >> (32 - k) }
    var a = 0xDEAD_BEEF &+ UInt32(truncatingIfNeeded: bytes.count)
    var b = a
    var c = a
    func word(_ offset: Int) -> UInt32 {
      var value: UInt32 = 0
      for index in 0..<4 where offset + index < bytes.count {
        value |= UInt32(bytes[offset + index]) << UInt32(8 * index)
      }
      return value
    }
    var offset = 0
    while bytes.count - offset > 12 {
      a &+= word(offset)
      b &+= word(offset + 4)
      c &+= word(offset + 8)
      a = (a &- c) ^ rotated(c, 4)
      c &+= b
      b = (b &- a) ^ rotated(a, 6)
      a &+= c
      c = (c &- b) ^ rotated(b, 8)
      b &+= a
      a = (a &- c) ^ rotated(c, 16)
      c &+= b
      b = (b &- a) ^ rotated(a, 19)
      a &+= c
      c = (c &- b) ^ rotated(b, 4)
      b &+= a
      offset += 12
    }
    guard offset < bytes.count else { return c }
    a &+= word(offset)
    b &+= word(offset + 4)
    c &+= word(offset + 8)
    c = (c ^ b) &- rotated(b, 14)
    a = (a ^ c) &- rotated(c, 11)
    b = (b ^ a) &- rotated(a, 25)
    c = (c ^ b) &- rotated(b, 16)
    a = (a ^ c) &- rotated(c, 4)
    b = (b ^ a) &- rotated(a, 14)
    return (c ^ b) &- rotated(b, 24)
  }

  /// That of chunks: Fletcher's sum over big-endian words of 16 bits, as `H5_checksum_fletcher32` folds it.
  static func fletcher32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var low: UInt32 = 0
    var high: UInt32 = 0
    var offset = 0
    while offset + 1 < bytes.count {
      let end = min(offset + 720, bytes.count - bytes.count % 2)
      while offset < end {
        low &+= UInt32(bytes[offset]) << 8 | UInt32(bytes[offset + 1])
        high &+= low
        offset += 2
      }
      low = (low & 0xFFFF) &+ (low >> 16)
      high = (high & 0xFFFF) &+ (high >> 16)
    }
    if offset < bytes.count {
      low &+= UInt32(bytes[offset]) << 8
      high &+= low
      low = (low & 0xFFFF) &+ (low >> 16)
      high = (high & 0xFFFF) &+ (high >> 16)
    }
    low = (low & 0xFFFF) &+ (low >> 16)
    high = (high & 0xFFFF) &+ (high >> 16)
    return high << 16 | low
  }
}
