/// Positions of names in a list, found by the bytes of the name.
///
/// The hash is seeded anew in every process, so that no file can be made whose names collide.
public struct NameIndex: Sendable {
  /// For each slot the position and the upper half of the hash of the name that lies there; empty slots are -1.
  private var slots: [(position: Int32, tag: UInt32)]
  private let mask: Int

  /// Makes the index of a list.
  ///
  /// - Parameters:
  ///   - count: how many names there are, fewer than 2^31.
  ///   - name: the name at a position.
  ///   - duplicate: told of the first position whose name occurred before; the index is of no use then.
  public init(count: Int, name: (Int) -> String, duplicate: (Int) -> Void) {
    var capacity = 16
    while capacity < 2 * count { capacity *= 2 }
    mask = capacity - 1
    slots = Array(repeating: (-1, 0), count: capacity)
    for position in 0..<count {
      let own = name(position)
      let hash = ByteHash.of(own)
      var slot = Int(truncatingIfNeeded: hash) & mask
      let tag = UInt32(truncatingIfNeeded: hash >> 32)
      while slots[slot].position >= 0 {
        if slots[slot].tag == tag, own.hasSameBytes(as: name(Int(slots[slot].position))) {
          duplicate(position)
          return
        }
        slot = (slot + 1) & mask
      }
      slots[slot] = (Int32(position), tag)
    }
  }

  /// The position of a name; nil if it is not in the list.
  ///
  /// - Parameters:
  ///   - wanted: the name.
  ///   - name: the names that the index was made of.
  /// - Returns: the position.
  public func position(of wanted: String, name: (Int) -> String) -> Int? {
    let hash = ByteHash.of(wanted)
    let tag = UInt32(truncatingIfNeeded: hash >> 32)
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot].position >= 0 {
      let position = Int(slots[slot].position)
      if slots[slot].tag == tag, wanted.hasSameBytes(as: name(position)) { return position }
      slot = (slot + 1) & mask
    }
    return nil
  }
}

/// A fast hash of byte strings under seeds that differ from process to process.
///
/// Two words at a time are multiplied to twice their width and folded, as in the family of hash functions around wyhash.
public enum ByteHash {
  private static let seeds: (UInt64, UInt64, UInt64) = {
    var generator = SystemRandomNumberGenerator()
    return (generator.next(), generator.next(), generator.next())
  }()

  /// The hash of a text's bytes.
  public static func of(_ text: String) -> UInt64 {
    text.utf8.withContiguousStorageIfAvailable { of(UnsafeRawBufferPointer($0)) } ?? of(Array(text.utf8))
  }

  /// The hash of some bytes.
  public static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    let seeds = seeds
    var hash = seeds.0
    var offset = 0
    while offset + 16 <= bytes.count {
      hash = fold(
        bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ seeds.1,
        bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self) ^ hash)
      offset += 16
    }
    // What is left: one or two words, which may overlap; fewer than eight bytes are put into one.
    let rest = bytes.count - offset
    var (low, high) = (0 as UInt64, 0 as UInt64)
    if rest >= 8 {
      low = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      high = bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
    } else {
      for index in offset..<bytes.count { low = low << 8 | UInt64(bytes[index]) }
    }
    return fold(fold(low ^ seeds.1, high ^ hash), seeds.2 ^ UInt64(bytes.count))
  }

  /// One word out of two, none of whose bits tells much of either.
  public static func mixing(_ a: UInt64, _ b: UInt64) -> UInt64 { fold(a ^ seeds.1, b ^ seeds.2) }

  private static func of(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { of($0) } }

  private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let (high, low) = a.multipliedFullWidth(by: b)
    return high ^ low
  }
}

extension String {
  /// Whether both texts are the same bytes; `==` would call composed and decomposed letters equal.
  public func hasSameBytes(as other: String) -> Bool {
    let same = utf8.withContiguousStorageIfAvailable { a in
      other.utf8.withContiguousStorageIfAvailable { b in
        Rearrange.equal(UnsafeRawBufferPointer(a), UnsafeRawBufferPointer(b))
      }
    }
    return same.flatMap { $0 } ?? utf8.elementsEqual(other.utf8)
  }

  /// Whether the bytes of this text sort before those of the other.
  func bytesPrecede(_ other: String) -> Bool {
    let precedes = utf8.withContiguousStorageIfAvailable { a in
      other.utf8.withContiguousStorageIfAvailable { b in
        let order = Rearrange.order(UnsafeRawBufferPointer(a), UnsafeRawBufferPointer(b))
        return order == 0 ? a.count < b.count : order < 0
      }
    }
    return precedes.flatMap { $0 } ?? utf8.lexicographicallyPrecedes(other.utf8)
  }
}
