import GraphRuntime
import Synchronization
import TensorData
import TensorGraph
import TestSupport
import Testing

/// Counts how often each parameter is asked for.
private final class CountingSource: ParameterSource {
  private let table: ParameterTable
  private let requests = Mutex<[String: Int]>([:])

  init(_ table: ParameterTable) { self.table = table }

  func parameter(named name: String) throws -> Tensor {
    requests.withLock { $0[name, default: 0] += 1 }
    return try table.parameter(named: name)
  }

  func count(_ name: String) -> Int { requests.withLock { $0[name] ?? 0 } }
}

@Suite struct DecodingSessionTests {
  private let tokens = [[1, 5, 2, 10, 7, 3, 8], [3, 3, 0, 9, 4, 6, 1]]

  private func columns(_ rows: [[Int]], _ range: Range<Int>) -> Tensor { ids(rows.map { Array($0[range]) }) }

  /// How far pieces `[batch, steps, vocab]`, joined along the steps, lie from the whole: relative to its largest number,
  /// at the positions that the mask shows.
  private func distance(_ pieces: [Tensor], _ whole: Tensor?, mask: [[Int]]? = nil) throws -> Double {
    let whole = try #require(whole)
    let rows = try pieces.map { piece in
      try (0..<piece.shape[0]).map { try piece.selecting($0, onAxis: 0).doubles() }
    }
    let joined = (0..<whole.shape[0]).flatMap { sequence in rows.flatMap { $0[sequence] } }
    let expected = try whole.doubles()
    try #require(joined.count == expected.count)
    let isSeen = mask?.joined().map { $0 == 1 }
    let counted = expected.indices.filter { isSeen?[$0 / whole.shape[2]] ?? true }
    return try worstRelative(Tensor(.f64, [counted.count], counted.map { joined[$0] }), counted.map { expected[$0] })
  }

  private func tolerance(_ precision: Precision) -> Double { precision == .f64 ? 1e-14 : 4e-6 }

