import GraphRuntime
import TensorData
import TensorGraph
import TestSupport
import Testing

/// What inputs mean, and what is refused because the reference would refuse it or read it otherwise.
@Suite struct GivenInputChecks {
  /// Inputs that do not fit a decoder of 11 tokens and 16 positions, and what is said of them.
  struct Misfit: CustomTestStringConvertible {
    let testDescription: String
    let inputs: @Sendable () -> [String: Tensor]
    let says: String

    init(_ name: String, says: String, _ inputs: @escaping @Sendable () -> [String: Tensor]) {
      (testDescription, self.says, self.inputs) = (name, says, inputs)
    }
  }

  static let tokens = ids([[1, 2, 3], [4, 5, 6]])

  static func real(_ dtype: DType, _ values: [Float]) -> Tensor {
    let wide = Tensor(.f32, [1, values.count], values)
    guard let tensor = try? Cast.convert(wide, to: dtype) else { preconditionFailure("no cast to \(dtype)") }
    return tensor
  }

  static let misfits = [
    Misfit("a name that the model does not have", says: "the model has no input token_type_ids; it has input_ids") {
      ["input_ids": tokens, "token_type_ids": tokens]
    },
    Misfit("negative ids (IndexError in torch)", says: "input_ids[0, 1] is -1") { ["input_ids": ids([[1, -1]])] },
    Misfit("an id past the table", says: "input_ids[1, 0] is 11, but the axis vocab has 11 rows") {
      ["input_ids": ids([[1], [11]])]
    },
    Misfit("the ignored label as a token", says: "input_ids[0, 0] is -100") { ["input_ids": ids([[-100]])] },
    Misfit("ids with a fraction", says: "element [0, 1] is 1.5") { ["input_ids": real(.f32, [1, 1.5])] },
    Misfit("ids that are not numbers", says: "element [0, 0] is nan") { ["input_ids": real(.f32, [.nan])] },
    Misfit("truth values for ids", says: "is BOOL, which holds no numbers that could index a table") {
      ["input_ids": Tensor(.bool, [1, 2], [UInt8(0), 1])]
    },
    Misfit("ids in a type of eight bits", says: "is F8_E5M2, which holds no numbers") {
      ["input_ids": real(.f8e5m2, [1, 2])]
    },
    Misfit("no token", says: "input_ids has the shape [1, 0] and holds nothing") { ["input_ids": ids([[]])] },
    Misfit("a single row without its batch", says: "input_ids has the shape [3], but its axes are") {
      ["input_ids": Tensor(.i64, [3], [Int64(1), 2, 3])]
    },
    Misfit("an additive mask (0 and -inf, as torch's)", says: "element [0, 1] is -inf") {
      ["input_ids": ids([[1, 2]]), "attention_mask": real(.f32, [0, -.infinity])]
    },
    Misfit("a mask of lengths", says: "attention_mask[0, 0] is 2; a mask holds 1 where a position counts") {
      ["input_ids": ids([[1, 2]]), "attention_mask": ids([[2, 0]])]
    },
    Misfit("a mask of -1", says: "attention_mask[0, 1] is -1") {
      ["input_ids": ids([[1, 2]]), "attention_mask": ids([[1, -1]])]
    },
    Misfit("a weighted mask", says: "element [0, 1] is 0.5") {
      ["input_ids": ids([[1, 2]]), "attention_mask": real(.f32, [1, 0.5])]
    },
    Misfit("a row that is all padding", says: "attention_mask keeps no position of row 1") {
      ["input_ids": tokens, "attention_mask": ids([[1, 1, 1], [0, 0, 0]])]
    },
    Misfit("a mask of another length", says: "attention_mask covers 2 positions where the tokens have 3") {
      ["input_ids": tokens, "attention_mask": ids([[1, 1], [1, 1]])]
    },
    Misfit("a mask of fewer rows", says: "attention_mask has 1 on the axis batch") {
      ["input_ids": tokens, "attention_mask": ids([[1, 1, 1]])]
    },
    Misfit("positions of another length", says: "position_ids has 2 on the axis seq") {
      ["input_ids": tokens, "position_ids": ids([[0, 1], [0, 1]])]
    },
    Misfit("positions for one row of two", says: "position_ids has 1 on the axis batch") {
      ["input_ids": tokens, "position_ids": ids([[0, 1, 2]])]
    },
    Misfit("labels past the vocabulary", says: "labels[0, 0] is 11") {
      ["input_ids": ids([[1]]), "labels": ids([[11]])]
    },
    Misfit("labels of -1, which older versions ignored", says: "labels[0, 0] is -1") {
      ["input_ids": ids([[1]]), "labels": ids([[-1]])]
    },
    Misfit("labels as real numbers", says: "labels is F32, but labels must be of a whole-number type") {
      ["input_ids": ids([[1, 2]]), "labels": real(.f32, [1, 2])]
    },
    Misfit("one-hot labels", says: "labels has the shape [1, 2, 11]") {
      ["input_ids": ids([[1, 2]]), "labels": Tensor(.i64, [1, 2, 11], [Int64](repeating: 0, count: 22))]
    },
    Misfit("labels without what they are labels of", says: "labels is given without input_ids") {
      ["labels": ids([[1, 2]])]
    },
  ]

  private func complaint(_ inputs: [String: Tensor], _ graph: Graph) -> String {
    do { try GivenInputs.check(inputs, for: graph) } catch { return error.description }
    return ""
  }

  @Test(arguments: misfits) func whatTheReferenceWouldNotReadAlikeIsRefused(_ misfit: Misfit) {
    let said = complaint(misfit.inputs(), SmallModel.decoder().graph)
    #expect(said.contains(misfit.says), "\(said)")
  }

