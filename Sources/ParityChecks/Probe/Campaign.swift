import Architectures
import TensorData
import TensorGraph

/// Many honest conversions without a false alarm, many injected faults without a miss: how far the gate can be trusted.
public enum Campaign {
  /// One honest conversion or the faults of one pair, and how it ended.
  public struct FalseAlarm: Sendable {
    /// What was converted: architecture, kind, layouts, container, type, scale, seed.
    public let conversion: String
    /// What the gate said.
    public let reason: String
  }

  /// What honest conversions led to.
  public struct Honest: Sendable {
    /// How many were made, compared and decided.
    public internal(set) var conversions = 0
    /// Those that the gate did not pass.
    public internal(set) var alarms: [FalseAlarm] = []
    /// Those that the gate could not decide, because rounding drowns the signal; these count neither as passes nor
    /// as conversions, and others take their place; with more than one in a hundred the campaign gives up.
    public internal(set) var undecided: [String] = []
    /// The largest difference of each, in units of its budget.
    public internal(set) var ratios: [Double] = []
    /// How many conversions there were from one layout to another, into a container, with a type.
    public internal(set) var kinds: [String: Int] = [:]
  }

  /// What injected faults led to.
  public struct Faults: Sendable {
    /// The faults of each pair of layouts: `bert.hf -> bert.tf1`.
    public internal(set) var pairs: [(name: String, report: MutationReport)] = []

    /// All of them.
    public var trials: [FaultTrial] { pairs.flatMap(\.report.trials) }
  }

  /// Makes honest conversions through files and compares each with its source, as `verify` does.
  ///
  /// - Parameters:
  ///   - count: how many conversions.
  ///   - seed: decides on everything.
  /// - Returns: what they led to.
  /// - Throws: what converting throws: a conversion that cannot be made is not chosen.
  public static func honest(_ count: Int, seed: UInt64) throws -> Honest {
    let folder = try ScratchFolder()
    var random = SplitMix64(seed: seed)
    var result = Honest()
    while result.conversions < count, 100 * result.undecided.count <= count + 100 {
      for architecture in ArchitectureRegistry.all where result.conversions < count {
        guard let conversion = try HonestConversion(architecture, &random) else { continue }
        let report = try conversion.report(in: folder.path)
        folder.clear()
        if report.verdict == .inconclusive {
          result.undecided.append(conversion.description)
          continue
        }
        result.conversions += 1
        for kind in conversion.kinds { result.kinds[kind, default: 0] += 1 }
        result.ratios.append(report.runs.flatMap(\.outputs).map(\.ratio).max() ?? 0)
        if report.verdict == .fail {
          let outputs = report.runs.flatMap { run in
            run.outputs.filter { $0.verdict == .fail }.map { "\(run.batch): \($0.name) \($0.ratio)" }
          }
          let weights = report.weights.filter { !$0.agrees }.map(\.name)
          result.alarms.append(
            FalseAlarm(
              conversion: conversion.description,
              reason: (weights + outputs + report.notCompared).prefix(3).joined(separator: "; ")))
        }
      }
    }
    return result
  }

  /// Injects faults into converted synthetic models, for every pair of layouts in turn.
  ///
  /// - Parameters:
  ///   - count: how many faults that change something.
  ///   - seed: decides on the models, the inputs and the faults.
  ///   - threads: how many threads may work.
  /// - Returns: what they led to.
  /// - Throws: what mapping or running throws.
  public static func faults(_ count: Int, seed: UInt64, threads: Int? = nil) throws -> Faults {
    let pairs = ArchitectureRegistry.all.flatMap { architecture in
      MappingProbe.pairs(of: architecture).map { (architecture, $0) }
    }
    let share = (count + pairs.count - 1) / max(pairs.count, 1)
    var result = Faults()
    var done = 0
    for (index, (architecture, pair)) in pairs.enumerated() {
      let wanted = min(share, count - done)
      guard wanted > 0 else { break }
      let trials = try trials(architecture, pair, wanted, seed: seed &+ UInt64(index), threads: threads)
      done += trials.count
      let name = "\(architecture.name).\(pair.from.name) -> \(architecture.name).\(pair.to.name)"
      result.pairs.append((name, MutationReport(subject: name, trials: trials)))
    }
    return result
  }

  private static func trials(
    _ architecture: any Architecture.Type, _ pair: (from: Layout, to: Layout), _ count: Int, seed: UInt64,
    threads: Int?
  ) throws -> [FaultTrial] {
    var random = SplitMix64(seed: seed)
    var trials: [FaultTrial] = []
    let variants = try ProbeVariant.all(of: architecture)
    var failures = 0
    while trials.count < count, failures < 8 * variants.count {
      let variant = variants[random.number(below: variants.count)]
      let synthetics = try SyntheticModel.scales.map { try SyntheticModel(variant, seed: random.next(), scale: $0) }
      let subjects: [MutationCheck.Subject]? = try synthetics.compactMapAll { synthetic in
        guard
          let first = try synthetic.representable(synthetic.model, in: pair.from),
          let second = try synthetic.representable(first, in: pair.to)
        else { return nil }
        let graph = try synthetic.model.graph()
        return MutationCheck.Subject(
          model: second,
          gate: try OutputGate(
            graph, first, batches: SeededInputs.batches(for: graph, seed: seed), tolerance: Tolerance(),
            threads: threads))
      }
      guard let subjects, let first = subjects.first else {
        failures += 1
        continue
      }
      let check = MutationCheck(subjects: subjects)
      var faults = try FaultList.faults(in: first.model, atMost: 2, seed: random.next())
      faults.shuffle(using: &random)
      for fault in faults.prefix(24) where trials.count < count {
        if let trial = try check.trial(fault) { trials.append(trial) }
      }
    }
    return trials
  }
}

extension Array {
  /// The transformed elements, or nil if one of them has none.
  fileprivate func compactMapAll<Result>(_ transform: (Element) throws -> Result?) rethrows -> [Result]? {
    var results: [Result] = []
    for element in self {
      guard let result = try transform(element) else { return nil }
      results.append(result)
    }
    return results
  }
}
