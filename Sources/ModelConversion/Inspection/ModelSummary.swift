public import Architectures
public import TensorData
public import WeightFiles

/// What a model is and what is in it: every stored tensor with its use, as far as a layout explains it.
///
/// A model whose layout is not recognised is listed all the same. Tensor bytes are read only where values decide: a stored
/// head that may be tied, further copies of a tensor, buffers.
public struct ModelSummary: Sendable {
  /// One stored tensor.
  public struct Item: Sendable {
    /// Where it lies, and its name, type and shape.
    public let stored: StoredTensor
    /// What it is used for, or nil if no layout explains the model.
    public let use: TensorUse?

    /// The elements that count as parameters of the model: none of a buffer, a further copy or a tied tensor.
    public var parameterCount: Int { Items.parameterCount(stored, use) }
  }

  /// The stored tensors with their uses; an item is put together when it is asked for.
  public struct Items: RandomAccessCollection, Sendable {
    let stored: [StoredTensor]
    /// As many, or none if no layout explains the model.
    let uses: [TensorUse]

    /// The position of the first item.
    public var startIndex: Int { 0 }
    /// The number of items.
    public var endIndex: Int { stored.count }

    /// The item at a position.
    public subscript(position: Int) -> Item {
      Item(stored: stored[position], use: uses.isEmpty ? nil : uses[position])
    }

    /// What the tensor at a position is, and the elements of it that count as parameters, without the rest of the item.
    public func count(at position: Int) -> (info: TensorInfo, parameters: Int) {
      (stored[position].info, Items.parameterCount(stored[position], uses.isEmpty ? nil : uses[position]))
    }

    fileprivate static func parameterCount(_ stored: StoredTensor, _ use: TensorUse?) -> Int {
      use?.isParameter ?? (stored.sameAs == nil) ? stored.info.elementCount : 0
    }
  }

  /// A parameter that shares another's values.
  public struct Tie: Sendable, Equatable {
    /// Its canonical name.
    public let parameter: String
    /// The canonical name of the parameter that has the values.
    public let target: String
    /// The number of elements.
    public let elementCount: Int
  }

  /// The model.
  public let model: Model
  /// The model on the canonical parameters, or nil if that failed.
  ///
  /// It is there, too, if the configuration alone is in the way:
  /// without what is not understood.
  public let mapped: MappedModel?
  /// Why the model cannot be used as it is, or nil if it can.
  public let failure: LayoutError?
  /// Where the mapping failed, the layout that explains most names, if any.
  public let nearest: ModelMapper.Candidate?
  /// Whether the tensors are recognised as one of the layouts, even if something does not fit.
  public let isRecognised: Bool
  /// Every stored tensor: in the order of the model's parameters where those are known, otherwise as stored.
  public let items: Items
  /// The parameters that share another's values.
  public let ties: [Tie]
  private let totals: Totals

  /// Maps a model as far as it goes.
  ///
  /// - Parameters:
  ///   - model: an opened model.
  ///   - request: what the user says about it.
  /// - Throws: what the weight file throws if bytes that are needed cannot be read; `LayoutError` if the request names a
  ///   layout that does not exist.
  public init(_ model: Model, _ request: MappingRequest = MappingRequest()) throws {
    self.model = model
    let names = StoredNames(model.checkpoint.tensors)
    do {
      let mapped = try model.mapped(request, names: names)
      (self.mapped, failure) = (mapped, nil)
      nearest = nil
      isRecognised = true
      ties = ModelSummary.ties(of: mapped)
      items = ModelSummary.items(of: mapped, model.checkpoint, ties)
    } catch let error as LayoutError {
      var lenient = request
      lenient.passesOverConfiguration = true
      if let mapped = try? model.mapped(lenient, names: names) {
        (self.mapped, failure) = (mapped, error)
        nearest = nil
        isRecognised = true
        ties = ModelSummary.ties(of: mapped)
        items = ModelSummary.items(of: mapped, model.checkpoint, ties)
        totals = Totals(items)
        return
      }
      var stated = request
      stated.configs += model.configs
      stated.carry(remembered: model.carriedNames)
      let fitting = try? ModelMapper.candidates(for: names, stated)
      // Without the configuration, which may name an architecture that is not known, only the user's own words are left.
      let best = try (fitting ?? ModelMapper.candidates(for: names, request)).first
      mapped = nil
      failure = error
      nearest = best.flatMap { $0.matched > 0 ? $0 : nil }
      isRecognised = fitting?.first?.isLikely ?? false
      ties = []
      items = Items(stored: model.checkpoint.stored, uses: [])
    }
    totals = Totals(items)
  }

  /// The elements of all parameters, each counted once however often it is stored or used.
  public var uniqueParameters: Int { totals.parameters }

  /// The elements of all parameters, with tied ones counted as if each had values of its own.
  public var parametersWithTies: Int { ties.reduce(uniqueParameters) { $0 + $1.elementCount } }

  /// The bytes of all tensors when laid out without gaps or compression.
  public var byteCount: Int { totals.types.reduce(0) { $0 + $1.bytes } }

  /// The bytes that all tensors take in their files.
  public var storedByteCount: Int { totals.storedBytes }

  /// Whether some tensors are compressed.
  public var isCompressed: Bool { totals.isCompressed }

  /// How much of the model has each element type, most bytes first.
  public var types: [TypeShare] { totals.types }

  /// What does not fit between tensors, configuration and the layout that was recognised; nil if all is well, if the layout
  /// is unknown, or if only a hyper-parameter is missing that no file gives.
  public var problem: LayoutError? {
    guard let failure, isRecognised, failure.kind != .missingHyperparameter else { return nil }
    return failure
  }

  private static func ties(of model: MappedModel) -> [Tie] {
    model.architecture.tieableInstances(model.values).compactMap { instance in
      guard let target = instance.parameter.tiedTo, model.values.isTied(instance.parameter) else { return nil }
      let count = instance.axes.reduce(1) { $0 * (model.values.int($1) ?? 1) }
      return Tie(parameter: instance.name, target: target, elementCount: count)
    }
  }

  private static func items(of model: MappedModel, _ checkpoint: Checkpoint, _ ties: [Tie]) -> Items {
    var ranks: [String: Int] = [:]
    for (rank, parameter) in model.parameters.enumerated() { ranks[parameter.name] = rank }
    let targets = Dictionary(ties.map { ($0.parameter, $0.target) }) { first, _ in first }
    var ranked: [(rank: Int, stored: StoredTensor, use: TensorUse)] = []
    for (stored, (_, stated)) in zip(checkpoint.stored, model.uses) {
      var use = stated
      var rank = Int.max
      if case .parameters(let names) = use {
        rank = names.compactMap { ranks[$0] }.min() ?? Int.max
        // A tied parameter that is stored as well, with equal values.
        if names.count == 1, let target = targets[names[0]], model.locations[target]?.tensor != stored.info.name {
          use = .copy(of: target)
        }
      }
      ranked.append((rank, stored, use))
    }
    let sorted = ranked.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
    return Items(stored: sorted.map(\.element.stored), uses: sorted.map(\.element.use))
  }
}
