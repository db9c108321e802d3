internal import CKernels

/// The SHA-256 of bytes that arrive in pieces: a digest that also withstands a forger.
///
/// Source: NIST FIPS 180-4, sections 5.1.1 (padding), 5.3.3 (initial value) and 6.2.
public struct SHA256: Sendable {
  private static let blockLength = 64

  /// The first 32 bits of the fractional parts of the square roots of the first eight primes.
  private var state: [UInt32] = [
    0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
  ]
  /// The bytes after the last whole block.
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0
  private let plain: Int32

  /// The digest of no bytes.
  public init() { plain = 0 }

  /// A digest by the portable loop alone, for a comparison with the processor's own instructions.
  init(isPlain: Bool) { plain = isPlain ? 1 : 0 }

  /// Takes in the next bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    byteCount &+= UInt64(bytes.count)
    var rest = bytes[...]
    if !pending.isEmpty {
      let head = rest.prefix(SHA256.blockLength - pending.count)
      pending += head
      rest = rest.dropFirst(head.count)
      guard pending.count == SHA256.blockLength else { return }
      pending.withUnsafeBytes { SHA256.compress($0[...], into: &state, plain) }
      pending.removeAll(keepingCapacity: true)
    }
    let whole = rest.count / SHA256.blockLength * SHA256.blockLength
    SHA256.compress(rest.prefix(whole), into: &state, plain)
    pending += rest.dropFirst(whole)
  }

  /// Takes in the next bytes.
  public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  /// The digest of all bytes so far as 64 hexadecimal digits, in lower case; more bytes may follow.
  public var hexadecimal: String {
    // A one bit, zeros, and the number of bits in 64 bits, so that the last block is full.
    var tail = pending + [0x80]
    let zeros = (2 * SHA256.blockLength - 8 - tail.count) % SHA256.blockLength
    tail += repeatElement(0, count: zeros)
    withUnsafeBytes(of: (byteCount &* 8).bigEndian) { tail += $0 }
    var last = state
    tail.withUnsafeBytes { SHA256.compress($0[...], into: &last, plain) }
    return last.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }.joined()
  }

  private static func compress(
    _ blocks: Slice<UnsafeRawBufferPointer>, into state: inout [UInt32], _ plain: Int32
  ) {
    let count = blocks.count / blockLength
    guard count > 0 else { return }
    tfconv_sha256_blocks(&state, UnsafeRawBufferPointer(rebasing: blocks).baseAddress, count, plain)
  }
}
