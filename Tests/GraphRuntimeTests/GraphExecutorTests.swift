import GraphRuntime
import TensorData
import TensorGraph
import TestSupport
import Testing

@Suite struct GraphExecutorTests {
  private let tokens = ids([[1, 5, 2, 10, 7], [3, 3, 0, 9, 4]])

  @Test func float32StaysNearFloat64AtEveryNode() throws {
    for (model, inputs) in [
      (SmallModel.decoder(), ["input_ids": tokens, "attention_mask": ids([[0, 0, 1, 1, 1], [1, 1, 1, 1, 1]])]),
      (
        SmallModel.encoderDecoder(),
        [
          "input_ids": tokens, "attention_mask": ids([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]),
          "decoder_input_ids": ids([[0, 1, 2], [0, 7, 8]]),
        ]
      ),
    ] {
      var truths: [String: [Double]] = [:]
      _ = try model.executor(.f64).run(inputs: inputs) { node, value in truths[node.name] = try value.doubles() }
      var count = 0
      _ = try model.executor(.f32).run(inputs: inputs) { node, value in
        count += 1
        // Errors of a few roundings a node grow along two blocks; 64 units in the last place of the node's largest value.
        let truth = try #require(truths[node.name])
        #expect(try worstUlps(value, truth) <= 64, "\(node.name)")
      }
      #expect(count == truths.count)
    }
  }

  @Test(arguments: Precision.allCases)
  func outputsHaveTheTypeAndShapeOfTheGraph(_ precision: Precision) throws {
    let model = SmallModel.decoder()
    let outputs = try model.executor(precision).run(inputs: ["input_ids": tokens])
    #expect(Set(outputs.keys) == ["logits", "hidden_states"])
    #expect(outputs["logits"]?.shape == [2, 5, 11])
    #expect(outputs["hidden_states"]?.shape == [3, 2, 5, 12])
    #expect(outputs.values.allSatisfy { $0.dtype == precision.dtype })
    let all = try model.executor(precision).run(inputs: ["input_ids": tokens, "labels": tokens])
    #expect(all["loss"]?.shape == [])
    #expect(sameBits(all["logits"], outputs["logits"]))
  }

  @Test func stackedOutputsAreTheLayersInOrder() throws {
    let model = SmallModel.decoder()
    var layers: [String: Tensor] = [:]
    let outputs = try model.executor(.f64).run(inputs: ["input_ids": tokens], outputs: ["hidden_states"]) {
      layers[$0.name] = $1
    }
    let stacked = try #require(outputs["hidden_states"])
    for (index, name) in ["embedded", "block.0.final", "block.1.final"].enumerated() {
      #expect(sameBits(stacked.selecting(index, onAxis: 0), layers[name]))
    }
    #expect(layers["logits"] == nil)
  }

  @Test func theTapSeesTheNeededNodesInOrder() throws {
    let model = SmallModel.decoder()
    var seen: [String] = []
    _ = try model.executor(.f32).run(inputs: ["input_ids": tokens], outputs: ["logits"]) { node, _ in
      seen.append(node.name)
    }
    #expect(seen == model.graph.nodes.map(\.name).filter { !["labels", "loss"].contains($0) })
  }

