import Testing

@testable import TensorData

/// The digest against published values, and its two loops against each other.
@Suite struct SHA256Digests {
  /// Examples of NIST, "Secure Hash Standard (SHS) examples" and the byte-oriented short-message vectors of CAVP.
  private static let vectors: [(text: String, digest: String)] = [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
    (
      String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ]

  @Test(arguments: [false, true])
  func thePublishedDigestsAreFound(isPlain: Bool) {
    for vector in SHA256Digests.vectors {
      var digest = SHA256(isPlain: isPlain)
      digest.update(Array(vector.text.utf8))
      #expect(digest.hexadecimal == vector.digest)
    }
  }

  @Test func piecesOfAnySizeGiveTheSameDigest() {
    let bytes = (0..<500).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    for count in 0...200 {
      let part = Array(bytes.prefix(count))
      var whole = SHA256(isPlain: true)
      whole.update(part)
      for size in [1, 3, 63, 64, 65, 130] {
        var pieces = SHA256()
        for start in stride(from: 0, to: count, by: size) {
          pieces.update(Array(part[start..<min(start + size, count)]))
        }
        #expect(pieces.hexadecimal == whole.hexadecimal, "\(count) bytes in pieces of \(size)")
      }
    }
  }

  @Test func aDigestThatWasReadGoesOn() {
    var digest = SHA256()
    digest.update(Array("ab".utf8))
    #expect(digest.hexadecimal != SHA256Digests.vectors[1].digest)
    digest.update(Array("c".utf8))
    #expect(digest.hexadecimal == SHA256Digests.vectors[1].digest)
  }
}
