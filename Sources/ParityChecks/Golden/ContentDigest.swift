public import TensorData

/// A number that two tensors share only if they hold the same bits, but for chance.
///
/// XXH64 with the seed 0 (Yann Collet, "xxHash fast digest algorithm", version 0.2.0): quick and the same on every
/// machine; it recognises contents and withstands no forger.
public enum ContentDigest {
  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

  /// The digest of a tensor: of its type, its shape and its elements, row-major.
  ///
  /// - Parameter tensor: any tensor, with any strides.
  /// - Returns: `F32 [2, 3] 00112233AABBCCDD`.
  public static func of(_ tensor: Tensor) -> String {
    "\(tensor.dtype.rawValue) \(tensor.shape) \(hexadecimal(tensor.withUnsafeBytes { hash($0) }))"
  }

  /// Sixteen digits.
  static func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }

  /// The XXH64 of some bytes.
  static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var position = 0
    var result: UInt64
    if bytes.count >= 32 {
      var lanes = (prime1 &+ prime2, prime2, UInt64(0), 0 &- prime1)
      while position + 32 <= bytes.count {
        lanes.0 = round(lanes.0, word(bytes, position))
        lanes.1 = round(lanes.1, word(bytes, position + 8))
        lanes.2 = round(lanes.2, word(bytes, position + 16))
        lanes.3 = round(lanes.3, word(bytes, position + 24))
        position += 32
      }
      result =
        rotated(lanes.0, 1) &+ rotated(lanes.1, 7) &+ rotated(lanes.2, 12) &+ rotated(lanes.3, 18)
      for lane in [lanes.0, lanes.1, lanes.2, lanes.3] {
        result = (result ^ round(0, lane)) &* prime1 &+ prime4
      }
    } else {
      result = prime5
    }
    result &+= UInt64(bytes.count)
    while position + 8 <= bytes.count {
      result = rotated(result ^ round(0, word(bytes, position)), 27) &* prime1 &+ prime4
      position += 8
    }
    if position + 4 <= bytes.count {
      let half = UInt64(bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
      result = rotated(result ^ (half &* prime1), 23) &* prime2 &+ prime3
      position += 4
    }
    while position < bytes.count {
      result = rotated(result ^ (UInt64(bytes[position]) &* prime5), 11) &* prime1
      position += 1
    }
    result = (result ^ (result >> 33)) &* prime2
    result = (result ^ (result >> 29)) &* prime3
    return result ^ (result >> 32)
  }

  private static func word(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt64 {
    bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
  }

  private static func round(_ accumulator: UInt64, _ input: UInt64) -> UInt64 {
    rotated(accumulator &+ input &* prime2, 31) &* prime1
  }

  private static func rotated(_ number: UInt64, _ bits: UInt64) -> UInt64 { number << bits | number >> (64 - bits) }
}
