import TensorData
import Testing

@Suite struct NameIndices {
  private let names = (0..<5000).map { "model.layers.\($0 / 10).experts.\($0 % 10).weight" } + ["", "é", "e\u{301}"]

  @Test func everyNameIsFoundWhereItIs() {
    let index = NameIndex(count: names.count, name: { names[$0] }, duplicate: { Issue.record("\($0)") })
    for (position, name) in names.enumerated() { #expect(index.position(of: name) { names[$0] } == position) }
    #expect(index.position(of: "model.layers.500.experts.0.weight") { names[$0] } == nil)
  }

  @Test func theSecondOfTwoEqualNamesIsTold() {
    let twice = names + [names[17]]
    var found: [Int] = []
    _ = NameIndex(count: twice.count, name: { twice[$0] }, duplicate: { found.append($0) })
    #expect(found == [twice.count - 1])
  }

  @Test func namesAreBytes() {
    #expect(!"é".hasSameBytes(as: "e\u{301}"))
    #expect("a.weight".hasSameBytes(as: "a.weight"))
    #expect(!"a".hasSameBytes(as: "ab"))
  }

  @Test func aHashDependsOnEveryByteAndTheLength() {
    for length in 0..<70 {
      let bytes = [UInt8](repeating: 7, count: length)
      var hashes = [hash(bytes), hash(bytes + [0])]
      for index in bytes.indices {
        var other = bytes
        other[index] ^= 1
        hashes.append(hash(other))
      }
      #expect(Set(hashes).count == hashes.count)
    }
  }

  private func hash(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { ByteHash.of($0) } }
}
