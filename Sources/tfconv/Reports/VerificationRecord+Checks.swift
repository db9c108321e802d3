import ModelConversion
import ParityChecks
import TensorData
import WeightFiles

// How the findings of the two kinds of verification become cases.

extension VerificationRecord {
  /// The record of two models compared.
  ///
  /// - Parameters:
  ///   - report: the comparison.
  ///   - first: the checkpoint of the reference, or nil if its bytes have no places.
  ///   - second: the checkpoint that was judged, or nil if its bytes have no places.
  init(_ report: ParityReport, first: Checkpoint? = nil, second: Checkpoint? = nil) {
    let text = ParityText(report)
    var cases = report.weights.map { weight in
      let place = TensorPlace(weight.stored.second, in: second) ?? TensorPlace(weight.stored.first, in: first)
      return CheckCase(
        weight, message: text.describe(weight), place: place, allowsLoss: report.options.allowsLoss)
    }
    cases += report.nonFinite.map { finding in
      let place = TensorPlace(finding.second?.tensor, in: second) ?? TensorPlace(finding.first?.tensor, in: first)
      return CheckCase(finding, names: report.names, place: place)
    }
    var ratios: [OutputRatio] = []
    for (index, run) in report.runs.enumerated() {
      // The name of a batch from a file is a path, which is another one on another machine.
      let batch = report.options.inputs == nil ? run.batch : "inputs \(index)"
      cases += run.outputs.map { CheckCase($0, group: "outputs.\(batch)") }
      ratios += run.outputs.map { OutputRatio($0, batch: batch) }
    }
    cases += report.notCompared.map { name in
      let finding = Finding(rule: .outputMissing, message: "\(name) is an output of only one of the models")
      return CheckCase(group: "outputs", name: name, outcome: .found(finding))
    }
    cases += report.undecided.enumerated().map { index, sentence in
      CheckCase(
        group: "settings", name: "undecided \(index + 1)",
        outcome: .found(Finding(rule: .settingUndecided, message: sentence, isInconclusive: true)))
    }
    cases += report.unheldOutputs.map { output in
      let message = text.describe(unheld: output)
      return CheckCase(
        group: "outputs", name: output.name,
        outcome: report.options.allowsLoss && !output.isInBoth
          ? .skipped(reason: message)
          : .found(Finding(rule: .outputUndecided, message: message, isInconclusive: true)))
    }
    if report.options.weightsOnly {
      cases.append(CheckCase(group: "outputs", name: "all", outcome: .skipped(reason: "only weights were compared")))
    } else if report.runs.isEmpty {
      let reason = report.skipped ?? "no outputs were compared"
      let finding = Finding(rule: .nothingRun, message: reason, isInconclusive: true)
      cases.append(CheckCase(group: "outputs", name: "all", outcome: .found(finding)))
    }
    self.init(
      subjects: [("a", report.names.first), ("b", report.names.second)], file: second?.path ?? report.names.second,
      summary: text.summary, verdict: report.verdict, base: text.json, ratios: ratios, cases: cases)
  }

  /// The record of a model compared with recorded outputs.
  ///
  /// - Parameters:
  ///   - report: the comparison.
  ///   - text: how it is told.
  ///   - model: the model.
  ///   - golden: the path of the recorded outputs.
  init(_ report: GoldenReport, _ text: GoldenText, model: Model, golden: String) {
    var cases = report.outputs.map { CheckCase($0, group: "outputs.golden") }
    if let generation = report.generation {
      cases.append(CheckCase(generation))
    }
    if let sketches = report.sketches { cases.append(CheckCase(sketches)) }
    cases += report.nonFinite.map { finding in
      CheckCase(finding, names: nil, place: TensorPlace(finding.tensor, in: model.checkpoint))
    }
    if cases.isEmpty {
      let finding = Finding(
        rule: .nothingRun, message: "the file records no output that the model has", isInconclusive: true)
      cases.append(CheckCase(group: "outputs.golden", name: "all", outcome: .found(finding)))
    }
    cases += report.notCompared.map { member in
      let message = "\(member.name) was not compared: \(member.reason)"
      let finding = Finding(rule: .memberNotCompared, message: message, isInconclusive: true)
      return CheckCase(group: "outputs.golden", name: member.name, outcome: .found(finding))
    }
    self.init(
      subjects: [("model", model.name), ("golden", golden)], file: model.checkpoint.path,
      summary: text.summary, verdict: report.verdict, base: text.json,
      ratios: report.outputs.map { OutputRatio($0, batch: "golden") }, cases: cases)
  }
}

