/// What training leaves in a checkpoint beside the weights: slots of optimisers, moving averages, counters.
///
/// A slot is known by its variable: what is left of the name must be a parameter. The words are those of TensorFlow's
/// own optimisers (`tf.train`, the name of the optimiser, counted up for further slots), Keras's, and of the code that
/// wrote checkpoints of BERT, GPT-2 and T5: google-research/bert `optimization.py` (`adam_m`), LAMB for BERT (`lamb_m`;
/// ymcui/LAMB_Optimizer_TF, TencentARC), NVIDIA DeepLearningExamples `optimization.py` (`accum`, `local_step`, `batch_finite`,
/// `loss_scale`), Graphcore and Intel (`agrads`), mesh_tensorflow `optimize.py` (`_slot_vr`), tensor2tensor
/// `adafactor.py`, optax and t5x (`opt_state/`).
struct OptimizerName: Sendable {
  /// What the tensor is, for the ledger.
  let reason: String
  /// Whether it must be a single number.
  let isNumber: Bool
  /// Names of which one must be a parameter; empty if the name says enough by itself.
  let variables: [String]

  // swift-format-ignore
  private static let slots: Set<String> = [
    "adam_m", "adam_v", "lamb_m", "lamb_v", "Adam", "AdamOptimizer", "AdamW", "AdamWOptimizer", "AdamWeightDecay",
    "AdamWeightDecayOptimizer", "LazyAdam", "LazyAdamOptimizer", "NadamOptimizer", "Nadam", "LAMB", "Lamb", "LAMBOptimizer",
    "LambOptimizer", "LARS", "LARSOptimizer", "Adafactor", "AdafactorOptimizer", "Momentum", "MomentumOptimizer", "RMSProp",
    "RMSPropOptimizer", "RMSprop", "Adagrad", "AdagradDA", "Adadelta", "Ftrl", "ProximalAdagrad", "SM3", "Shampoo",
    "m", "v", "vr", "vc", "vhat", "mu", "nu", "momentum", "momentums", "rms", "mg", "accumulator", "velocity", "exp_avg",
    "exp_avg_sq",
  ]
  private static let averages: Set<String> = ["ExponentialMovingAverage", "swa", "ema", "average", "moving_average"]
  private static let gradients: Set<String> = [
    "accum", "accum_grad", "accum_grads", "agrads", "gradient_accumulator", "grad_accum", "gradient",
  ]
  /// Endings that are joined to the variable's name without a slash (mesh_tensorflow).
  private static let endings = ["_slot_vr", "_slot_vc", "_slot_v", "_slot_m", "_momentum"]
  private static let counters: Set<String> = [
    "global_step", "step", "local_step", "accum_step", "is_accum_step", "save_num", "save_counter", "iter",
    "iterations",
    "training_step", "num_updates", "n_averaged", "beta1_power", "beta2_power", "beta_1", "beta_2", "decay",
    "learning_rate", "loss_scale", "current_loss_scale", "good_steps", "num_good_steps", "num_bad_steps",
    "batch_finite",
    "_CHECKPOINTABLE_OBJECT_GRAPH",
  ]
  private static let states = [
    "opt_state/", "optimizer/state/", "optimizer_state/", "optimizer_states/", "optimizer/param_groups/", "opt_state.",
    "optimizer.state.", "optimizer_state.", "optimizer_states.", "optimizer.param_groups.",
  ]

  /// Reads a name; nil if it has none of these forms.
  init?(_ name: String) {
    if OptimizerName.states.contains(where: name.hasPrefix) {
      self.init(reason: "optimiser state", isNumber: false)
      return
    }
    let isSeparator = { (byte: UInt8) in byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") }
    let separator = name.utf8.lastIndex(where: isSeparator)
    let last = separator.map { String(name[name.utf8.index(after: $0)...]) } ?? name
    let word = OptimizerName.counters.contains(last) ? last : OptimizerName.withoutNumber(last)
    if OptimizerName.counters.contains(word) {
      self.init(reason: "training counter", isNumber: true)
      return
    }
    if let ending = OptimizerName.endings.first(where: name.hasSuffix) {
      self.init("optimiser slot", of: String(name.dropLast(ending.utf8.count)))
      return
    }
    if let slot = name.firstRange(of: "/OPTIMIZER_SLOT/") {
      self.init("optimiser slot", of: String(name[..<slot.lowerBound]))
      return
    }
    guard let separator else { return nil }
    let variable = String(name[..<separator])
    if OptimizerName.slots.contains(word) {
      self.init("optimiser slot", of: variable)
    } else if OptimizerName.averages.contains(word) {
      self.init(OptimizerName.movingAverage, of: variable)
    } else if OptimizerName.gradients.contains(word) {
      self.init("gradient accumulator", of: variable)
    } else {
      return nil
    }
  }

  /// What moving averages are called: other values of the same weights.
  static let movingAverage = "moving average of a weight"

  private init(reason: String, isNumber: Bool) {
    self.reason = reason
    self.isNumber = isNumber
    variables = []
  }

  /// A slot of a variable, before whose name the optimiser's scope may stand.
  private init(_ reason: String, of variable: String) {
    self.reason = reason
    isNumber = false
    var names = [variable]
    var rest = variable[...]
    while names.count < 16, let slash = rest.firstIndex(of: "/") {
      rest = rest[rest.index(after: slash)...]
      names.append(String(rest))
    }
    variables = names
  }

  /// `Adam_1` is `Adam`: TensorFlow counts names that occur twice.
  private static func withoutNumber(_ word: String) -> String {
    let digits = word.utf8.reversed().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
    let rest = word.dropLast(digits)
    return digits > 0 && rest.hasSuffix("_") ? String(rest.dropLast()) : word
  }
}
