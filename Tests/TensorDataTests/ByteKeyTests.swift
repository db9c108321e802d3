import TensorData
import Testing

@Suite struct ByteKeyTests {
  @Test func composedAndDecomposedNamesDiffer() {
    let composed = "caf\u{E9}"
    let decomposed = "cafe\u{301}"
    #expect(composed == decomposed)
    #expect(ByteKey(composed) != ByteKey(decomposed))
    #expect(Set([ByteKey(composed), ByteKey(decomposed), ByteKey("caf\u{E9}")]).count == 2)
  }

  @Test func namesSortByTheirBytes() {
    let sorted = ["b", "a.10", "a.2", "\u{10000}", "\u{FFFF}", ""].map { ByteKey($0) }.sorted().map(\.name)
    #expect(sorted == ["", "a.10", "a.2", "b", "\u{FFFF}", "\u{10000}"])
  }
}
