import TensorData

/// One attempt to map a checkpoint through one layout: places, sizes, heads, ties, and everything that is wrong at once.
struct ModelMapping {
  private let architecture: any Architecture.Type
  private let layout: Layout
  private let source: any TensorSource
  private let request: MappingRequest
  private let parameters: [NameTemplate: Parameter]
  private var placed: [PlacedTensor] = []
  private var copies: [PlacedTensor] = []
  private var accounted: [(tensor: TensorInfo, reason: String, value: KnownValue)] = []
  private var unknown: [TensorInfo] = []
  private var hasPrefix: Bool?
  /// Parameters that are stored with the values of the one that they could share.
  private var repeated: Set<String> = []
  private var notes: [String] = []
  private var openSettings: [OpenSetting] = []

  init(_ candidate: ModelMapper.Candidate, _ source: any TensorSource, _ request: MappingRequest) {
    architecture = candidate.architecture
    layout = candidate.layout
    self.source = source
    self.request = request
    parameters = Dictionary(architecture.parameters.map { ($0.name, $0) }) { first, _ in first }
    let (index, names) = (candidate.index, candidate.names)
    var undecided: [(tensor: TensorInfo, rows: [LayoutRow], indices: [String: Int])] = []
    for (position, tensor) in source.tensors.enumerated() {
      let place = index.place(at: position, of: names)
      switch request.setsAside(tensor.name, hasPlace: place != nil) ? nil : place {
      case .rows(let found, let indices, let prefixed):
        let rows = found.map { layout.rows[$0] }
        if let prefixed { hasPrefix = prefixed || hasPrefix == true }
        if rows.count > 1, rows.contains(where: \.at.isEmpty) {
          undecided.append((tensor, rows, indices))
        } else {
          for row in rows { placed.append(PlacedTensor(tensor, row, indices)) }
        }
      case .copy(let row, let indices): copies.append(PlacedTensor(tensor, layout.rows[row], indices))
      case .accounted(let rule):
        let rule = layout.accounted[rule]
        accounted.append((tensor, rule.reason, rule.value))
      case .leftover(let leftover) where !leftover.isNumber || tensor.elementCount <= 1:
        accounted.append((tensor, leftover.reason, .anything))
      case .leftover, nil: unknown.append(tensor)
      }
    }
    note(candidate)
    // One name for two parameters: the one whose part other names show to be there, or else the first.
    let parts = Set(placed.compactMap { parameter(of: $0.row)?.part })
    for (tensor, rows, indices) in undecided {
      let row =
        rows.first { row in
          guard let parameter = parameter(of: row), let part = parameter.part else { return false }
          return parts.contains(part) && !(parameter.unless.map(parts.contains) ?? false)
        } ?? rows[0]
      placed.append(PlacedTensor(tensor, row, indices))
    }
  }

  /// Notes how the names were read, and values that could be meant instead of the weights.
  private mutating func note(_ candidate: ModelMapper.Candidate) {
    let places = Set((placed + copies).map { ByteKey($0.tensor.name) })
    let positions = source.tensors.indices.filter { places.contains(ByteKey(source.tensors[$0].name)) }
    if let note = candidate.wrapping?.note(layout, named: candidate.name, candidate.names, placed: positions) {
      notes.append(note)
    }
    let averages = accounted.count { $0.reason == OptimizerName.movingAverage }
    if averages > 0 {
      notes.append(
        "moving averages are stored beside \(averages) of the weights; the weights themselves are taken, not their averages"
      )
    }
  }

