public import TensorData

/// What happens to a head that shares the embedding's values when a model is written.
public enum TiedPolicy: String, Sendable, CaseIterable {
  /// It is stored if the source stored it.
  case keep
  /// It is left out; loaders restore it.
  case drop
  /// It is stored, with every further copy that the layout knows.
  case materialize
}

/// One tensor of the converted model: its name and shape, and the parameters that are laid into it.
public struct TargetTensor: Sendable {
  /// A parameter and where it goes.
  public struct Piece: Sendable {
    /// The canonical name of the parameter whose values are taken.
    public let parameter: String
    /// Its canonical axes.
    public let axes: [String]
    /// The positions on the target's other axes.
    public let at: [String: Int]
  }

  /// The stored name.
  public let name: String
  /// The stored axes.
  public let axes: Axes
  /// The stored shape.
  public let shape: [Int]
  /// The parameters; several if the layout fuses them.
  public internal(set) var pieces: [Piece]
  /// The parameter of which this is a further copy, or nil.
  public let copyOf: String?
}

extension Layout {
  /// The tensors in which this layout stores a mapped model, in the order of the table.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - tied: what happens to a tied head; nil for what this layout's loader expects.
  ///   - hasPrefix: whether names begin with the base model's prefix; nil for what this layout's loader expects.
  ///   - allowsLoss: whether parameters without a place (`lost`) may be left out.
  /// - Returns: the tensors.
  /// - Throws: if the layout has no place for a parameter.
  public func targets(
    of model: MappedModel, tied: TiedPolicy? = nil, hasPrefix: Bool? = nil, allowsLoss: Bool = false
  ) throws(LayoutError) -> [TargetTensor] {
    let tied = tied ?? self.tied
    let homeless = lost(from: model)
    guard allowsLoss || homeless.isEmpty else {
      throw LayoutError(
        .notRepresentable,
        "\(model.architecture.name).\(name) has no place for \(homeless.count) of the model's parameters",
        details: homeless,
        hint: "layouts that have: \(others(with: homeless, model).joined(separator: ", ")); to lose them: --allow-lossy"
      )
    }
    let spelling = Spelling(self, model.architecture, model.values, hasPrefix: hasPrefix)
    var targets: [TargetTensor] = []
    var positions: [String: Int] = [:]
    let byCanonical = Dictionary(grouping: rows, by: \.canonical)
    for instance in model.architecture.instances(model.values) where !model.missing.contains(instance.name) {
      guard let origin = origin(of: instance, in: model, tied: tied) else { continue }
      guard let row = byCanonical[instance.parameter.name]?.first, !leavesOut(row, model.values) else { continue }
      for indices in row.repetitions(of: instance.indices, spelling.sizes) {
        let name = spelling.text(row.names[0], indices)
        let piece = TargetTensor.Piece(
          parameter: origin, axes: instance.axes, at: row.at.merging(indices) { $1 })
        if let position = positions[name] {
          targets[position].pieces.append(piece)
        } else {
          positions[name] = targets.count
          targets.append(try target(name, row, piece, model, copyOf: origin == instance.name ? nil : origin))
        }
        for copy in row.copies {
          let name = spelling.text(copy.name, indices)
          guard writes(copy, named: name, of: model, tied: tied) else { continue }
          targets.append(try target(name, row, piece, model, copyOf: instance.name))
        }
      }
    }
    try checkWhole(targets, model)
    return targets
  }

  /// The model as this layout can hold it: what is stored twice and has no place of its own here is shared.
  ///
  /// - Parameter model: the model.
  /// - Returns: the same function, with those parameters tied.
  public func fitting(_ model: MappedModel) -> MappedModel {
    let known = Set(rows.map(\.canonical))
    return model.sharing(
      model.parameters.filter { model.repeated.contains($0.name) && !known.contains($0.parameter.name) },
      origin: "\(model.architecture.name).\(name) stores the values of both once")
  }

  /// The parameters of a model that this layout has no place for; tied ones are not lost with their own tensor.
  ///
  /// - Parameter model: the model.
  /// - Returns: their canonical names.
  public func lost(from model: MappedModel) -> [String] {
    let known = Set(rows.map(\.canonical))
    return model.parameters.filter {
      !known.contains($0.parameter.name) && !model.values.isTied($0.parameter)
    }.map(\.name)
  }

  /// The buffers that this layout's own loader requires, with what they hold.
  ///
  /// - Parameter model: the model.
  /// - Returns: name, element type, shape and value of each.
  public func requiredBuffers(of model: MappedModel) -> [(info: TensorInfo, value: KnownValue)] {
    let spelling = Spelling(self, model.architecture, model.values, hasPrefix: nil)
    return accounted.flatMap { buffer -> [(info: TensorInfo, value: KnownValue)] in
      guard let written = buffer.written, let shape = written.axes.shape(spelling.sizes) else { return [] }
      return Parameter(buffer.name, written.axes).instances(spelling.sizes).map { instance in
        (
          TensorInfo(name: spelling.text(buffer.name, instance.indices), dtype: written.dtype, shape: shape),
          buffer.value
        )
      }
    }
  }