  @Test func aTapThatThrowsEndsTheRun() throws {
    struct Enough: Error {}
    let model = SmallModel.decoder()
    var count = 0
    #expect(throws: Enough.self) {
      _ = try model.executor(.f64).run(inputs: ["input_ids": tokens]) { _, _ in
        count += 1
        if count == 3 { throw Enough() }
      }
    }
    #expect(count == 3)
  }

  @Test func valuesAreFreedAfterTheirLastUse() throws {
    final class Watch { weak var storage: ByteStorage? }
    let model = SmallModel.decoder()
    var watches: [String: Watch] = [:]
    var alive: [String: [String]] = [:]
    _ = try model.executor(.f32).run(inputs: ["input_ids": tokens], outputs: ["logits"]) { node, value in
      let watch = Watch()
      watch.storage = value.storage
      watches[node.name] = watch
      alive[node.name] = watches.filter { $0.value.storage != nil }.map(\.key)
    }
    // When block 1 multiplies gate and up, the values of block 0 are gone, and those still to be read are not.
    let then = Set(try #require(alive["block.1.gated"]))
    #expect(then == ["block.1.norm", "block.1.active", "block.1.up", "block.1.gated"])
  }

  @Test(arguments: Precision.allCases)
  func aNodeEvaluatedOnItsOwnGivesWhatTheRunGave(_ precision: Precision) throws {
    let model = SmallModel.encoderDecoder()
    var values: [String: Tensor] = [:]
    let executor = try model.executor(precision)
    _ = try executor.run(inputs: ["input_ids": tokens, "decoder_input_ids": ids([[0, 1], [0, 2]])]) {
      values[$0.name] = $1
    }
    for (index, node) in model.graph.nodes.enumerated() where node.op != .input {
      let inputs = try node.inputs.map { try #require(values[model.graph.nodes[$0.node].name]) }
      let value = try executor.evaluate(node: index, inputs: inputs)
      #expect(sameBits(value, values[node.name]), "\(node.name)")
    }
  }

  @Test func float64DoesNotDependOnThreads() throws {
    let model = SmallModel.decoder()
    let one = try model.executor(.f64, threads: 1).run(inputs: ["input_ids": tokens])
    let four = try model.executor(.f64, threads: 4).run(inputs: ["input_ids": tokens])
    for (name, value) in one { #expect(sameBits(four[name], value)) }
  }

  @Test func defaultsAreWhatTheyStandFor() throws {
    let model = SmallModel.decoder()
    let executor = try model.executor(.f64)
    let short = try executor.run(inputs: ["input_ids": tokens], outputs: ["logits"])
    let long = try executor.run(
      inputs: [
        "input_ids": tokens, "attention_mask": ids([[1, 1, 1, 1, 1], [1, 1, 1, 1, 1]]),
        "position_ids": ids([[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]]),
      ], outputs: ["logits"])
    #expect(sameBits(short["logits"], long["logits"]))
    let moved = try executor.run(
      inputs: ["input_ids": tokens, "position_ids": ids([[1, 2, 3, 4, 5], [1, 2, 3, 4, 5]])], outputs: ["logits"])
    #expect(!sameBits(moved["logits"], long["logits"]))
  }

  @Test func wholeNumbersOfAnyTypeAreInputs() throws {
    let executor = try SmallModel.decoder().executor(.f64)
    let expected = try executor.run(inputs: ["input_ids": tokens], outputs: ["logits"])["logits"]
    let numbers = tokens.elements(as: Int64.self)
    for input in [
      Tensor(.i32, [2, 5], numbers.map { Int32($0) }), Tensor(.u8, [2, 5], numbers.map { UInt8($0) }),
      Tensor(.f32, [2, 5], numbers.map { Float($0) }), tokens.permuted([1, 0]).contiguous().permuted([1, 0]),
    ] {
      let mask = Tensor(.bool, [2, 5], [UInt8](repeating: 1, count: 10))
      let found = try executor.run(inputs: ["input_ids": input, "attention_mask": mask], outputs: ["logits"])
      #expect(sameBits(found["logits"], expected))
    }
  }

  @Test func everyWrongInputHasItsSentence() throws {
    let executor = try SmallModel.decoder(positions: 4).executor(.f32)
    func message(_ inputs: [String: Tensor], _ outputs: [String]? = nil) -> String? {
      do {
        _ = try executor.run(inputs: inputs, outputs: outputs)
        return nil
      } catch { return "\(error)" }
    }
    let short = ids([[1, 2]])
    #expect(message([:]) == "no output can be computed: of the inputs, input_ids, labels are missing")
    #expect(message([:], ["logits"]) == "the input input_ids [batch seq] is needed and was not given")
    #expect(message(["input_ids": short], ["loss"]) == "the input labels [batch seq] is needed and was not given")
    #expect(
      message(["input_ids": short], ["pooled"])
        == "the model has no output pooled; it has logits, hidden_states, loss")
    #expect(
      message(["input_ids": ids([[1, 11]])])
        == "input_ids[0, 1] is 11, but the axis vocab has 11 rows, so the largest index is 10")
    #expect(
      message(["input_ids": tokens])
        == "position_ids[0, 4] is 4, but positions.weight has 4 rows, so the largest index is 3")
    #expect(
      message(["input_ids": Tensor(.f32, [1, 2], [1, 2.5] as [Float])])
        == "the input input_ids must hold whole numbers, but is F32: element [0, 1] is 2.5")
    #expect(message(["input_ids": short, "token_ids": short])?.hasPrefix("the graph has no input token_ids") == true)
    #expect(
      message(["input_ids": short, "position_ids": ids([[0, 1, 2]])])?.contains("3 on the axis seq") == true)
    #expect(message(["input_ids": short, "labels": ids([[-100, 4]])]) == nil)
    #expect(message(["input_ids": short, "labels": ids([[-1, 4]])])?.hasPrefix("labels[0, 0] is -1") == true)
  }

  @Test func emptyBatchesAndSequencesRun() throws {
    for precision in Precision.allCases {
      let executor = try SmallModel.decoder().executor(precision)
      #expect(try executor.run(inputs: ["input_ids": ids([[]])], outputs: ["logits"])["logits"]?.shape == [1, 0, 11])
      let none = Tensor(.i64, [0, 3], [Int64]())
      #expect(try executor.run(inputs: ["input_ids": none], outputs: ["logits"])["logits"]?.shape == [0, 3, 11])
    }
  }

  @Test(arguments: Precision.allCases)
  func valuesThatAreNotFiniteAreNoError(_ precision: Precision) throws {
    var model = SmallModel.decoder()
    var values = try #require(model.parameters.tensors["tokens.weight"]).floats()
    values[12] = .nan
    model.parameters.tensors["tokens.weight"] = Tensor(.f32, [11, 12], values)
    let logits = try model.executor(precision).run(inputs: ["input_ids": ids([[1, 2]])], outputs: ["logits"])["logits"]
    #expect(try #require(logits).doubles().allSatisfy { $0.isNaN })
  }
}
