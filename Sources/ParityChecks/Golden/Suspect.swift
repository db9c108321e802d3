/// A hypothesis on what is wrong between two recorded values, tested by undoing the fault and running that part again.
public struct Suspect: Sendable {
  /// What would be wrong.
  public let cause: Cause
  /// By what factor undoing it makes the difference smaller.
  public let reduction: Double
  /// Whether what remains is within the budget.
  public let isEnough: Bool
}

/// A part of a model between recorded values that computes something else than was recorded.
public struct SuspectSection: Sendable {
  /// The recorded value that it should have arrived at: `hidden_states[3]`.
  public let target: String
  /// The nodes of the part.
  public let nodes: [String]
  /// The recorded value compared with what the part makes of the recorded values before it.
  public let comparison: OutputComparison
  /// The hypotheses that make the difference smaller, the best first.
  public let suspects: [Suspect]
  /// Parameters of the part whose statistics stand out among those of the other layers, a sentence each.
  public let oddities: [String]
}
