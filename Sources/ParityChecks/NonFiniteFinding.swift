public import Architectures
public import TensorData

/// A stored tensor with values that are no finite numbers, whether anything reads them or not.
public struct NonFiniteFinding: Sendable {
  /// One side's tensor.
  public struct Side: Sendable {
    /// The name of the stored tensor.
    public let tensor: String
    /// Its values that are not finite.
    public let values: NonFiniteValues
  }

  /// What is known of the same values in the other model.
  public enum Counterpart: Sendable, Hashable {
    /// They are the same there.
    case alike
    /// They are others there.
    case different
    /// Nothing there corresponds to them.
    case none
  }

  /// The tensor of the first model, or nil.
  public let first: Side?
  /// The tensor of the second model, or nil.
  public let second: Side?
  /// What the two sides have to do with each other.
  public let counterpart: Counterpart
  /// Whether the user said that this tensor may hold such values.
  public let isAllowed: Bool

  /// The name of the stored tensor.
  public var tensor: String { second?.tensor ?? first?.tensor ?? "" }

  /// How it ends: only values that both sides have alike, or that belong to one side alone, can be allowed.
  public var verdict: Verdict {
    switch counterpart {
    case .alike: isAllowed ? .pass : .inconclusive
    case .none: isAllowed ? .pass : .fail
    case .different: .fail
    }
  }

  /// What there is in one model alone, without anything to compare it with.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - isAllowed: whether a stored tensor may hold such values.
  /// - Returns: every stored tensor that holds some; they decide nothing unless they are allowed.
  /// - Throws: what reading the tensors throws.
  public static func all(
    in model: MappedModel, isAllowed: (String) -> Bool
  ) throws -> [NonFiniteFinding] {
    try all(in: model, isAllowed: isAllowed) { _ in .alike }
  }

  /// The same, with what is known of the model's parameters.
  static func all(
    in model: MappedModel, isAllowed: (String) -> Bool, counterpart: ([String]) throws -> Counterpart
  ) throws -> [NonFiniteFinding] {
    let scan = FiniteScan(model.source)
    try scan.finish()
    return try model.source.tensors.compactMap { info in
      guard let values = scan.values(of: info.name) else { return nil }
      return NonFiniteFinding(
        first: nil, second: Side(tensor: info.name, values: values),
        counterpart: try counterpart(model.parameters(storedAs: info.name)), isAllowed: isAllowed(info.name))
    }
  }
}

/// Looks through the stored tensors of one side, each once, for values that are not finite.
final class FiniteScan {
  private let source: any TensorSource
  private var found: [ByteKey: NonFiniteValues] = [:]
  private var seen: Set<ByteKey> = []

  init(_ source: any TensorSource) { self.source = source }

  /// Looks at one tensor; best right before or after something else reads it.
  func look(at name: String) throws {
    guard seen.insert(ByteKey(name)).inserted else { return }
    found[ByteKey(name)] = NonFiniteValues.find(in: try source.tensor(named: name))
  }

  /// Looks at every tensor that has not been looked at.
  func finish() throws { for info in source.tensors { try look(at: info.name) } }

  /// What was found in a tensor, or nil.
  func values(of name: String) -> NonFiniteValues? { found[ByteKey(name)] }

  /// The names of the tensors in which something was found, in stored order.
  var names: [String] { found.isEmpty ? [] : source.tensors.map(\.name).filter { found[ByteKey($0)] != nil } }

  /// One tensor as a side of a finding; nil if all its values are finite.
  func side(_ name: String) -> NonFiniteFinding.Side? {
    values(of: name).map { NonFiniteFinding.Side(tensor: name, values: $0) }
  }
}

/// Pairs the values that are not finite of two models.
struct NonFinitePairs {
  let scans: (first: FiniteScan, second: FiniteScan)
  let isAllowed: (String) -> Bool

