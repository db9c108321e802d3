import Architectures
import WeightFiles

/// Finds the model in a checkpoint of a training run, which keeps the optimizer's state and more beside it.
enum ModelBranch {
  /// The weights of a file: all of them, or those of the one dictionary inside that is a model.
  ///
  /// What else lies in the file (optimizer, scheduler, loops) is named in a note. A file in which no part is recognised is
  /// left whole.
  ///
  /// - Parameters:
  ///   - whole: the file.
  ///   - options: how it was read; a subtree that the user named is taken as it is.
  ///   - configs: the configuration files of the model.
  /// - Returns: the checkpoint.
  /// - Throws: `WeightFileError`; `ModelError` if several parts are models.
  static func only(in whole: Checkpoint, _ options: ReadOptions, _ configs: [ConfigFile]) throws -> Checkpoint {
    let models = try models(in: whole, options, configs)
    guard models.count < 2 else {
      throw ModelError(
        .invalid, "\(whole.path) holds \(models.count) models: \(models.map(\.name).joined(separator: ", "))",
        hint: "name one: --subtree \(models[0].name)")
    }
    return models.first?.weights ?? whole
  }

  /// The dictionaries inside a file that are models, with their names.
  static func models(
    in whole: Checkpoint, _ options: ReadOptions, _ configs: [ConfigFile]
  ) throws -> [(name: String, weights: Checkpoint)] {
    guard options.subtree == nil else { return [] }
    var request = MappingRequest()
    request.configs = configs
    var models: [(name: String, weights: Checkpoint)] = []
    for branch in whole.branches {
      var options = options
      options.subtree = branch
      let part = try whole.reopened(options)
      if isModel(part, request) { models.append((branch, part)) }
    }
    return models
  }

  /// Whether a layout explains most of the names.
  private static func isModel(_ part: Checkpoint, _ request: MappingRequest) -> Bool {
    guard let best = try? ModelMapper.candidates(for: part.tensors, request).first else { return false }
    return best.matched > 0 && 2 * best.matched >= part.tensors.count
  }
}