extension VerificationRecord.OutputRatio {
  fileprivate init(_ output: OutputComparison, batch: String) {
    self.init(
      batch: batch, name: output.name, ratio: output.ratio,
      isWithinNoise: output.noise.map { output.difference <= $0 } ?? false)
  }
}

extension TensorPlace {
  fileprivate init?(_ name: String?, in checkpoint: Checkpoint?) {
    guard let name, let stored = checkpoint?.stored(named: name) else { return nil }
    self.init(tensor: name, file: stored.path, offset: stored.byteOffset, byteCount: stored.storedByteCount)
  }
}

extension CheckCase {
  fileprivate init(_ weight: WeightFinding, message: String, place: TensorPlace?, allowsLoss: Bool) {
    let rule: FindingRule? =
      switch weight.relation {
      case .equal, .rounded: nil
      case .overflowed: .weightOverflowed
      case .absent: .weightMissing
      case .unheld: .weightUnheld
      case .shapes: .weightShape
      case .differs: .weightDiffers
      }
    let steps = weight.name.split(separator: ".")
    let outcome = rule.map { rule in
      weight.isUnheld && allowsLoss
        ? Outcome.skipped(reason: message)
        : .found(Finding(rule: rule, message: message, place: place, isInconclusive: weight.isUnheld))
    }
    self.init(
      group: (["weights"] + steps.dropLast()).joined(separator: "."), name: String(steps.last ?? ""),
      outcome: outcome ?? .passed)
  }

  fileprivate init(_ finding: NonFiniteFinding, names: (first: String, second: String)?, place: TensorPlace?) {
    let message = NonFiniteText.describe(finding, names: names)
    let outcome: Outcome =
      switch finding.verdict {
      case .pass: .passed
      case .inconclusive, .fail:
        .found(
          Finding(
            rule: .valueNotFinite, message: message, place: place, isInconclusive: finding.verdict == .inconclusive))
      }
    self.init(group: "values", name: finding.tensor, outcome: outcome)
  }

  fileprivate init(_ output: OutputComparison, group: String) {
    let message = OutputText.describe(output)
    let outcome: Outcome =
      switch output.verdict {
      case .pass: .passed
      case .inconclusive: .found(Finding(rule: .outputUndecided, message: message, isInconclusive: true))
      case .fail where output.nonFinite.expected + output.nonFinite.found > 0:
        .found(Finding(rule: .outputNotFinite, message: message))
      case .fail: .found(Finding(rule: .outputDiffers, message: message))
      }
    self.init(group: group, name: output.name, outcome: outcome)
  }

  fileprivate init(_ sketches: SketchReport) {
    let outcome: Outcome
    switch sketches.verdict {
    case .pass: outcome = .passed
    case .inconclusive:
      let message = "sketches: no decision on \(sketches.failures.count) of \(sketches.compared) nodes"
      outcome = .found(Finding(rule: .outputUndecided, message: message, isInconclusive: true))
    case .fail:
      let first = (sketches.first?.node.node ?? sketches.unmatched.first).map { ", first \($0)" } ?? ""
      let message = "sketches: \(sketches.failures.count) of \(sketches.compared) nodes are beyond their budget\(first)"
      outcome = .found(Finding(rule: .outputDiffers, message: message))
    }
    self.init(group: "outputs.golden", name: "sketches", outcome: outcome)
  }

  fileprivate init(_ generation: GenerationComparison) {
    let outcome: Outcome
    if let (row, position) = generation.firstDifference {
      let message = "generated: row \(row) parts from the recorded ids at position \(position)"
      outcome = .found(Finding(rule: .generationDiffers, message: message))
    } else if generation.verdict == .pass {
      outcome = .passed
    } else {
      let message = "generated: no ids were compared"
      outcome = .found(Finding(rule: .outputUndecided, message: message, isInconclusive: true))
    }
    self.init(group: "outputs.golden", name: "generated", outcome: outcome)
  }
}
