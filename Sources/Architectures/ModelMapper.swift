import StrictJSON
public import TensorData

/// Recognises the architecture and layout of a checkpoint and maps it.
public enum ModelMapper {
  /// An architecture and one of its layouts, with how much of a checkpoint it explains.
  public struct Candidate: Sendable {
    /// The architecture.
    public let architecture: any Architecture.Type
    /// The layout.
    public let layout: Layout
    /// How many stored names are in the table.
    public let matched: Int
    /// Stored names that are not and that the user said nothing of, in stored order.
    public let unknown: [String]
    /// The same names as they are stored.
    let homeless: [String]
    /// The names as the layout reads them.
    let names: StoredNames
    let index: LayoutIndex
    /// How they are read, if not as they are stored.
    let wrapping: NameWrapping?

    /// Whether the layout has more of the names that count than not: those that the user set aside do not.
    public var isLikely: Bool { matched > 0 && matched >= unknown.count }

    /// `bert.hf`.
    public var name: String { "\(architecture.name).\(layout.name)" }

    init(
      _ architecture: any Architecture.Type, _ layout: Layout, _ names: StoredNames, _ match: LayoutMatch,
      stored: StoredNames, _ request: MappingRequest, wrapping: NameWrapping? = nil
    ) {
      self.architecture = architecture
      self.layout = layout
      self.names = names
      self.wrapping = wrapping
      let left = match.unknown.filter { !request.setsAside(stored.names[$0], hasPlace: false) }
      matched = names.names.count - request.count(setAsideOf: stored, match.unknown)
      unknown = left.map { names.names[$0] }
      homeless = left.map { stored.names[$0] }
      index = match.index
    }
  }

  /// Maps a checkpoint onto the canonical parameters of the one layout that explains it.
  ///
  /// Names and shapes decide, never the name of the file. Reads tensor bytes only where values decide: further copies of a
  /// tensor, a stored head that may be tied, buffers.
  ///
  /// - Parameters:
  ///   - source: the checkpoint.
  ///   - request: what the user says about it.
  ///   - names: the names of its tensors, if they have been sorted already.
  /// - Returns: the mapped model.
  /// - Throws: `LayoutError` with every reason, or what the checkpoint throws.
  public static func map(
    _ source: any TensorSource, _ request: MappingRequest = MappingRequest(), names: StoredNames? = nil
  ) throws -> MappedModel {
    let names = names ?? StoredNames(source.tensors)
    do {
      return try mapped(source, request, names)
    } catch let error as LayoutError {
      let left = names.names.filter { !request.setsAside($0, hasPlace: false) }
      throw error.kind == .unmapped ? AdapterName.failure(left, of: names.names.count) ?? error : error
    }
  }

  /// Maps a checkpoint as its names are stored, or else as a `NameWrapping` reads them.
  private static func mapped(
    _ source: any TensorSource, _ request: MappingRequest, _ names: StoredNames
  ) throws -> MappedModel {
    let plain = try plainCandidates(for: names, request)
    do {
      return try map(source, request, names, plain)
    } catch let error as LayoutError {
      let best = plain.first?.matched ?? 0
      let wrapped = wrappedCandidates(for: names, request).filter { $0.matched >= max(best, 1) }
      guard let most = wrapped.first?.matched else { throw error }
      if most > best { return try map(source, request, names, wrapped) }
      // As many names as without any reading: it counts only if everything fits.
      guard most == names.names.count, let model = try? map(source, request, names, wrapped) else { throw error }
      return model
    }
  }

  /// Maps a checkpoint through those of the candidates that explain most of its names.
  private static func map(
    _ source: any TensorSource, _ request: MappingRequest, _ names: StoredNames, _ ranked: [Candidate]
  ) throws -> MappedModel {
    if let several = ranked.first.flatMap(severalModels) { throw several }
    guard let best = ranked.first, best.isLikely || isWhole(best, source, request) else {
      throw unknown(names, ranked, request)
    }
    let rivals = ranked.prefix { $0.matched == best.matched }
    var mapped: [MappedModel] = []
    var failures: [LayoutError] = []
    for rival in rivals {
      do {
        var mapping = ModelMapping(rival, source, request)
        mapped.append(try mapping.result())
      } catch let error as LayoutError {
        failures.append(error)
      }
    }
    if mapped.count > 1 { mapped = stated(mapped, request) }
    if mapped.count > 1 {
      let names = mapped.map { "\($0.architecture.name).\($0.layout.name)" }
      throw LayoutError(
        .unmapped, "names and shapes fit \(names.joined(separator: " and ")) alike",
        hint: "say which one it is: " + mapped.map { "--from :\($0.layout.name)" }.joined(separator: " or "))
    }
    if let model = mapped.first { return model }
    throw failures.min(by: isCloser) ?? unknown(names, ranked, request)
  }