  @Test(arguments: [DType.i64, .i32, .i16, .u8, .i8, .u64, .f64, .f32, .f16, .bf16])
  func wholeNumbersOfEveryTypeThatTellsThemApartAreRead(_ dtype: DType) throws {
    let tokens = try Cast.convert(Self.real(.f32, [1, 2, 10]), to: .f32)
    let numbers: [UInt8] = [1, 2, 10]
    let typed: Tensor =
      switch dtype {
      case .i64: ids([[1, 2, 10]])
      case .i32: Tensor(.i32, [1, 3], numbers.map(Int32.init))
      case .i16: Tensor(.i16, [1, 3], numbers.map(Int16.init))
      case .u64: Tensor(.u64, [1, 3], numbers.map(UInt64.init))
      case .u8, .i8: Tensor(dtype, [1, 3], numbers)
      default: try Cast.convert(tokens, to: dtype)
      }
    #expect(complaint(["input_ids": typed], SmallModel.decoder().graph) == "")
  }

  @Test func masksOfTruthValuesAndOfRealOnesAndZerosAreRead() {
    let graph = SmallModel.decoder().graph
    for mask in [Tensor(.bool, [1, 2], [UInt8(1), 0]), Self.real(.f32, [0, 1]), ids([[1, 0]])] {
      #expect(complaint(["input_ids": ids([[1, 2]]), "attention_mask": mask], graph) == "")
    }
  }

  @Test func theIgnoredLabelIsALabel() {
    let inputs = ["input_ids": ids([[1, 2]]), "labels": ids([[-100, 2]])]
    #expect(complaint(inputs, SmallModel.decoder().graph) == "")
  }

  /// A model with a table of positions.
  private func placed(positions: Int, vocab: Int = 11) -> Graph {
    var graph = Graph(
      parameterAxes: ["table.weight": ["vocab", "embed"], "places.weight": ["positions", "embed"]],
      sizes: ["vocab": vocab, "positions": positions, "embed": 4])
    let tokens = graph.input("input_ids", .tokens, axes: ["batch", "seq"], bound: "vocab")
    let places = graph.input("position_ids", .positions(.counted(from: 0)), axes: ["batch", "seq"], bound: "positions")
    let sum = graph.add("sum", graph.embedding("table", tokens), graph.embedding("places", places))
    graph.output("last_hidden_state", .states, sum)
    return graph
  }

  @Test func thereAreNoMoreTokensThanPositionsUnlessPositionsAreGiven() {
    let tokens = ids([[1, 2, 3, 4]])
    let said = complaint(["input_ids": tokens], placed(positions: 3))
    #expect(said == "input_ids has 4 tokens in a row, but the model has 3 positions")
    #expect(complaint(["input_ids": tokens], placed(positions: 4)) == "")
    #expect(complaint(["input_ids": tokens, "position_ids": ids([[0, 1, 2, 2]])], placed(positions: 3)) == "")
    let past = complaint(["input_ids": tokens, "position_ids": ids([[0, 1, 2, 3]])], placed(positions: 3))
    #expect(past.contains("position_ids[0, 3] is 3"))
  }

  @Test func aTypeMustTellTheRowsOfTheTableApart() {
    let half = Self.real(.bf16, [1, 2])
    #expect(complaint(["input_ids": half], placed(positions: 4, vocab: 257)) == "")
    let said = complaint(["input_ids": half], placed(positions: 4, vocab: 258))
    #expect(said == "input_ids is BF16, which cannot tell whole numbers beyond 256 apart; the table has 258 rows")
  }

  /// A model that judges a whole text by its last token.
  private func classifier(padding: Int?, classes: Int) -> Graph {
    var graph = Graph(
      parameterAxes: ["table.weight": ["vocab", "embed"], "score.weight": ["embed", "labels"]],
      sizes: ["vocab": 11, "embed": 4, "labels": classes])
    let tokens = graph.input("input_ids", .tokens, axes: ["batch", "seq"], bound: "vocab")
    let labels = graph.input("labels", .labels, axes: ["batch"], bound: "labels")
    let scores = graph.linear("score", graph.embedding("table", tokens))
    let logits = graph.last("last", scores, ids: tokens, padding: padding)
    graph.output("logits", .logits, logits)
    graph.output("loss", .loss, graph.crossEntropy("loss", logits: logits, labels: labels))
    return graph
  }

  @Test func severalRowsNeedAPaddingTokenWhereTheLastOneCounts() {
    // transformers, modeling_gpt2.py: "Cannot handle batch sizes > 1 if no padding token is defined."
    #expect(complaint(["input_ids": Self.tokens], classifier(padding: nil, classes: 3)).contains("no padding token"))
    #expect(complaint(["input_ids": Self.tokens], classifier(padding: 0, classes: 3)) == "")
    #expect(complaint(["input_ids": ids([[1, 2]])], classifier(padding: nil, classes: 3)) == "")
  }

  @Test func oneClassIsARegressionAndNoClass() {
    let inputs = ["input_ids": Self.tokens, "labels": Tensor(.i64, [2], [Int64(0), 0])]
    #expect(complaint(inputs, classifier(padding: 0, classes: 1)).contains("transformers computes a regression"))
    #expect(complaint(inputs, classifier(padding: 0, classes: 2)) == "")
  }

  @Test func whatNothingCanBeComputedFromIsNamedWithWhatIsMissing() {
    let graph = SmallModel.encoderDecoder().graph
    let inputs = ["input_ids": ids([[1, 2]]), "decoder_attention_mask": ids([[1]])]
    #expect(complaint(inputs, graph).contains("decoder_attention_mask is given without decoder_input_ids"))
    #expect(complaint(["input_ids": ids([[1, 2]])], graph) == "")
  }
}
