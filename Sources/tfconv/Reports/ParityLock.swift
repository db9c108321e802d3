import ParityChecks
import StrictJSON
import TensorData
import WeightFiles

/// The file of `verify --baseline`: for each output, difference over budget as it was when the file was written.
struct ParityLock: Sendable, Equatable {
  /// A difference that is still inside the budget is a regression once it is more than this many times the locked one.
  ///
  /// Another processor or BLAS moves the rounding error of one and the same model by less.
  static let regressionFactor = 3.0

  /// What decides the inputs and the budgets: ratios of other conditions cannot be compared.
  struct Conditions: Sendable, Equatable {
    /// The seed of the inputs, or nil where they came from a file.
    let seed: Int?
    /// What the user chose for all outputs and for single ones.
    let tolerance: Tolerance
  }

  let path: String
  let conditions: Conditions
  /// Difference over budget by batch and output.
  private(set) var ratios: [String: [String: Double]] = [:]

  /// The lock file that says what a verification found.
  init(path: String, conditions: Conditions, _ outputs: [VerificationRecord.OutputRatio]) {
    self.path = path
    self.conditions = conditions
    for output in outputs { ratios[output.batch, default: [:]][output.name] = ParityLock.rounded(output.ratio) }
  }

  /// Three digits say enough, and keep the file quiet where it lies under version control.
  private static func rounded(_ ratio: Double) -> Double { Double(NumberText.short(ratio)) ?? ratio }

  // MARK: The file

  /// Reads a lock file.
  ///
  /// - Parameter path: the file.
  /// - Throws: what reading throws; a failure with exit code 3 if the file is not what `--update` writes.
  init(reading path: String) throws {
    let contents = try MappedFile(path: path).contents()
    let value: JSONValue
    do throws(JSONError) {
      value = try withExtendedLifetime(contents) { () throws(JSONError) in try JSONValue(parsing: contents.bytes) }
    } catch {
      throw ParityLock.corrupt(path, error.description)
    }
    guard value["schema"]?.string == ReportSchema.lock.identifier else {
      throw ParityLock.corrupt(path, "its schema is not \(ReportSchema.lock.identifier)")
    }
    guard let batches = value["outputs"]?.object else { throw ParityLock.corrupt(path, "it has no outputs") }
    self.path = path
    var tolerance = Tolerance()
    tolerance.everywhere = try ParityLock.bounds(value, path)
    for output in try ParityLock.member("tolerances", of: value, path, read: { $0.object })?.members ?? [] {
      tolerance.taps[output.key] = try ParityLock.bounds(output.value, path)
    }
    conditions = Conditions(seed: try ParityLock.member("seed", of: value, path) { $0.int }, tolerance: tolerance)
    for batch in batches.members {
      guard let outputs = batch.value.object else { throw ParityLock.corrupt(path, "\(batch.key) is no object") }
      for output in outputs.members {
        guard let ratio = ParityLock.ratio(output.value) else {
          throw ParityLock.corrupt(path, "\(batch.key), \(output.key) is no number from 0 up")
        }
        ratios[batch.key, default: [:]][output.key] = ratio
      }
    }
  }

  private static func ratio(_ value: JSONValue) -> Double? {
    value.double.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
  }

  private static func bounds(_ value: JSONValue, _ path: String) throws -> Tolerance.Bounds {
    Tolerance.Bounds(
      absolute: try member("atol", of: value, path) { ratio($0) },
      relative: try member("rtol", of: value, path) { ratio($0) })
  }

  private static func json(_ bounds: Tolerance.Bounds) -> JSONObject {
    var object = JSONObject()
    object["atol"] = bounds.absolute.map(OutputText.number) ?? .null
    object["rtol"] = bounds.relative.map(OutputText.number) ?? .null
    return object
  }