  @Test(arguments: Precision.allCases, [[1, 1, 1, 1, 1, 1, 1], [4, 1, 1, 1], [7], [2, 3, 2], [0, 3, 0, 4]])
  func stepsOfAnyLengthGiveWhatTheWholeGives(_ precision: Precision, _ steps: [Int]) throws {
    let executor = try SmallModel.decoder().executor(precision)
    let whole = try executor.run(inputs: ["input_ids": ids(tokens)], outputs: ["logits"])
    let session = try DecodingSession(executor, outputs: ["logits"])
    var pieces: [Tensor] = []
    var position = 0
    for length in steps {
      let step = try session.step(["input_ids": columns(tokens, position..<position + length)])
      pieces.append(try #require(step["logits"]))
      position += length
      #expect(session.past == position)
    }
    #expect(try distance(pieces, whole["logits"]) < tolerance(precision))
  }

  @Test(arguments: Precision.allCases)
  func theLastPositionAloneIsWhatTheWholeEndsWith(_ precision: Precision) throws {
    let executor = try SmallModel.decoder().executor(precision)
    let session = try DecodingSession(executor, outputs: ["logits"])
    let last = try DecodingSession(executor, outputs: ["logits"], isLastOnly: true)
    for range in [0..<4, 4..<5, 5..<7] {
      let whole = try #require(try session.step(["input_ids": columns(tokens, range)])["logits"])
      let found = try #require(try last.step(["input_ids": columns(tokens, range)])["logits"])
      #expect(found.shape == [2, 1, 11])
      let expected = whole.selecting(range.count - 1, onAxis: 1)
      #expect(try worstRelative(found, expected.doubles()) < tolerance(precision))
    }
  }

  @Test(arguments: Precision.allCases)
  func whatIsStaticCanBeComputedBeforehand(_ precision: Precision) throws {
    let model = SmallModel.encoderDecoder()
    let source = CountingSource(model.parameters)
    let executor = try GraphExecutor(model.graph, parameters: source, precision: precision, threads: 2)
    let session = try DecodingSession(executor, staticInputs: ["input_ids": ids(tokens)], outputs: ["logits"])
    try session.prepare()
    #expect(source.count("encoder.q.weight") == 1 && source.count("decoder.q.weight") == 0)
    let step = try session.step(["decoder_input_ids": ids([[1], [2]])])
    #expect(source.count("encoder.q.weight") == 1)
    let whole = try executor.run(
      inputs: ["input_ids": ids(tokens), "decoder_input_ids": ids([[1], [2]])], outputs: ["logits"])
    #expect(sameBits(step["logits"], whole["logits"]))
  }

  @Test(arguments: Precision.allCases)
  func manyStepsOutgrowTheFirstRoom(_ precision: Precision) throws {
    let executor = try SmallModel.decoder(positions: 80).executor(precision)
    let row = (0..<80).map { $0 * 7 % 11 }
    let whole = try executor.run(inputs: ["input_ids": ids([row, row.reversed()])], outputs: ["logits"])
    let session = try DecodingSession(executor, outputs: ["logits"])
    var pieces: [Tensor] = []
    for position in 0..<80 {
      let step = try session.step(["input_ids": ids([[row[position]], [row[79 - position]]])])
      pieces.append(try #require(step["logits"]))
    }
    #expect(try distance(pieces, whole["logits"]) < tolerance(precision))
  }

  @Test(arguments: Precision.allCases, [true, false])
  func leftPaddedBatchesContinueUnderEitherKindOfMask(_ precision: Precision, _ coversAll: Bool) throws {
    let executor = try SmallModel.decoder().executor(precision)
    let mask = [[0, 0, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1]]
    let places = [[0, 0, 0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5, 6]]
    let whole = try executor.run(
      inputs: ["input_ids": ids(tokens), "attention_mask": ids(mask), "position_ids": ids(places)], outputs: ["logits"])
    let session = try DecodingSession(executor, outputs: ["logits"])
    var pieces: [Tensor] = []
    for range in [0..<4, 4..<5, 5..<7] {
      let visible = coversAll ? columns(mask, 0..<range.upperBound) : columns(mask, range)
      let step = try session.step([
        "input_ids": columns(tokens, range), "attention_mask": visible, "position_ids": columns(places, range),
      ])
      pieces.append(try #require(step["logits"]))
    }
    #expect(try distance(pieces, whole["logits"], mask: mask) < tolerance(precision))
  }

  @Test func aMaskGivenForThePromptHoldsForLaterSteps() throws {
    let executor = try SmallModel.decoder().executor(.f64)
    let mask = [[0, 0, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1]]
    let whole = try executor.run(
      inputs: ["input_ids": ids(tokens), "attention_mask": ids(mask)], outputs: ["logits"])
    let session = try DecodingSession(executor, outputs: ["logits"])
    var pieces: [Tensor] = []
    for range in [0..<4, 4..<5, 5..<7] {
      var inputs = ["input_ids": columns(tokens, range)]
      if range.lowerBound == 0 { inputs["attention_mask"] = columns(mask, range) }
      pieces.append(try #require(session.step(inputs)["logits"]))
    }
    #expect(try distance(pieces, whole["logits"], mask: mask) < 1e-14)
  }

  @Test(arguments: Precision.allCases)
  func theEncoderRunsOnceAndTheDecoderStepByStep(_ precision: Precision) throws {
    let model = SmallModel.encoderDecoder()
    let fixed = [
      "input_ids": ids([[1, 5, 2, 0], [3, 3, 0, 9]]), "attention_mask": ids([[1, 1, 1, 0], [1, 1, 1, 1]]),
    ]
    let whole = try model.executor(precision).run(
      inputs: fixed.merging(["decoder_input_ids": ids(tokens)]) { $1 }, outputs: ["logits", "encoded"])
    let source = CountingSource(model.parameters)
    let executor = try GraphExecutor(model.graph, parameters: source, precision: precision)
    let session = try DecodingSession(executor, staticInputs: fixed, outputs: ["logits", "encoded"])
    var pieces: [Tensor] = []
    for range in [0..<1, 1..<2, 2..<5, 5..<6, 6..<7] {
      let step = try session.step(["decoder_input_ids": columns(tokens, range)])
      pieces.append(try #require(step["logits"]))
      #expect(sameBits(step["encoded"], whole["encoded"]))
    }
    #expect(try distance(pieces, whole["logits"]) < tolerance(precision))
    #expect(source.count("encoder.q.weight") == 1)
    #expect(source.count("cross.k.weight") == 1)
    #expect(source.count("cross.q.weight") == (precision == .f64 ? 5 : 1))
    #expect(source.count("decoder.k.weight") == (precision == .f64 ? 5 : 1))
  }

  @Test func aMaskThatIsNotGivenIsAsStaticAsItsAxes() throws {
    let model = SmallModel.encoderDecoder()
    let source = CountingSource(model.parameters)
    let executor = try GraphExecutor(model.graph, parameters: source, precision: .f64)
    let fixed = ["input_ids": ids([[1, 5, 2, 0], [3, 3, 0, 9]])]
    let whole = try executor.run(inputs: fixed.merging(["decoder_input_ids": ids(tokens)]) { $1 }, outputs: ["logits"])
    let session = try DecodingSession(executor, staticInputs: fixed, outputs: ["logits"])
    let before = source.count("encoder.o.weight")
    let pieces = try [0..<3, 3..<7].map {
      try #require(session.step(["decoder_input_ids": columns(tokens, $0)])["logits"])
    }
    #expect(try distance(pieces, whole["logits"]) < 1e-14)
    #expect(source.count("encoder.o.weight") == before + 1)
    #expect(source.count("cross.k.weight") == before + 1)
  }

  @Test func aStepThatFailsCanBeRepeated() throws {
    let executor = try SmallModel.decoder().executor(.f64)
    let whole = try #require(
      executor.run(inputs: ["input_ids": columns(tokens, 0..<3)], outputs: ["logits"])["logits"])
    let session = try DecodingSession(executor, outputs: ["logits"])
    _ = try session.step(["input_ids": columns(tokens, 0..<2)])
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      _ = try session.step(["input_ids": ids([[9], [9]])]) { node, _ in
        if node.name == "block.1.mix" { throw Stop() }
      }
    }
    #expect(session.past == 2)
    let step = try #require(session.step(["input_ids": columns(tokens, 2..<3)])["logits"])
    #expect(try worstRelative(step, whole.permuted([1, 0, 2]).selecting(2, onAxis: 0).doubles()) < 1e-14)
  }

  @Test func convertedWeightsAreKeptBetweenSteps() throws {
    var model = SmallModel.decoder()
    for (name, tensor) in model.parameters.tensors {
      model.parameters.tensors[name] = try Cast.convert(tensor, to: .bf16)
    }
    let executor = try model.executor(.f32)
    let whole = try #require(executor.run(inputs: ["input_ids": ids(tokens)], outputs: ["logits"])["logits"])
    let session = try DecodingSession(executor, outputs: ["logits"])
    let pieces = try (0..<7).map { try #require(session.step(["input_ids": columns(tokens, $0..<$0 + 1)])["logits"]) }
    #expect(try distance(pieces, whole) < 4e-6)
  }
}