  mutating func result() throws -> MappedModel {
    var complete = try inferred()
    notes += complete.notes
    try completeNamesFirst(&complete)
    try checkSizes(complete)
    var locations = locate(complete)
    try settleTies(&complete, &locations)
    architecture.applyDefaults(&complete)
    let all = architecture.instances(complete)
    let ties = Dictionary(
      uniqueKeysWithValues: all.compactMap { instance -> (String, String)? in
        guard complete.isTied(instance.parameter), locations[instance.name] == nil else { return nil }
        return instance.parameter.tiedTo.map { (instance.name, $0) }
      })
    let instances = all.filter { ties[$0.name] == nil }
    try checkShapes(complete)
    let constants = constants(instances, locations, complete)
    let missing = try account(instances, locations, complete)
    try checkCopies(locations, complete)
    try checkRepetitions(complete)
    for (tensor, reason, value) in accounted { try value.check(tensor, in: source, reason: reason) }
    let used = Set(instances.map(\.name))
    locations = locations.filter { used.contains($0.key) }
    let parameters = instances.filter { locations[$0.name] != nil || constants[$0.name] != nil }
    let model = MappedModel(
      architecture: architecture, layout: layout, values: complete, parameters: parameters, locations: locations,
      ties: ties, constants: constants, repeated: repeated, uses: uses(locations), hasPrefix: hasPrefix,
      missing: missing, notes: notes, openSettings: openSettings, source: source,
      axes: Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0.axes) }))
    try checkAbsences(model)
    guard let vocabulary = request.vocabulary else { return model }
    return try model.resizingVocabulary(to: vocabulary.count, fill: vocabulary.fill)
  }

  /// What the configuration says, joined with what the shapes say and checked against it.
  private func inferred() throws(LayoutError) -> Hyperparameters {
    var inference = ShapeInference(try layout.hyperparameters(architecture, request))
    inference.learn(placed)
    let contradictions =
      request.passesOverConfiguration
      ? [] : inference.contradictions.filter { request.vocabulary == nil || $0.axis != "vocab" }
    if !contradictions.isEmpty {
      let padding =
        contradictions.contains { $0.axis == "vocab" } ? "; rows beyond the vocabulary may be padding: --vocab N" : ""
      throw LayoutError(
        .contradiction, "the configuration and the tensors contradict each other",
        details: contradictions.map(\.sentence),
        hint: "mend the configuration, or give another one: --config FILE, --set KEY=VALUE\(padding)")
    }
    var values = inference.values
    for axis in Set(architecture.parameters.flatMap(\.name.holes)).sorted() { try values.checkCount(axis) }
    for place in placed {
      guard let part = parameter(of: place.row)?.part else { continue }
      values.parts.insert(part)
    }
    layout.config.imply(&values)
    settleAbsences(&values)
    return values
  }

  /// Decides whether parameters that the layout's files may leave out are left out: if none of them is stored, unless the
  /// configuration says otherwise.
  private func settleAbsences(_ values: inout Hyperparameters) {
    for setting in layout.absences.sorted() where values[setting] == nil {
      guard !placed.contains(where: { $0.row.absence?.setting == setting }) else { continue }
      values.set(setting, .bool(false), origin: "none of them is stored")
    }
  }

  /// What parameters hold that are left out.
  private func constants(
    _ instances: [ParameterInstance], _ locations: [String: MappedModel.Location], _ values: Hyperparameters
  ) -> [String: MappedModel.Constant] {
    guard !layout.absences.isEmpty else { return [:] }
    let types = Dictionary(source.tensors.map { (ByteKey($0.name), $0.dtype) }) { first, _ in first }
    let rows = Dictionary(layout.rows.map { ($0.canonical, $0) }) { first, _ in first }
    var constants: [String: MappedModel.Constant] = [:]
    var dtype = DType.f32
    for instance in instances {
      if let location = locations[instance.name] {
        dtype = types[ByteKey(location.tensor)] ?? dtype
      } else if let row = rows[instance.parameter.name], let absence = row.absence, layout.leavesOut(row, values) {
        constants[instance.name] = MappedModel.Constant(value: absence.value, dtype: dtype)
      }
    }
    return constants
  }

  /// Refuses stored values that contradict the setting by which the layout would leave them out.
  private func checkAbsences(_ model: MappedModel) throws {
    for setting in layout.absences.sorted() where model.values[setting] == .bool(false) {
      let others = try layout.nonconstant(setting, in: model)
      guard !others.isEmpty else { continue }
      throw LayoutError(
        .contradiction,
        "\(setting) is false (\(model.values.entries[setting]?.origin ?? "")), but \(others.count) of the parameters that "
          + "are then left out are stored and not zero",
        details: others.map { "\(model.storedName(of: $0) ?? $0) is not zero" },
        hint: "mend the configuration, or say that they are stored: --set \(setting)=true")
    }
  }

  /// Completes the hyper-parameters; where a value is missing, names that do not fit are told rather than that.
  private func completeNamesFirst(_ values: inout Hyperparameters) throws(LayoutError) {
    do {
      try architecture.complete(&values)
    } catch {
      if error.kind == .missingHyperparameter {
        let locations = locate(values)
        // What a tie would be is not known yet: neither side of one is missing, and none that is stored has no place.
        let instances = architecture.instances(values)
        let shared = Set(instances.filter { locations[$0.name] != nil }.compactMap(\.parameter.tiedTo))
        let needed = instances.filter { instance in
          locations[instance.name] != nil || instance.parameter.tiedTo == nil && !shared.contains(instance.name)
        }
        _ = try account(needed, locations, values)
      }
      throw error
    }
  }

  /// Checks the sizes that configuration and shapes gave before anything is multiplied by them, and that what is stored can
  /// be cut along its axes.
  private func checkSizes(_ values: Hyperparameters) throws(LayoutError) {
    for row in layout.rows { try values.checkSizes(of: row.axes.groups.flatMap { $0 }, row.names[0].description) }
    for axis in Set(architecture.parameters.flatMap(\.name.holes)).sorted() { try values.checkCount(axis) }
    let packed = (placed + copies).map(\.tensor).filter { $0.dtype.byteWidth == nil }
    guard let first = packed.first else { return }
    throw LayoutError(
      .notRepresentable,
      "\(first.name) is \(first.dtype.rawValue), several elements in a byte, which cannot be cut along axes",
      details: packed.map { "\($0.name)  \($0.dtype.rawValue) \($0.shape)" },
      hint: "to change the container alone, give --to a format without a layout")
  }

  private func parameter(of row: LayoutRow) -> Parameter? { parameters[row.canonical] }

  private func locate(_ values: Hyperparameters) -> [String: MappedModel.Location] {
    var locations: [String: MappedModel.Location] = [:]
    let sizes = values.sizes
    for place in placed {
      let row = place.row
      let isOne = row.repeated == nil && row.stacked.isEmpty
      for indices in isOne ? [place.indices] : row.instances(of: place.indices, sizes) {
        let name = isOne ? place.parameter : row.canonical.filled(indices)
        guard locations[name] == nil else { continue }
        let at = row.at.isEmpty ? indices : row.at.merging(indices) { $1 }
        locations[name] = MappedModel.Location(tensor: place.tensor.name, row: row, at: at)
      }
    }
    // A layout may store only a copy: `encoder.embed_tokens.weight` without `shared.weight`.
    for copy in copies where locations[copy.parameter] == nil {
      locations[copy.parameter] = MappedModel.Location(tensor: copy.tensor.name, row: copy.row, at: copy.row.at)
    }
    return locations
  }

  /// Decides from the stored values which parameters share another's.
  private mutating func settleTies(
    _ values: inout Hyperparameters, _ locations: inout [String: MappedModel.Location]
  ) throws {
    for instance in architecture.tieableInstances(values) {
      guard let target = instance.parameter.tiedTo else { continue }
      let tie = instance.parameter.tie
      guard let location = locations[instance.name] else {
        if case .bool(false) = values[tie] { continue }
        values.set(tie, .bool(true), origin: values.entries[tie]?.origin ?? "no \(instance.name) stored")
        continue
      }
      guard locations[target] != nil else {
        // Only one side of the tie is stored, whichever it is; a head that is said to be its own stands in for nothing.
        if case .bool(false) = values[tie] { continue }
        locations[target] = location
        locations[instance.name] = nil
        values.set(tie, .bool(true), origin: "only \(location.tensor) is stored")
        continue
      }
      let stored = try view(instance.name, instance.parameter, locations, values)
      let shared = try view(target, parameters.values.first { $0.name.filled([:]) == target }, locations, values)
      if try stored.hasSameValues(as: shared) {
        repeated.insert(instance.name)
        values.setDefault(tie, .bool(true), origin: "\(location.tensor) equals \(target)")
        continue
      }
      if values.flag(tie), let origin = values.entries[tie]?.origin {
        let readings = architecture.readings(ofStored: instance.parameter, values)
        if !origin.hasPrefix("default") {
          notes.append("\(origin) says that \(location.tensor) is tied, but it differs from \(target): it is untied")
        }
        if !readings.isEmpty {
          openSettings.append(
            OpenSetting(
              "\(origin) says that \(location.tensor) is tied, but it differs from \(target)", readings: readings))
        }
      }
      values.set(tie, .bool(false), origin: "the stored \(location.tensor) differs from \(target)")
    }
  }

  private func view(
    _ name: String, _ parameter: Parameter?, _ locations: [String: MappedModel.Location], _ values: Hyperparameters
  ) throws -> Tensor {
    guard let parameter, let location = locations[name] else {
      throw LayoutError(.unmapped, "\(name) is not stored", hint: "it is needed to compare a stored head with it")
    }
    let tensor = try source.tensor(named: location.tensor)
    guard tensor.shape == location.axes.shape(values.sizes) else {
      throw wrongShapes(
        [(TensorInfo(name: location.tensor, dtype: tensor.dtype, shape: tensor.shape), location.axes)], values)
    }
    return location.axes.view(
      of: tensor, as: parameter.axes.map { Axes.filled($0, location.at) }, sizes: values.sizes, at: location.at)
  }

  private func checkShapes(_ values: Hyperparameters) throws(LayoutError) {
    let sizes = values.sizes
    let wrong = (placed + copies).filter { $0.tensor.shape != $0.axes.shape(sizes) }.map {
      ($0.tensor, $0.axes)
    }
    if !wrong.isEmpty { throw wrongShapes(wrong, values) }
  }

  /// Checks that nothing is missing or left over.
  ///
  /// - Returns: the parameters that are missing with the user's leave.
  private func account(
    _ instances: [ParameterInstance], _ locations: [String: MappedModel.Location], _ values: Hyperparameters
  ) throws(LayoutError) -> [String] {
    let spelling = Spelling(layout, architecture, values, hasPrefix: hasPrefix ?? true)
    var missing: [(canonical: String, stored: String)] = []
    var allowed: [String] = []
    for instance in instances where locations[instance.name] == nil {
      let row = layout.rows.first { $0.canonical == instance.parameter.name }
      if let row, layout.leavesOut(row, values) { continue }
      let stored = row.map { spelling.text($0.names[0], instance.indices) } ?? instance.name
      if request.allowedMissing.contains(stored) || request.allowedMissing.contains(instance.name) {
        allowed.append(instance.name)
      } else {
        missing.append((instance.name, stored))
      }
    }
    let used = Set(instances.map(\.name))
    let holders = Set(instances.compactMap { locations[$0.name].map { ByteKey($0.tensor) } })
    let homeless = (placed + copies).filter {
      !used.contains($0.parameter) && !holders.contains(ByteKey($0.tensor.name))
    }
    .map(\.tensor)
    let unfit = unknown + homeless
    let leftOver = unfit.filter { !request.setsAside($0.name, hasPlace: false) }
    guard missing.isEmpty, leftOver.isEmpty else {
      throw incomplete(missing, leftOver, fitting: source.tensors.count - Set(unfit.map(\.name)).count, values)
    }
    return allowed
  }

  private func incomplete(
    _ missing: [(canonical: String, stored: String)], _ leftOver: [TensorInfo], fitting: Int,
    _ values: Hyperparameters
  ) -> LayoutError {
    let name = "\(architecture.name).\(layout.name)"
    var details: [String] = []
    let storedMissing = missing.map(\.stored).uniqued()
    for tensor in leftOver {
      let near = NearestName.of(tensor.name, among: storedMissing).map { ", did you mean \($0)?" } ?? ""
      details.append("no place for \(tensor.name)  \(tensor.dtype.rawValue) \(tensor.shape)\(near)")
    }
    for stored in storedMissing {
      let near = NearestName.of(stored, among: leftOver.map(\.name)).map { ", nearest: \($0)" } ?? ""
      details.append("missing \(stored)\(near)")
    }
    var hints: [String] = []
    if !leftOver.isEmpty {
      let patterns = ModelMapping.patterns(leftOver.map(\.name))
      func flags(_ option: String) -> String { patterns.map { "\(option) '\($0)'" }.joined(separator: " ") }
      let (them, their) = leftOver.count == 1 ? ("it", "its own name") : ("them", "their own names")
      hints.append("to leave \(them) out on purpose: \(flags("--allow-unmapped"))")
      hints.append("to take \(them) along under \(their): \(flags("--carry"))")
    }
    if let stored = storedMissing.first { hints.append("to go on without one: --allow-missing '\(stored)'") }
    if let task = values.entries["task"], lacksWholeParts(missing.map(\.canonical), values) {
      details.insert("\(task.origin) asks for them: the model's task is \(task.value)", at: 0)
      hints.append("if the model does not have that part: --set task=\(architecture.barestTask)")
    }
    let count = [
      leftOver.isEmpty ? nil : leftOver.count == 1 ? "1 has no place in it" : "\(leftOver.count) have no place in it",
      storedMissing.isEmpty ? nil : storedMissing.count == 1 ? "1 is missing" : "\(storedMissing.count) are missing",
    ].compactMap { $0 }.joined(separator: ", ")
    return LayoutError(
      .unmapped, "the tensors look like \(name), \(fitting) of \(source.tensors.count) names fit, but \(count)",
      details: details, hint: hints.joined(separator: "; "))
  }

  /// Names, or patterns for them that take nothing else, as few as can be read; a pattern only takes what has no place.
  private static func patterns(_ names: [String]) -> [String] {
    if names.count <= 2 { return names }
    func starred(_ name: String) -> String {
      name.reduce(into: "") { pattern, character in
        if character.isNumber {
          if pattern.last != "*" { pattern.append("*") }
        } else {
          if "*?[\\".contains(character) { pattern.append("\\") }
          pattern.append(character)
        }
      }
    }
    let kinds = names.map(starred).uniqued()
    return kinds.count <= 3 ? kinds : ["*"]
  }

  /// Whether what is missing are parts of which the file has nothing at all.
  private func lacksWholeParts(_ missing: [String], _ values: Hyperparameters) -> Bool {
    let stored = Set(placed.compactMap { parameter(of: $0.row)?.part })
    let parts = architecture.instances(values).filter { missing.contains($0.name) }.map(\.parameter.part)
    return !parts.isEmpty && parts.allSatisfy { part in part.map { !stored.contains($0) } ?? false }
  }

  private func wrongShapes(_ wrong: [(TensorInfo, Axes)], _ values: Hyperparameters) -> LayoutError {
    LayoutError(
      .contradiction, "\(wrong.count) tensors do not have the shape that \(architecture.name).\(layout.name) expects",
      details: wrong.map { tensor, axes in
        let sizes = axes.names.map { "\($0)=\(values.int($0).map(String.init) ?? "?")" }.joined(separator: ", ")
        return
          "\(tensor.name): stored \(tensor.shape), expected \(axes.shape(values.sizes) ?? []), that is (\(axes)) with \(sizes)"
      }, hint: "is it another layout? --from FORMAT:LAYOUT says which; or is the configuration another model's?")
  }

  /// Checks that further copies hold the same bits.
  private func checkCopies(_ locations: [String: MappedModel.Location], _ values: Hyperparameters) throws {
    let doubles = placed.filter { locations[$0.parameter]?.tensor != $0.tensor.name }
    for copy in copies + doubles {
      let tensor = copy.tensor
      guard let location = locations[copy.parameter], location.tensor != tensor.name else { continue }
      guard try source.tensor(named: tensor.name).isBitEqual(to: source.tensor(named: location.tensor)) else {
        throw LayoutError(
          .notRepresentable, "\(tensor.name) and \(location.tensor) are the same parameter, but hold different values",
          hint: "if only \(location.tensor) counts: --allow-unmapped '\(tensor.name)'")
      }
    }
  }

  /// Checks that a parameter which the layout stores once per layer is the same in all layers.
  private func checkRepetitions(_ values: Hyperparameters) throws {
    for place in placed {
      let (tensor, row, indices) = (place.tensor, place.row, place.indices)
      guard let axis = row.repeated, row.axes.names.contains(axis), let parameter = parameter(of: row) else { continue }
      let stored = try source.tensor(named: tensor.name)
      let views = (0..<(values.int(axis) ?? 0)).map { index in
        place.axes.view(
          of: stored, as: parameter.axes.map { Axes.filled($0, indices) }, sizes: values.sizes,
          at: row.at.merging(indices) { $1 }.merging([axis: index]) { $1 })
      }
      guard let other = views.indices.first(where: { !views[$0].isBitEqual(to: views[0]) }) else { continue }
      throw LayoutError(
        .notRepresentable,
        "\(tensor.name) holds another \(row.canonical) for each \(axis): number \(other) differs from number 0",
        hint: "\(architecture.name) has one for all of them; a model that was trained with several is another model")
    }
  }

  private func uses(_ locations: [String: MappedModel.Location]) -> [(tensor: TensorInfo, use: TensorUse)] {
    var parameters: [ByteKey: [String]] = [:]
    for (name, location) in locations { parameters[ByteKey(location.tensor), default: []].append(name) }
    var others: [ByteKey: TensorUse] = [:]
    for copy in copies + placed
    where parameters[ByteKey(copy.tensor.name)] == nil && locations[copy.parameter] != nil {
      others[ByteKey(copy.tensor.name)] = .copy(of: copy.parameter)
    }
    for (tensor, reason, _) in accounted { others[ByteKey(tensor.name)] = .accounted(reason) }
    return source.tensors.map { tensor in
      let key = ByteKey(tensor.name)
      if let names = parameters[key] { return (tensor, .parameters(names.count == 1 ? names : names.sorted())) }
      return (tensor, others[key] ?? (request.carried.takes(tensor.name, hasPlace: false) ? .carried : .unmapped))
    }
  }
}

extension [String] {
  /// The elements, each once, in order of first appearance.
  public func uniqued() -> [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
