public import Architectures
import TensorGraph

/// The mutation score of the gate on one model, or of one pair: faults are injected into the second.
public enum ModelMutation {
  /// Injects faults into a model and asks the gate about each.
  ///
  /// - Parameters:
  ///   - first: the model that gives the truth.
  ///   - second: the model into which the faults go; the same one to ask about a single model.
  ///   - name: what the user calls it.
  ///   - limit: at most so many faults of each kind.
  ///   - options: the inputs, the seed, the tolerance, the threads.
  /// - Returns: what became of each fault.
  /// - Throws: what reading or running throws; `ParityError` if the sound models do not agree, because then every fault
  ///   would count as caught.
  public static func run(
    _ first: MappedModel, _ second: MappedModel, name: String, atMost limit: Int,
    options: ParityOptions = ParityOptions()
  ) throws -> MutationReport {
    guard first.architecture.name == second.architecture.name else {
      throw ParityError("a \(first.architecture.name) and a \(second.architecture.name) model have nothing to compare")
    }
    let weights = try WeightComparison.compare(first, second)
    let graph = try first.graph()
    let gate = try OutputGate(
      graph, RoundedParameters(first, weights),
      batches: try options.batches(for: graph), tolerance: options.tolerance, threads: options.threads)
    let sound = try gate.judge(second.graph(), second).flatMap(\.outputs)
    guard weights.allSatisfy(\.agrees), sound.allSatisfy({ $0.verdict == .pass }) else {
      throw ParityError(
        "the two models differ before any fault is injected, so that nothing could be learnt; verify them first")
    }
    let faults = try FaultList.faults(in: second, atMost: limit, seed: options.seed)
    return try MutationCheck(subjects: [MutationCheck.Subject(model: second, gate: gate)]).report(name, faults)
  }
}
