import Architectures
import TensorGraph
import TestSupport
import Testing

/// Every combination of parts that names of tensors can lead to, whether a class of the reference has it or not.
@Suite struct HeadTests {
  /// All hyper-parameters of an architecture's samples, whichever head they belong to.
  private func values(of architecture: any Architecture.Type) throws -> Hyperparameters {
    var all = Hyperparameters()
    for sample in try SampleModels.all(blocks: 2) where sample.architecture == architecture {
      for (name, entry) in sample.values.entries { all.set(name, entry.value, origin: "sample") }
    }
    for name in ["task", "is_gated", "head"] where architecture.name != "t5" || name != "head" { all.remove(name) }
    return all
  }

  /// The graph, or the sentence that refuses the combination.
  private func graph(
    _ architecture: any Architecture.Type, _ parts: Set<String>, task: String? = nil, origin: String = "a test"
  ) throws -> Result<Graph, LayoutError> {
    var values = try values(of: architecture)
    values.parts = parts
    if let task { values.set("task", .string(task), origin: origin) }
    do throws(LayoutError) {
      try architecture.complete(&values)
      return .success(try architecture.graph(values))
    } catch {
      return .failure(error)
    }
  }

  private static func subsets(of names: [String]) -> [Set<String>] {
    (0..<(1 << names.count)).map { bits in Set(names.indices.filter { bits & (1 << $0) != 0 }.map { names[$0] }) }
  }

  @Test func everyCombinationOfPartsHasAGraphOrASentence() throws {
    for architecture in ArchitectureRegistry.all {
      var parts: [String] = []
      for part in architecture.parameters.compactMap(\.part) where !parts.contains(part) { parts.append(part) }
      let tasks: [String?] =
        [nil, "base", "lm", "masked_lm", "pretraining", "next_sentence", "encoder"]
        + ["sequence_classification", "token_classification", "question_answering"]
      var built = 0
      for subset in Self.subsets(of: parts) {
        for task in tasks {
          let whole = "\(architecture.name) \(subset.sorted()) for \(task ?? "no task")"
          switch try graph(architecture, subset, task: task) {
          case .success(let graph):
            built += 1
            #expect(Set(graph.outputs.map(\.name)).count == graph.outputs.count, "\(whole)")
            let losses = graph.outputs.filter { $0.role == .loss }
            let judged = graph.nodes.filter { if case .crossEntropy = $0.op { true } else { false } }
            #expect(Set(judged.map(\.inputs[1].node)).count == judged.count, "\(whole): labels are shared")
            let needed = Set(losses.flatMap { graph.inputsLacking(for: $0, given: []) })
            #expect(needed.isSuperset(of: judged.map { graph.nodes[$0.inputs[1].node].name }), "\(whole)")
          case .failure(let error): #expect(!error.message.isEmpty, "\(whole)")
          }
        }
      }
      #expect(built >= parts.count, "\(architecture.name)")
    }
  }

  @Test func aSingleHeadKeepsTheNamesOfTheReference() throws {
    for (architecture, parts) in [
      (BERT.self, ["mlm"]), (BERT.self, ["pooler", "nsp"]), (BERT.self, ["pooler", "classifier"]),
      (BERT.self, ["classifier"]), (GPT2.self, ["score"]), (GPT2.self, ["lm"]),
      (T5.self, ["decoder", "lm", "gated"]),
    ] as [(any Architecture.Type, [String])] {
      let graph = try graph(architecture, Set(parts)).get()
      #expect(graph.output("logits") != nil && graph.output("loss")?.role == .loss, "\(parts)")
      #expect(graph.inputs.filter { $0.role == .labels }.map(\.name) == ["labels"], "\(parts)")
    }
  }

