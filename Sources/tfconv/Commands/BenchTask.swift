import Architectures
import GraphRuntime
import TensorData
import TensorGraph
import TextGeneration

/// What `tfconv bench` repeats: a forward pass on made-up ids, and greedy decoding after it.
struct BenchTask {
  /// A forward pass that has run.
  struct Pass {
    /// A number out of its result.
    var check = 0.0
    /// The model with its cache, and the step that comes next.
    fileprivate var steps: GraphStepModel?
    fileprivate var next: GenerationStep?
  }

  let batch: Int
  let length: Int
  let decode: Int
  /// How many threads work.
  var threads: Int { executor.threads }

  private enum Kind {
    /// One output of a pass without a cache.
    case output(GraphOutput)
    /// The logits of the last position, with a cache.
    case decoder
    /// The encoder, and what the decoder takes from it.
    case encoderDecoder(startToken: Int)
  }

  private let executor: GraphExecutor
  private let prompt: Prompt
  private let text: GraphInput
  private let kind: Kind

  /// Prepares the work.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - batch: how many sequences.
  ///   - length: the tokens of each.
  ///   - decode: the tokens to decode.
  ///   - allLogits: whether the logits of every position are computed, without a cache.
  ///   - threads: how many threads may work; nil for all.
  /// - Throws: a usage failure for what the model cannot do, and what the runtime throws.
  init(_ model: MappedModel, batch: Int, length: Int, decode: Int, allLogits: Bool, threads: Int?) throws {
    executor = try GraphExecutor(
      model.graph(), parameters: model, precision: .f32, threads: threads, keepsParameters: true)
    (self.batch, self.length, self.decode) = (batch, length, decode)
    kind = try BenchTask.kind(model, executor.graph, decode: decode, allLogits: allLogits)
    let graph = executor.graph
    guard let text = graph.text else {
      throw CommandFailure.usage("the model reads no tokens", command: "bench")
    }
    self.text = text
    if let limit = graph.positionLimit(text.side), case let needed = length + decode, needed > limit {
      throw CommandFailure.usage("the model has \(limit) positions, but \(needed) are asked for", command: "bench")
    }
    let vocabulary = text.bound.flatMap { graph.sizes[$0] } ?? 1
    // Ids that differ from place to place, the same in every program that is compared.
    prompt = try Prompt(
      ids: (0..<batch).map { row in (0..<length).map { (1000 + ($0 * 7919 + row * 31) % 20_000) % vocabulary } })
  }

  private static func kind(_ model: MappedModel, _ graph: Graph, decode: Int, allLogits: Bool) throws -> Kind {
    let head = graph.outputs.first { $0.role == .nextToken }
    let isCached = graph.nodes.contains { $0.op.traits.remembersSteps }
    let hasEncoder = graph.tokens(.encoder) != nil
    if isCached, head != nil, !allLogits {
      guard hasEncoder else { return .decoder }
      let tokens = GenerationTokens(model.values)
      return .encoderDecoder(startToken: tokens.decoderStartToken ?? tokens.padToken ?? 0)
    }
    if decode > 0 {
      throw CommandFailure.usage(
        "--decode \(decode): the model has no head that predicts the next token", command: "bench")
    }
    if allLogits {
      guard isCached, let head, !hasEncoder else {
        throw CommandFailure.usage("--all-logits: the model is not a decoder with logits", command: "bench")
      }
      return .output(head)
    }
    guard let states = graph.outputs.first(where: { $0.role == .states && !$0.isStacked }) else {
      throw CommandFailure.usage("the model has no output of hidden states", command: "bench")
    }
    return .output(states)
  }

  /// Runs a forward pass.
  func forward() throws -> Pass {
    var pass = Pass()
    switch kind {
    case .output(let wanted):
      let ids = Tensor(dtype: .i64, shape: [batch, length]) { bytes in
        for (index, id) in prompt.ids.joined().enumerated() {
          bytes.storeBytes(of: Int64(id), toByteOffset: index * 8, as: Int64.self)
        }
      }
      guard let output = try executor.run(inputs: [text.name: ids], outputs: [wanted.name])[wanted.name] else {
        preconditionFailure("the output was asked for")
      }
      pass.check = try BenchTask.check(output, isLogits: wanted.role == .nextToken)
    case .decoder:
      var steps = try GraphStepModel(executor)
      let step = GenerationStep(ids: prompt.ids, mask: prompt.mask, positions: prompt.positions)
      let tokens = try BenchTask.greedyTokens(steps.logits(appending: step))
      pass.check = Double(tokens[0])
      pass.steps = steps
      pass.next = BenchTask.step(tokens, position: length)
    case .encoderDecoder(let startToken):
      let steps = try GraphStepModel(executor, encoding: prompt)
      try steps.prepare()
      pass.steps = steps
      pass.next = BenchTask.step([Int](repeating: startToken, count: batch), position: 0)
    }
    return pass
  }

  /// Decodes after a pass.
  ///
  /// - Parameter pass: the pass; its cache grows.
  /// - Returns: the sum of the first row's tokens.
  /// - Throws: what the runtime throws.
  func decode(after pass: inout Pass) throws -> Double {
    guard var steps = pass.steps, var step = pass.next else { preconditionFailure("the model does not decode") }
    var sum = 0
    for _ in 0..<decode {
      let tokens = try BenchTask.greedyTokens(steps.logits(appending: step))
      sum += tokens[0]
      step = BenchTask.step(tokens, position: step.positions[0][0] + 1)
    }
    return Double(sum)
  }

  private static func step(_ tokens: [Int], position: Int) -> GenerationStep {
    GenerationStep(
      ids: tokens.map { [$0] }, mask: tokens.map { _ in [true] }, positions: tokens.map { _ in [position] })
  }

  private static func greedyTokens(_ logits: [[Float]]) throws -> [Int] {
    var sampler = Sampler.greedy
    return try logits.enumerated().map { try sampler.token($1, row: $0) }
  }

  /// The likeliest token at the last position of the first row, or the first number.
  private static func check(_ output: Tensor, isLogits: Bool) throws -> Double {
    let first = output.selecting(0, onAxis: 0)
    guard isLogits else { return Double(try first.selecting(0, onAxis: 0).floats().first ?? 0) }
    return Double(try greedyTokens([first.selecting(first.shape[0] - 1, onAxis: 0).floats()])[0])
  }
}