  /// Refuses a file in which the same parameters stand under several prefixes; nil if there is one.
  private static func severalModels(in candidate: Candidate) -> LayoutError? {
    guard let wrapping = candidate.wrapping, !wrapping.rivals.isEmpty else { return nil }
    let joiner = candidate.names.names.first.flatMap(NameReading.joiner)
    let prefixes = ([wrapping.prefix] + wrapping.rivals).map {
      $0.isEmpty ? "no prefix" : NameWrapping.spelled($0, joiner)
    }
    return LayoutError(
      .unmapped,
      "the file holds \(prefixes.count) models, whose names are those of \(candidate.name) after different prefixes",
      details: prefixes, hint: "save the one that is meant in a file of its own")
  }

  /// Whether a layout explains a whole model beside many names that it does not know.
  private static func isWhole(
    _ candidate: Candidate, _ source: any TensorSource, _ request: MappingRequest
  ) -> Bool {
    guard candidate.matched > 0 else { return false }
    var request = request
    request.allowedUnmapped.named.formUnion(candidate.homeless)
    var mapping = ModelMapping(candidate, source, request)
    return (try? mapping.result()) != nil
  }

  /// Which of two layouts that do not fit was meant rather: one whose shapes do, then the one with less to object to.
  private static func isCloser(_ a: LayoutError, _ b: LayoutError) -> Bool {
    func rank(_ error: LayoutError) -> Int {
      switch error.kind {
      case .unmapped: 0
      case .missingHyperparameter, .notRepresentable: 1
      case .contradiction: 2
      }
    }
    return (rank(a), a.details.count) < (rank(b), b.details.count)
  }

  /// Of several layouts that fit, the one whose own configuration file is there, or all of them.
  private static func stated(_ models: [MappedModel], _ request: MappingRequest) -> [MappedModel] {
    let own = models.filter { model in request.configs.contains { model.layout.config.reads($0) } }
    return own.count == 1 ? own : models
  }

  /// All layouts that the user's words leave open, those that explain most names first.
  ///
  /// - Parameters:
  ///   - tensors: the stored tensors.
  ///   - request: what the user says.
  /// - Returns: the candidates.
  /// - Throws: if the request names an unknown architecture or layout.
  public static func candidates(
    for tensors: [TensorInfo], _ request: MappingRequest = MappingRequest()
  ) throws(LayoutError) -> [Candidate] {
    try candidates(for: StoredNames(tensors), request)
  }

  /// All layouts that the user's words leave open, those that explain most names first.
  ///
  /// - Parameters:
  ///   - names: the names of the stored tensors.
  ///   - request: what the user says.
  /// - Returns: the candidates.
  /// - Throws: if the request names an unknown architecture or layout.
  public static func candidates(
    for names: StoredNames, _ request: MappingRequest = MappingRequest()
  ) throws(LayoutError) -> [Candidate] {
    let plain = try plainCandidates(for: names, request)
    guard let best = plain.first, best.matched < names.names.count else { return plain }
    let wrapped = wrappedCandidates(for: names, request)
    return wrapped.first.map { $0.matched > best.matched } == true ? wrapped : plain
  }

  /// The layouts that the user's words leave open, each with its architecture.
  private static func open(_ request: MappingRequest) -> [(architecture: any Architecture.Type, layout: Layout)] {
    let architecture = request.architecture ?? statedArchitecture(request)
    return ArchitectureRegistry.all.filter { architecture == nil || $0.name == architecture }.flatMap { type in
      request.layouts(of: type).filter { request.layout == nil || $0.name == request.layout }.map { (type, $0) }
    }
  }

  /// The candidates for names that containers or frameworks have changed, those that explain most of them first.
  private static func wrappedCandidates(for names: StoredNames, _ request: MappingRequest) -> [Candidate] {
    let ignored = request.names(setAsideOf: names)
    let cuts = NameWrapping.Cuts(names, ignoring: ignored)
    return open(request).map { architecture, layout in
      let best = NameWrapping.best(of: layout, cuts, ignoring: ignored)
      return Candidate(architecture, layout, best.names, best.match, stored: names, request, wrapping: best.wrapping)
    }.sorted { $0.matched > $1.matched }
  }

