public import Architectures
import GraphRuntime
import TensorData
import TensorGraph

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// One change to a model, harmless or a bug: how far it moves the outputs, and what the gate and fixed tolerances say.
public struct SensitivityRow: Sendable {
  /// What was changed.
  public let change: String
  /// Whether it is a bug; a cast that was asked for and another layout are none.
  public let isBug: Bool
  /// The largest difference of the main output from the original's, both in float32.
  public let difference: Double
  /// The largest divergence KL(original, changed) of a position's softmax; nil if the main output is no logits.
  public let divergence: Double?
  /// The cosine of the angle between the two outputs as vectors.
  public let cosine: Double
  /// The squared distance over the squared length of the original.
  public let error: Double
  /// The share of positions with the same largest logit; nil if the main output is no logits.
  public let agreement: Double?
  /// The largest difference over budget of any output of any batch.
  public let ratio: Double
  /// What the outputs alone lead to, by the measured noise.
  public let outputs: Verdict
  /// What the gate as a whole says: weights, outputs, and the function in float64 where the graphs differ.
  public let verdict: Verdict
}

/// The same changes to one model, judged by the measured noise and by fixed tolerances.
public enum SensitivityTable {
  /// Makes the table of one model.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - options: the inputs, the seed, the threads.
  /// - Returns: the output that the metrics are taken of, and a row for each change.
  /// - Throws: what reading or running throws; `ParityError` if the model has no output that could be compared.
  public static func rows(
    _ model: MappedModel, options: ParityOptions = ParityOptions()
  ) throws -> (output: String, rows: [SensitivityRow]) {
    let graph = try model.graph()
    let batches = try options.batches(for: graph)
    let outputs = OutputGate.outputs(graph, batches)
    guard let main = (outputs.first(where: \.role.isScores) ?? outputs.first)?.name else {
      throw ParityError("the model has no output that could be compared")
    }
    func gate(_ parameters: any ParameterSource) throws -> OutputGate {
      try OutputGate(graph, parameters, batches: batches, tolerance: Tolerance(), threads: options.threads)
    }
    let sound = try gate(model)
    let comparison = try MainOutput(main, graph, model, sound, threads: options.threads)
    var rows: [SensitivityRow] = []
    for layout in model.architecture.layouts where layout.name != model.layout.name {
      guard (try? layout.targets(of: model)) != nil else { continue }
      let other = try model.rewritten(in: layout)
      let runs = try sound.judge(other.graph(), other)
      rows.append(
        try comparison.row(
          "written as \(layout.name)", isBug: false, other.graph(), other, runs, shows: false, changing: { $0 }))
    }
    for type in [DType.bf16, .f16] {
      let rounded = RoundedTo(model, type)
      rows.append(
        try comparison.row(
          "rounded to \(type.rawValue.lowercased()), as asked", isBug: false, graph, rounded,
          gate(rounded).judge(graph, rounded), shows: false, changing: { $0 }))
    }
    for fault in try faults(in: model, seed: options.seed) {
      let faulty = try FaultyModel(fault, in: model)
      let runs = try sound.judge(faulty.graph, faulty, changing: faulty.inputs)
      let shows =
        try faulty.showsInWeights()
        || sound.computesOtherFunction(faulty.graph, faulty, changing: faulty.inputs) == true
      rows.append(
        try comparison.row(
          fault.kind.words(fault.detail), isBug: true, faulty.graph, faulty, runs, shows: shows,
          changing: faulty.inputs))
    }
    return (main, rows)
  }

  /// The bugs of the table: those of PEERS that fixed tolerances were measured against, and some that are subtle.
  private static func faults(in model: MappedModel, seed: UInt64) throws -> [Fault] {
    let all = try FaultList.faults(in: model, atMost: Int.max, seed: seed)
    func first(_ kind: FaultKind, where isWanted: (Fault) -> Bool = { _ in true }) -> Fault? {
      all.first { $0.kind == kind && isWanted($0) } ?? all.first { $0.kind == kind }
    }
    return [
      first(.activation) { $0.detail.contains("gelu_erf") && $0.detail.contains("gelu_tanh") }, first(.epsilon),
      first(.transposed) { $0.detail.hasSuffix("attention.o.weight") },
      first(.reinitialized) { $0.detail.hasSuffix("attention.o.weight") },
      first(.exchangedQueryKey), first(.interleavedHeads),
      first(.otherLayer) { $0.detail.contains("attention.q.weight holds") }, first(.scaled), first(.rounded),
      first(.relativeDistance), first(.maskIgnored),
    ].compactMap { $0 }
  }
}

