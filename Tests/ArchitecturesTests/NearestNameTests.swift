import Testing

@testable import Architectures

@Suite struct NearestNameTests {
  @Test(arguments: [
    ("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("form", "from", 1), ("ca", "abc", 3),
    ("verify", "verfiy", 1),
  ])
  func distanceCountsEdits(a: String, b: String, edits: Int) {
    #expect(NearestName.distance(Array(a.utf8), Array(b.utf8), below: 100) == edits)
    #expect(NearestName.distance(Array(b.utf8), Array(a.utf8), below: 100) == edits)
    #expect(NearestName.distance(Array(a.utf8), Array(b.utf8), below: edits) == nil)
  }

  @Test func theNearestNameIsFoundOrNone() {
    let names = ["inspect", "convert", "verify", "diff", "run"]
    #expect(NearestName.of("conver", among: names) == "convert")
    #expect(NearestName.of("dif", among: names) == "diff")
    #expect(NearestName.of("in", among: names) == "inspect")
    #expect(NearestName.of("tf", among: ["hf", "tf1", "flax"]) == "tf1")
    #expect(NearestName.of("frobnicate", among: names) == nil)
    #expect(NearestName.of("x", among: names) == nil)
    #expect(NearestName.of("", among: names) == nil)
  }

  @Test func aTensorNameFindsItsNeighbour() {
    let names = ["bert.pooler.dense.weight", "cls.predictions.decoder.weight"]
    #expect(NearestName.of("cls.predictions.decoder.w", among: names) == names[1])
    #expect(NearestName.of("bert.pooler.extra", among: names) == nil)
  }
}