  private static func member<Value>(
    _ name: String, of file: JSONValue, _ path: String, read: (JSONValue) -> Value?
  ) throws -> Value? {
    guard let value = file[name] else { throw corrupt(path, "it has no \(name)") }
    if value == .null { return nil }
    guard let found = read(value) else { throw corrupt(path, "\(name) is \(value.text())") }
    return found
  }

  private static func corrupt(_ path: String, _ problem: String) -> CommandFailure {
    CommandFailure(
      status: .invalidInput, message: "\(path) is no lock file of tfconv: \(problem)",
      hint: "write it anew: tfconv verify ... --baseline \(path) --update")
  }

  /// The text of the file: sorted, so that equal results give equal bytes.
  var text: String {
    var batches = JSONObject()
    for (batch, outputs) in ratios {
      var object = JSONObject()
      for (name, ratio) in outputs { object[name] = .number(JSONNumber(ratio)) }
      batches[batch] = .object(object)
    }
    var tolerances = JSONObject()
    for (name, bounds) in conditions.tolerance.taps { tolerances[name] = .object(ParityLock.json(bounds)) }
    var file = ParityLock.json(conditions.tolerance.everywhere)
    file["schema"] = .string(ReportSchema.lock.identifier)
    file["seed"] = conditions.seed.map { .number(JSONNumber($0)) } ?? .null
    file["tolerances"] = .object(tolerances)
    file["outputs"] = .object(batches)
    return JSONValue.object(file).text(indent: 2, sortKeys: true) + "\n"
  }

  /// Writes the file, in one step, in place of the one that may exist.
  ///
  /// - Throws: what writing throws.
  func write() throws {
    let files = OutputSet(replace: true)
    try files.add(Array(text.utf8), path: path)
    try files.commit()
  }

  // MARK: Comparing

  /// What is worse, missing or new.
  ///
  /// - Parameters:
  ///   - outputs: what the verification found.
  ///   - current: its conditions.
  /// - Returns: a case for each output of either.
  /// - Throws: a usage failure if the file was written under other conditions.
  func compare(_ outputs: [VerificationRecord.OutputRatio], under current: Conditions) throws -> [CheckCase] {
    guard conditions == current else {
      throw CommandFailure(
        status: .usage, message: "\(path) was written with another --seed, --inputs, --atol or --rtol",
        hint: "use the same options as then, or write it anew with --update")
    }
    var cases = outputs.map { output in
      let name = "\(output.batch): \(output.name)"
      let finding = finding(output, named: name)
      return CheckCase(group: "baseline", name: name, outcome: finding.map { .found($0) } ?? .passed)
    }
    let compared = Set(outputs.map { [$0.batch, $0.name] })
    for (batch, locked) in ratios.sorted(by: { $0.key < $1.key }) {
      for name in locked.keys.sorted() where !compared.contains([batch, name]) {
        let finding = Finding(
          rule: .baselineMissing, message: "\(batch): \(name) is in the lock file, but was not compared")
        cases.append(CheckCase(group: "baseline", name: "\(batch): \(name)", outcome: .found(finding)))
      }
    }
    return cases
  }

  private func finding(_ output: VerificationRecord.OutputRatio, named name: String) -> Finding? {
    guard let locked = ratios[output.batch]?[output.name] else {
      return Finding(rule: .baselineNew, message: "\(name) is not in the lock file; --update adds it")
    }
    // An output as near to the truth as the reference's own float32 run has lost nothing.
    guard output.ratio > ParityLock.regressionFactor * locked, !output.isWithinNoise else { return nil }
    return Finding(
      rule: .baselineRegression,
      message: "\(name): \(NumberText.short(output.ratio)) times the budget, \(NumberText.short(locked)) in the lock "
        + "file: more than \(NumberText.short(ParityLock.regressionFactor)) times worse")
  }
}

/// What the comparison with a lock file found.
struct BaselineResult: Sendable {
  let path: String
  /// Whether the file was rewritten instead of compared with.
  let isUpdate: Bool
  let cases: [CheckCase]
}