extension FaultKind {
  /// The kind and what it is about, in words.
  fileprivate func words(_ detail: String) -> String {
    "\(rawValue.map { $0 == "_" ? " " : String($0) }.joined()): \(detail)"
  }
}

/// The main output of a model in float32, as tools with fixed tolerances compare it.
private struct MainOutput {
  private let name: String
  private let gate: OutputGate
  private let threads: Int?
  private let values: [[Double]]
  private let widths: [Int]

  init(_ name: String, _ graph: Graph, _ model: any ParameterSource, _ gate: OutputGate, threads: Int?) throws {
    self.name = name
    self.gate = gate
    self.threads = threads
    let outputs = try MainOutput.run(name, graph, model, gate, threads: threads) { $0 }
    values = outputs.map(\.values)
    widths = outputs.map(\.width)
  }

  private static func run(
    _ name: String, _ graph: Graph, _ model: any ParameterSource, _ gate: OutputGate, threads: Int?,
    changing: ([String: Tensor]) throws -> [String: Tensor]
  ) throws -> [(values: [Double], width: Int)] {
    let executor = try GraphExecutor(graph, parameters: model, precision: .f32, threads: threads)
    return try gate.references.map { reference in
      guard reference.taps.contains(where: { $0.output.name == name }) else { return ([], 1) }
      let outputs = try executor.run(inputs: changing(reference.inputs), outputs: [name])
      guard let tensor = outputs[name], let tap = reference.taps.first(where: { $0.output.name == name }) else {
        return ([], 1)
      }
      let all = try tensor.doubles()
      return (all.indices.filter { tap.counts?[$0] ?? true }.map { all[$0] }, max(tensor.shape.last ?? 1, 1))
    }
  }

  func row(
    _ change: String, isBug: Bool, _ graph: Graph, _ parameters: any ParameterSource, _ runs: [ParityReport.Run],
    shows: Bool, changing: ([String: Tensor]) throws -> [String: Tensor]
  ) throws -> SensitivityRow {
    let found = try MainOutput.run(name, graph, parameters, gate, threads: threads, changing: changing).map(\.values)
    let x = values.flatMap { $0 }
    let y = found.flatMap { $0 }
    func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let difference = zip(x, y).map { $0 - $1 }
    let outputs = runs.flatMap(\.outputs)
    let verdict = Verdict.combined(outputs.map(\.verdict))
    let positions = gate.graph.output(name)?.role.isScores == true ? softmaxes(found) : nil
    return SensitivityRow(
      change: change, isBug: isBug, difference: difference.map { abs($0) }.max() ?? 0,
      divergence: positions?.map(\.divergence).max(),
      cosine: product(x, y) / max((product(x, x) * product(y, y)).squareRoot(), .leastNormalMagnitude),
      error: product(difference, difference) / max(product(x, x), .leastNormalMagnitude),
      agreement: positions.map { Double($0.count { $0.agrees }) / Double(max($0.count, 1)) },
      ratio: outputs.map(\.ratio).max() ?? 0, outputs: verdict, verdict: shows ? .fail : verdict)
  }

  /// For each position the divergence of the two softmaxes, and whether the largest logit is the same.
  private func softmaxes(_ found: [[Double]]) -> [(divergence: Double, agrees: Bool)] {
    values.indices.flatMap { batch in
      stride(from: 0, to: values[batch].count, by: widths[batch]).map { start in
        let p = values[batch][start..<min(start + widths[batch], values[batch].count)]
        let q = found[batch][p.indices]
        func logarithms(_ logits: ArraySlice<Double>) -> [Double] {
          let top = logits.max() ?? 0
          let sum = log(logits.reduce(0) { $0 + exp($1 - top) })
          return logits.map { $0 - top - sum }
        }
        let divergence = zip(logarithms(p), logarithms(q)).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
        return (divergence, p.indices.max { p[$0] < p[$1] } == q.indices.max { q[$0] < q[$1] })
      }
    }
  }
}
