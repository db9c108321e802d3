import Testing

@testable import ParityChecks

/// What is read out of which slice holds which.
@Suite struct SliceMapTests {
  @Test(arguments: [
    ("vocab", [1, 0, 2, 3], Diagnosis.Kind.permuted, "rows 0 and 1 exchanged"),
    ("heads", [3, 2, 1, 0], .permuted, "reverse order"),
    ("heads", [1, 2, 3, 0], .shifted, "rolled by -1"),
    ("qkv", [1, 0, 2], .permuted, "k, q, v where q, k, v"),
    ("positions", [1, 2, 3, nil], .shifted, "shifted by -1"),
    ("positions", [nil, 0, 1, 2, 3], .shifted, "shifted by 1"),
    ("vocab", [0, 1, 3, 4, nil], .rowMoved, "lacks row 2"),
    ("vocab", [0, 1, nil, 2, 3], .rowMoved, "one more row at 2"),
  ]) func readsWhatHappened(axis: String, sources: [Int?], kind: Diagnosis.Kind, text: String) throws {
    let diagnosis = try #require(SliceMap(axis: axis, sources: sources).diagnosis)
    #expect(diagnosis.kind == kind)
    #expect(diagnosis.sentence.contains(text), "\(diagnosis.sentence)")
  }

  @Test func saysNothingOfOtherValuesOrNone() {
    #expect(SliceMap(axis: "vocab", sources: [0, 1, nil, 3]).diagnosis == nil)
    #expect(SliceMap(axis: "vocab", sources: [0, 1, 2]).diagnosis == nil)
    #expect(SliceMap.ranges([2, 5, 6, 7]) == "2, 5..7")
  }
}