  private func writes(_ copy: LayoutCopy, named name: String, of model: MappedModel, tied: TiedPolicy) -> Bool {
    if let part = copy.part, !model.values.parts.contains(part) { return false }
    if copy.isWritten || tied == .materialize { return true }
    return tied == .keep && model.uses.contains { $0.tensor.name == name }
  }

  /// The parameter whose values are stored for an instance, or nil if nothing is stored for it.
  private func origin(of instance: ParameterInstance, in model: MappedModel, tied: TiedPolicy) -> String? {
    guard let target = instance.parameter.tiedTo, model.values.isTied(instance.parameter) else { return instance.name }
    let isStored = model.locations[instance.name] != nil
    switch tied {
    case .drop: return nil
    case .keep: return isStored ? instance.name : nil
    case .materialize: return isStored ? instance.name : target
    }
  }

  private func target(
    _ name: String, _ row: LayoutRow, _ piece: TargetTensor.Piece, _ model: MappedModel, copyOf: String?
  ) throws(LayoutError) -> TargetTensor {
    let axes = row.axes.filled(piece.at)
    guard let shape = axes.shape(model.values.sizes) else {
      throw LayoutError(
        .missingHyperparameter, "the shape of \(name), (\(axes)), needs a size that nothing gives",
        hint: "give the configuration file: --config FILE")
    }
    return TargetTensor(name: name, axes: axes, shape: shape, pieces: [piece], copyOf: copyOf)
  }

  /// Refuses a fused tensor of which a part is missing.
  private func checkWhole(_ targets: [TargetTensor], _ model: MappedModel) throws(LayoutError) {
    for target in targets {
      let filled = target.pieces.reduce(0) { total, piece in
        total + piece.axes.reduce(1) { $0 * (model.values.int($1) ?? 0) }
      }
      guard filled != target.shape.reduce(1, *) else { continue }
      throw LayoutError(
        .notRepresentable, "\(target.name) would hold only \(target.pieces.map(\.parameter).joined(separator: ", "))",
        hint: "the other parts of this fused tensor are missing; give them, or choose a layout that does not fuse them")
    }
  }

  private func others(with parameters: [String], _ model: MappedModel) -> [String] {
    let needed = model.architecture.instances(model.values).filter { parameters.contains($0.name) }
    return model.architecture.layouts.filter { layout in
      needed.allSatisfy { instance in layout.rows.contains { $0.canonical == instance.parameter.name } }
    }.map(\.name)
  }
}

extension TargetTensor {
  /// The tensor's bytes, put together from the model's parameters.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - dtype: the element type; parameters of another one are cast.
  /// - Returns: a contiguous tensor, or a window on the source's bytes if nothing has to move.
  /// - Throws: what reading or casting throws.
  public func tensor(from model: MappedModel, dtype: DType) throws -> Tensor {
    try assembly(from: model, dtype: dtype).tensor(shape: shape)
  }

  /// The way in which the tensor's bytes are made of the model's parameters, to be followed piece by piece.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - dtype: the element type; parameters of another one are cast.
  ///   - tally: told what casts do to the values.
  /// - Returns: the tensor to be.
  /// - Throws: what reading throws; what casting throws where parameters of different types are fused.
  public func assembly(
    from model: MappedModel, dtype: DType, tally: (@Sendable (CastReport) -> Void)? = nil
  ) throws -> TensorAssembly {
    if let stored = unchanged(in: model) {
      var assembly = try TensorAssembly(model.source.tensor(named: stored), as: dtype)
      assembly.tally = tally
      return assembly
    }
    var windows = try pieces.map { try model.parameter(named: $0.parameter) }
    if Set(windows.map(\.dtype)).count > 1 {
      windows = try windows.map { window in
        let (tensor, report) = try Cast.convertCounting(window, to: dtype)
        tally?(report)
        return tensor
      }
    }
    let sizes = model.values.sizes
    let names = axes.groups.flatMap { $0 }
    let parts = zip(pieces, windows).map { piece, window in
      let positions = names.map { piece.axes.firstIndex(of: $0) }
      return TensorAssembly.Part(
        Tensor(
          dtype: window.dtype, shape: positions.map { $0.map { window.shape[$0] } ?? 1 },
          strides: positions.map { $0.map { window.strides[$0] } ?? 0 }, storage: window.storage,
          byteOffset: window.byteOffset), at: names.map { piece.at[$0] ?? 0 })
    }
    var assembly = try TensorAssembly(parts, shape: names.map { Int($0) ?? sizes[$0] ?? 1 }, as: dtype)
    assembly.tally = tally
    return assembly
  }

  /// The one number that every element of the tensor is, where no parameter in it is stored anywhere; otherwise nil.
  public func constant(in model: MappedModel) -> Double? {
    let values = Set(pieces.map { model.constants[$0.parameter]?.value })
    return values.count == 1 ? values.first ?? nil : nil
  }

  /// The stored tensor that already holds exactly these pieces in these places, or nil.
  public func unchanged(in model: MappedModel) -> String? {
    if model.vocabulary != nil, axes.names.contains("vocab") { return nil }
    guard let first = model.locations[pieces[0].parameter] else { return nil }
    let isSame = pieces.allSatisfy { piece in
      guard let location = model.locations[piece.parameter] else { return false }
      return location.tensor == first.tensor && location.axes == axes && location.at == piece.at
    }
    return isSame ? first.tensor : nil
  }
}
