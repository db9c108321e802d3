import ParityChecks

/// The rules that a verification can find broken; their names are the rule ids of reports.
enum FindingRule: String, Sendable, CaseIterable {
  case weightDiffers = "weight-differs"
  case weightMissing = "weight-missing"
  case weightUnheld = "weight-unheld"
  case weightShape = "weight-shape"
  case weightOverflowed = "weight-overflowed"
  case valueNotFinite = "value-not-finite"
  case outputDiffers = "output-differs"
  case outputNotFinite = "output-not-finite"
  case outputMissing = "output-missing"
  case outputUndecided = "output-undecided"
  case memberNotCompared = "member-not-compared"
  case settingUndecided = "setting-undecided"
  case nothingRun = "nothing-run"
  case generationDiffers = "generation-differs"
  case otherCheck = "other-check"
  case baselineRegression = "baseline-regression"
  case baselineMissing = "baseline-missing"
  case baselineNew = "baseline-new"

  /// What the rule demands, one line without a full stop.
  var meaning: String {
    switch self {
    case .weightDiffers: "every weight is bit-equal, or exactly rounded to a smaller type"
    case .weightMissing: "both models have every parameter"
    case .weightUnheld: "both layouts have a place for every parameter, unless --allow-lossy was given"
    case .weightShape: "both models give a parameter the same shape"
    case .weightOverflowed: "a cast makes no finite value infinite"
    case .valueNotFinite: "every stored value is finite, read or not"
    case .outputDiffers: "outputs differ by no more than the budget"
    case .outputNotFinite: "outputs are finite where the reference is"
    case .outputMissing: "both models have every output"
    case .outputUndecided: "the comparison of an output can be decided"
    case .memberNotCompared: "every recorded input and output is one that the model has"
    case .settingUndecided: "every setting that decides what is computed is stated, and in one way"
    case .nothingRun: "outputs are compared unless --weights-only was given"
    case .generationDiffers: "greedy generation gives the recorded ids"
    case .otherCheck: "every check that is no weight or output passes; the text and JSON reports tell of it"
    case .baselineRegression: "an output is not much worse than the lock file says"
    case .baselineMissing: "every output of the lock file is compared"
    case .baselineNew: "every output that is compared is in the lock file"
    }
  }
}

/// Where the stored bytes of a tensor lie.
struct TensorPlace: Sendable, Equatable {
  let tensor: String
  let file: String
  let offset: Int
  let byteCount: Int
}

/// What a check found wrong.
struct Finding: Sendable {
  let rule: FindingRule
  /// One sentence that names the parameter or output.
  let message: String
  /// The stored tensor, where there is one.
  var place: TensorPlace?
  /// Whether the check could not decide, rather than failed.
  var isInconclusive = false

  /// How the check ended.
  var verdict: Verdict { isInconclusive ? .inconclusive : .fail }
}

/// One thing that a verification checked: a weight, an output of a batch, an entry of the lock file.
struct CheckCase: Sendable {
  /// How the check ended.
  enum Outcome: Sendable {
    case passed
    case skipped(reason: String)
    case found(Finding)
  }

  /// What it belongs to, in dotted steps: `weights.block.0.attention.q`, `outputs.full length`.
  let group: String
  let name: String
  let outcome: Outcome

  /// What was found wrong, or nil.
  var finding: Finding? {
    if case .found(let finding) = outcome { finding } else { nil }
  }
}
