import TensorData
import TestSupport
import Testing
import TextGeneration

@Suite struct PromptTests {
  @Test func shorterRowsArePaddedOnTheLeft() throws {
    let prompt = try Prompt(leftPadding: [[5, 6, 7], [8]], with: 9)
    #expect(prompt.ids == [[5, 6, 7], [9, 9, 8]])
    #expect(prompt.mask == [[true, true, true], [false, false, true]])
    #expect(prompt.positions == [[0, 1, 2], [0, 0, 0]])
  }

  @Test func positionsCountWhatTheMaskLeaves() throws {
    let prompt = try Prompt(ids: [[1, 2, 3, 4]], mask: [[false, true, false, true]])
    #expect(prompt.positions == [[0, 0, 0, 1]])
  }

  @Test func withoutAMaskEveryPositionCounts() throws {
    #expect(try Prompt(ids: [[1, 2]]).mask == [[true, true]])
  }

  @Test(
    arguments: [
      ([], nil, 0), ([[1], [2, 3]], nil, 1), ([[]], nil, 0), ([[1], [2]], [[true]], 1), ([[1, 2]], [[true]], 0),
      ([[1], [2]], [[true], [false]], 1),
    ] as [([[Int]], [[Bool]]?, Int)])
  func whatIsNoBatchIsRefusedByRow(ids: [[Int]], mask: [[Bool]]?, row: Int) {
    let error = #expect(throws: GenerationError.self) { try Prompt(ids: ids, mask: mask) }
    #expect(error?.description.hasPrefix("row \(row) of the prompt ") == true)
  }

  @Test func anEmptyRowIsRefused() {
    #expect(throws: GenerationError.prompt(row: 1, problem: "holds no token")) {
      try Prompt(leftPadding: [[1], []], with: 0)
    }
    #expect(throws: GenerationError.self) { try Prompt(leftPadding: [], with: 0) }
  }

  @Test func rowsAreReadFromTensorsOfAnyNumberType() throws {
    let ids = Tensor(.i32, [2, 2], [1, 2, 3, 4] as [Int32])
    let prompt = try Prompt(ids: ids, mask: Tensor(.f32, [2, 2], [0, 1, 1, 1] as [Float]))
    #expect(prompt.ids == [[1, 2], [3, 4]] && prompt.mask == [[false, true], [true, true]])
    #expect(try Prompt(ids: ids, mask: nil).mask == [[true, true], [true, true]])
    #expect(try Prompt.rows(of: Tensor(.i64, [0, 3], [] as [Int64])).isEmpty)
    #expect(try Prompt.rows(of: Tensor(.u8, [], [7] as [UInt8])) == [[7]])
  }

  @Test(arguments: [Float.nan, .infinity, 1.5, 1e30]) func whatIsNoWholeNumberIsRefusedByRow(number: Float) {
    let error = #expect(throws: GenerationError.self) {
      try Prompt(ids: Tensor(.f32, [2, 1], [1, number]), mask: nil)
    }
    #expect(error?.description.hasPrefix("row 1 of the prompt holds ") == true)
  }
}
