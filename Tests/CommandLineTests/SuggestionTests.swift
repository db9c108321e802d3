import Testing

@testable import tfconv

@Suite struct SuggestionTests {
  @Test(arguments: [
    ("", "", 0), ("abc", "", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("ca", "abc", 3), ("kitten", "sitting", 3),
    ("inspcet", "inspect", 1),
  ])
  func distanceCountsEdits(a: String, b: String, edits: Int) {
    #expect(Suggestion.distance(a, b) == edits)
    #expect(Suggestion.distance(b, a) == edits)
  }

  @Test func theNearestCandidateIsSuggested() {
    let names = ["inspect", "convert", "verify", "run", "diff"]
    #expect(Suggestion.nearest(to: "conver", among: names) == "convert")
    #expect(Suggestion.nearest(to: "dif", among: names) == "diff")
    #expect(Suggestion.nearest(to: "in", among: names) == "inspect")
    #expect(Suggestion.nearest(to: "frobnicate", among: names) == nil)
    #expect(Suggestion.nearest(to: "x", among: names) == nil)
    #expect(Suggestion.nearest(to: "", among: names) == nil)
  }
}
