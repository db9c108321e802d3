import Testing

@testable import ParityChecks

/// XXH64 against values that the reference implementation gives (github.com/Cyan4973/xxHash; python-xxhash's README).
@Suite struct ContentDigestTests {
  @Test(arguments: [
    ("", "ef46db3751d8e999"), ("a", "d24ec4f1a98c6e5b"), ("abc", "44bc2cf5ad770999"),
    ("Nobody inspects the spammish repetition", "fbcea83c8a378bf1"),
  ]) func hashesAsTheReferenceDoes(text: String, expected: String) {
    let hash = Array(text.utf8).withUnsafeBytes { ContentDigest.hash($0) }
    #expect(ContentDigest.hexadecimal(hash) == expected)
  }
}