  /// The findings of two models with a common graph.
  ///
  /// - Parameters:
  ///   - first: the model that is taken to be right.
  ///   - second: the model that is judged.
  ///   - weights: every parameter compared.
  /// - Returns: a finding for each stored tensor of the first that holds such values, then those of the second alone.
  /// - Throws: what reading the tensors throws.
  func findings(
    _ first: MappedModel, _ second: MappedModel, _ weights: [WeightFinding]
  ) throws -> [NonFiniteFinding] {
    guard !scans.first.names.isEmpty || !scans.second.names.isEmpty else { return [] }
    let known = Dictionary(weights.map { ($0.name, $0) }) { first, _ in first }
    func finding(of name: String) -> WeightFinding? {
      // A tied parameter is compared under the name whose values it shares.
      known[name] ?? first.tieTarget(of: name).flatMap { known[$0] }
    }
    var told: Set<String> = []
    var findings: [NonFiniteFinding] = []
    for name in scans.first.names {
      let parameters = first.parameters(storedAs: name)
      guard !parameters.isEmpty else {
        findings.append(try byName(name, first.source, second.source, inFirst: true, &told))
        continue
      }
      let partners = Set(parameters.compactMap(second.storedName))
      let partner = scans.second.names.first(where: partners.contains)
      told.formUnion(partners)
      let isAlike = parameters.allSatisfy { finding(of: $0)?.agrees == true }
      findings.append(
        self.finding(scans.first.side(name), partner.flatMap(scans.second.side), isAlike ? .alike : .different))
    }
    for name in scans.second.names where !told.contains(name) {
      let parameters = second.parameters(storedAs: name)
      guard !parameters.isEmpty else {
        findings.append(try byName(name, second.source, first.source, inFirst: false, &told))
        continue
      }
      let weights = parameters.compactMap(finding)
      // What a cast made infinite is told as that, with the value that it was.
      if scans.second.values(of: name)?.count == weights.reduce(0, { $0 + ($1.loss?.overflowed ?? 0) }) { continue }
      let isAlike = weights.count == parameters.count && weights.allSatisfy(\.agrees)
      findings.append(self.finding(nil, scans.second.side(name), isAlike ? .alike : .different))
    }
    return findings
  }

  /// The findings of two checkpoints that are compared name by name.
  func findings(_ first: any TensorSource, _ second: any TensorSource) throws -> [NonFiniteFinding] {
    var told: Set<String> = []
    return try scans.first.names.map { try byName($0, first, second, inFirst: true, &told) }
      + scans.second.names.filter { !told.contains($0) }.map { try byName($0, second, first, inFirst: false, &told) }
  }

  /// A tensor that is no parameter, beside that of the same name in the other model.
  private func byName(
    _ name: String, _ own: any TensorSource, _ other: any TensorSource, inFirst: Bool, _ told: inout Set<String>
  ) throws -> NonFiniteFinding {
    told.insert(name)
    let isThere = other.tensors.contains { ByteKey($0.name) == ByteKey(name) }
    let sides = (scans.first.side(name), scans.second.side(name))
    guard isThere else { return finding(inFirst ? sides.0 : nil, inFirst ? nil : sides.1, .none) }
    let values = try own.tensor(named: name)
    let others = try other.tensor(named: name)
    let isAlike = try inFirst ? WeightComparison.agree(values, others) : WeightComparison.agree(others, values)
    return finding(sides.0, sides.1, isAlike ? .alike : .different)
  }

  private func finding(
    _ first: NonFiniteFinding.Side?, _ second: NonFiniteFinding.Side?, _ counterpart: NonFiniteFinding.Counterpart
  ) -> NonFiniteFinding {
    NonFiniteFinding(
      first: first, second: second, counterpart: counterpart,
      isAllowed: [first, second].compactMap(\.?.tensor).contains(where: isAllowed))
  }
}

extension MappedModel {
  /// The parameters that a stored tensor holds or is a copy of; none if it is something else.
  fileprivate func parameters(storedAs tensor: String) -> [String] {
    guard let use = uses.first(where: { ByteKey($0.tensor.name) == ByteKey(tensor) })?.use else { return [] }
    switch use {
    case .parameters(let names): return names
    case .copy(let of): return [of]
    case .accounted, .carried, .unmapped: return []
    }
  }

  /// The parameter whose values a tied one shares, or nil.
  fileprivate func tieTarget(of name: String) -> String? {
    architecture.instances(values).first { $0.name == name && values.isTied($0.parameter) }?.parameter.tiedTo
  }
}