  @Test func severalHeadsHaveTheirOwnLabelsAndLosses() throws {
    /// The labels and the outputs but the states.
    func names(_ architecture: any Architecture.Type, _ parts: Set<String>) throws -> (labels: [String], [String]) {
      let graph = try graph(architecture, parts).get()
      return (
        graph.inputs.filter { $0.role == .labels }.map(\.name),
        graph.outputs.map(\.name).filter { !$0.hasSuffix("hidden_states") && !$0.hasSuffix("hidden_state") }
      )
    }
    var (labels, outputs) = try names(BERT.self, ["pooler", "mlm", "nsp"])
    #expect(labels == ["labels", "next_sentence_label"])
    #expect(outputs == ["pooler_output", "prediction_logits", "seq_relationship_logits", "loss"])
    (labels, outputs) = try names(BERT.self, ["mlm", "classifier"])
    #expect(labels == ["labels", "classifier_labels"])
    #expect(outputs == ["prediction_logits", "classifier_logits", "prediction_loss", "classifier_loss"])
    (labels, outputs) = try names(BERT.self, ["pooler", "nsp", "classifier", "qa"])
    #expect(labels == ["next_sentence_label", "classifier_labels"])
    #expect(
      outputs == [
        "pooler_output", "seq_relationship_logits", "classifier_logits", "start_logits", "end_logits",
        "next_sentence_loss", "classifier_loss",
      ])
    (labels, outputs) = try names(GPT2.self, ["lm", "score"])
    #expect(labels == ["score_labels", "labels"])
    #expect(outputs == ["score_logits", "score_loss", "logits", "loss"])
  }

  @Test func aClassifierThatHasNothingToPoolWithJudgesTokensWhateverTheOtherModelDoes() throws {
    var values = try values(of: BERT.self)
    values.parts = ["classifier"]
    var other = values
    other.set("task", .string("sequence_classification"), origin: "as in the model it is compared with")
    for var given in [values, other] {
      try BERT.complete(&given)
      #expect(given.string("task") == "token_classification")
      let graph = try BERT.graph(given)
      #expect(graph.output("logits")?.values[0].axes == ["batch", "seq", "labels"])
    }
    // What the user or the file states is not overruled: its pooler is missing then.
    values.set("task", .string("sequence_classification"), origin: "config.json: architectures")
    try BERT.complete(&values)
    #expect(values.parts.contains("pooler"))
  }

  @Test func whetherASentenceFollowsNeedsThePooler() throws {
    var values = try values(of: BERT.self)
    values.parts = ["nsp"]
    try BERT.complete(&values)
    #expect(values.parts == ["nsp", "pooler"])
  }

  @Test func aHeadOfAnEncoderDecoderWithoutADecoderIsRefused() throws {
    let error = #expect(throws: LayoutError.self) { try graph(T5.self, ["lm", "ungated"]).get() }
    #expect(error?.message == "there is an lm_head, but no decoder whose states it could read")
  }

  @Test func sizesThatNothingCanBeComputedWithAreNamed() throws {
    for sample in try SampleModels.all(blocks: 1) {
      let axes = Set(sample.architecture.instances(sample.values).flatMap(\.parameter.axes))
      for axis in axes.sorted() {
        for size in [0, -1, -3, Int.max, Int.min] {
          var values = sample.values
          values.set(axis, .int(size), origin: "a test")
          let error = #expect(throws: LayoutError.self, "\(sample.name): \(axis) = \(size)") {
            try sample.architecture.graph(values)
          }
          #expect(
            error?.description.contains("\(axis) = \(size)") == true, "\(sample.name): \(error?.description ?? "")")
        }
        var values = sample.values
        values.remove(axis)
        #expect(throws: LayoutError.self, "\(sample.name) without \(axis)") { try sample.architecture.graph(values) }
      }
      for axis in Set(sample.architecture.parameters.flatMap(\.name.holes)) {
        for count in [-1, 1 << 17, Int.max] {
          var values = sample.values
          values.set(axis, .int(count), origin: "a test")
          // An encoder alone has no blocks of a decoder.
          guard sample.values.int(axis) != nil else { continue }
          #expect(throws: LayoutError.self, "\(sample.name): \(axis) = \(count)") {
            try sample.architecture.graph(values)
          }
        }
      }
    }
  }

  @Test func aValueThatTheForwardPassNeedsIsNamedWhereItIsMissingOrOfAnotherKind() throws {
    for sample in try SampleModels.all(blocks: 1) {
      for name in ["activation", "layer_norm_epsilon"] {
        var values = sample.values
        values.set(name, .bool(true), origin: "a test")
        #expect(throws: LayoutError.self, "\(sample.name)") { try sample.architecture.graph(values) }
        values.remove(name)
        let error = #expect(throws: LayoutError.self, "\(sample.name)") { try sample.architecture.graph(values) }
        #expect(error?.message.contains(name) == true, "\(sample.name)")
      }
    }
  }
}
