import Architectures
import TensorGraph

/// What the gate made of one injected fault.
public struct FaultTrial: Sendable {
  /// What became of it.
  public enum Fate: Sendable, Hashable {
    /// The gate failed, as it must.
    case caught
    /// No check can see it, for the reason given.
    case invisible(String)
    /// It changes what the model computes, and the gate passed.
    case missed
  }

  /// The fault.
  public let fault: Fault
  /// Whether the comparison of the weights, bit by bit, sees it.
  public let inWeights: Bool
  /// Whether the float32 outputs stray further than the measured noise allows.
  public let inOutputs: Bool
  /// Whether the two graphs, both run in float64, compute different functions; nil if the graphs are the same.
  public let inFunction: Bool?
  /// The largest difference of an output in units of its budget.
  public let ratio: Double
  /// What became of it.
  public let fate: Fate
  /// What became of it if the outputs alone were compared, in float32.
  public let fateOfOutputs: Fate
}

/// How many injected faults a gate catches: a gate that cannot fail would have a score of zero.
public struct MutationReport: Sendable {
  /// What the faults were injected into.
  public let subject: String
  /// Every fault that changes something.
  public let trials: [FaultTrial]

  /// Takes both fields.
  public init(subject: String, trials: [FaultTrial]) {
    self.subject = subject
    self.trials = trials
  }

  /// How many faults can be seen at all.
  public var visible: Int { trials.count { if case .invisible = $0.fate { false } else { true } } }
  /// How many of them the gate caught.
  public var caught: Int { trials.count { $0.fate == .caught } }
  /// How many of them the outputs alone gave away.
  public var caughtByOutputs: Int { trials.count { $0.fateOfOutputs == .caught } }
  /// How many of them can be seen in float32 outputs, whatever the weights.
  public var visibleInOutputs: Int { trials.count { if case .invisible = $0.fateOfOutputs { false } else { true } } }

  /// How it ended: a missed fault fails the gate, no fault at all proves nothing.
  public var verdict: Verdict { visible == 0 ? .inconclusive : caught == visible ? .pass : .fail }
}

/// Injects faults into a model, one at a time, and asks the gate.
struct MutationCheck {
  /// A sound model and the outputs of the reference it is judged by.
  struct Subject {
    let model: MappedModel
    let gate: OutputGate
  }

  /// The same kind of model at one scale or several: a fault counts as caught if one of them gives it away.
  let subjects: [Subject]

  /// Tries one fault.
  ///
  /// - Parameter fault: the fault.
  /// - Returns: what became of it, or nil if it changes nothing, such as two equal tensors that are swapped.
  /// - Throws: what reading or running throws.
  func trial(_ fault: Fault) throws -> FaultTrial? {
    var inWeights = false
    var inOutputs = false
    var inFunction: Bool?
    var ratio = 0.0
    var reasons: [Invisibility?] = []
    for subject in subjects {
      let faulty = try FaultyModel(fault, in: subject.model)
      let shows = try faulty.showsInWeights()
      if case .parameters = fault.change, !shows { continue }
      inWeights = inWeights || shows
      let runs = try subject.gate.judge(faulty.graph, faulty, stopsAtFailure: true, changing: faulty.inputs)
      ratio = max(ratio, runs.flatMap(\.outputs).map(\.ratio).max() ?? 0)
      let fails = runs.flatMap(\.outputs).contains { $0.verdict == .fail }
      inOutputs = inOutputs || fails
      if let differs = try subject.gate.computesOtherFunction(faulty.graph, faulty, changing: faulty.inputs) {
        inFunction = (inFunction ?? false) || differs
      }
      reasons.append(fails ? nil : try Invisibility.reason(faulty, subject.model, subject.gate))
    }
    guard !reasons.isEmpty else { return nil }
    let provable = reasons.contains(nil) ? nil : reasons[0]?.sentence
    let fateOfOutputs: FaultTrial.Fate = inOutputs ? .caught : provable.map { .invisible($0) } ?? .missed
    let fate: FaultTrial.Fate = inWeights || inFunction == true ? .caught : fateOfOutputs
    return FaultTrial(
      fault: fault, inWeights: inWeights, inOutputs: inOutputs, inFunction: inFunction, ratio: ratio, fate: fate,
      fateOfOutputs: fateOfOutputs)
  }

  /// Tries many faults.
  func report(_ subject: String, _ faults: [Fault]) throws -> MutationReport {
    MutationReport(subject: subject, trials: try faults.compactMap(trial))
  }
}