  /// The candidates for names as they are stored, those that explain most of them first.
  private static func plainCandidates(
    for names: StoredNames, _ request: MappingRequest
  ) throws(LayoutError) -> [Candidate] {
    let architecture = request.architecture ?? statedArchitecture(request)
    if let stated = request.architecture, ArchitectureRegistry.named(stated) == nil {
      throw unknownArchitecture(stated)
    }
    let found = open(request).map { Candidate($0, $1, names, LayoutMatch($1, names), stored: names, request) }
    if found.isEmpty, let layout = request.layout,
      architecture == nil || ArchitectureRegistry.named(architecture ?? "") != nil
    {
      let names = Set(ArchitectureRegistry.all.flatMap { request.layouts(of: $0).map(\.name) }).sorted()
      throw LayoutError(
        .unmapped, "there is no layout \(layout)\(architecture.map { " of \($0)" } ?? "")",
        details: ["layouts: \(names.joined(separator: ", "))"],
        hint: NearestName.of(layout, among: names).map { "did you mean \($0)?" })
    }
    if found.isEmpty, let architecture { throw unknownArchitecture(architecture) }
    return found.sorted { $0.matched > $1.matched }
  }

  /// The architecture that a Hugging Face configuration names.
  private static func statedArchitecture(_ request: MappingRequest) -> String? {
    request.configs.lazy.compactMap { $0.object["model_type"]?.string }.first.map { type in
      ArchitectureRegistry.ofModelType(type)?.name ?? type
    }
  }

  private static func unknownArchitecture(_ name: String) -> LayoutError {
    LayoutError(
      .unmapped, "the architecture \(name) is not known",
      details: ["known: \(ArchitectureRegistry.all.map { $0.name }.joined(separator: ", "))"],
      hint: "to change the container alone, give --to a format without a layout")
  }

  private static func unknown(
    _ names: StoredNames, _ ranked: [Candidate], _ request: MappingRequest
  ) -> LayoutError {
    if request.architecture == nil, let stated = statedArchitecture(request) {
      var other = request
      other.configs = []
      if let better = try? candidates(for: names, other).first, better.architecture.name != stated,
        better.matched > ranked.first?.matched ?? 0
      {
        return LayoutError(
          .contradiction,
          "the configuration says model_type = \(stated), but the tensors are named as in \(better.name)",
          details: ["\(better.matched) of \(names.names.count) names are in \(better.name)"],
          hint: "mend model_type in the configuration, or give the right file: --config FILE")
      }
    }
    guard let best = ranked.first, best.matched > 0 else {
      let similar = SimilarLayout.of(ranked, names)
      return LayoutError(
        .unmapped,
        "no known layout has any of these \(names.names.count) tensor names"
          + (similar.map { "; the nearest is \($0.name)" } ?? ""),
        details: similar?.nearest.prefix(5).map { "\($0.stored) is most like \($0.template)" }
          ?? Array(names.names.prefix(5)),
        hint: "to change the container alone, give --to a format without a layout")
    }
    return LayoutError(
      .unmapped,
      "no known layout explains these tensors; the nearest is \(best.name) with \(best.matched) of \(names.names.count) names",
      details: best.unknown.prefix(5).map { "not in \(best.name): \($0)" },
      hint: "to change the container alone, give --to a format without a layout")
  }
}

extension MappingRequest {
  /// The names that say nothing of how the others are wrapped: those that the user set aside.
  ///
  /// A pattern that fits all names tells none of them apart.
  fileprivate func names(setAsideOf names: StoredNames) -> Set<String> {
    let fitting = allowedUnmapped.fitting.union(carried.fitting)
    return allowedUnmapped.named.union(carried.named).union(fitting.count < names.names.count ? fitting : [])
  }

  /// How many names do not count for a layout: those without a place in it, and those that the user named.
  fileprivate func count(setAsideOf names: StoredNames, _ unplaced: [Int]) -> Int {
    let named = allowedUnmapped.named.union(carried.named)
    if named.isEmpty { return unplaced.count }
    let without = Set(unplaced)
    return names.names.indices.count { without.contains($0) || named.contains(names.names[$0]) }
  }
}
