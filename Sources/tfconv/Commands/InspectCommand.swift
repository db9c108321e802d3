import Architectures
import ModelConversion
import StrictJSON
import Synchronization
import TensorData
import WeightFiles

/// `tfconv inspect`: what a model is, what is in it, and, if asked, whether its values are sound.
enum InspectCommand: Command {
  static let spec = CommandSpec.inspect

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let options = ModelArguments(arguments, console)
    let model = try options.openToInspect(arguments.required("MODEL"))
    try options.refuseIdleKeys(model)
    let summary = try ModelSummary(model, options.request(for: model))
    if summary.items.isEmpty { console.warn("\(summary.model.name) holds no tensor; there is no model in it") }
    var report = InspectReport(summary, arguments)
    let names = summary.items.map(\.stored.info.name)
    for pattern in arguments.all("filter") where !names.contains(where: GlobPattern(pattern).matches) {
      throw CommandFailure.unmatched("filter", pattern, what: "tensor", among: names)
    }
    try readValues(of: &report, arguments, console)
    switch arguments.flag("json") ? "json" : arguments.string("format") {
    case "json": console.print(InspectJSON(report).value.text(indent: 2))
    case "csv":
      for warning in summary.model.warnings { console.warn(warning) }
      console.write(InspectTables(report).flat.csv())
    case "markdown": console.write(InspectText(report).markdown)
    default: console.write(InspectText(report).text)
    }
    if let failure = report.failure { console.writeError(failure.text(color: console.usesColor)) }
    report.outlivesTheCommand()
    return report.status
  }

  private static func readValues(
    of report: inout InspectReport, _ arguments: ParsedArguments, _ console: Console
  ) throws {
    let summary = report.summary
    let bar = ProgressBar(console, label: "read", total: summary.byteCount, unit: .bytes)
    defer { bar.finish() }
    if arguments.flag("check") {
      let check = ModelCheck(summary) { bar.advance(by: $0) }
      report.check = check
      if report.showsStatistics { report.statistics = check.statistics }
    } else if report.showsStatistics {
      for index in report.selected {
        let info = summary.items[index].stored.info
        report.statistics[index] = TensorStatistics(try summary.model.checkpoint.tensor(named: info.name))
        bar.advance(by: info.byteCount)
      }
    }
  }
}

/// What `inspect` found and which part of it was asked for.
struct InspectReport {
  let summary: ModelSummary
  /// The items that the filter leaves, by their positions in the summary, in the order that was asked for.
  let selected: [Int]
  /// `--filter`, as it was written.
  let filters: [String]
  /// `--depth`, or nil for as much as fits.
  let depth: Int?
  /// `--sort`, or nil for the order of the model.
  let sort: String?
  let showsStatistics: Bool
  /// Statistics of each item of the summary, nil where there are none; empty if they were not asked for.
  var statistics: [TensorStatistics?]
  /// What the check found, or nil if none was asked for.
  var check: ModelCheck?

  init(_ summary: ModelSummary, _ arguments: ParsedArguments) {
    self.summary = summary
    filters = arguments.all("filter")
    depth = arguments.int("depth")
    sort = arguments.string("sort")
    showsStatistics = arguments.flag("stats")
    statistics = showsStatistics ? Array(repeating: nil, count: summary.items.count) : []
    let patterns = filters.map(GlobPattern.init)
    let items = summary.items
    let kept =
      patterns.isEmpty
      ? Array(items.indices)
      : items.indices.filter { index in patterns.contains { $0.matches(items[index].stored.info.name) } }
    selected =
      switch sort {
      case "name": kept.sorted { ByteKey(items[$0].stored.info.name) < ByteKey(items[$1].stored.info.name) }
      case "params":
        kept.sorted { (-items[$0].stored.info.elementCount, $0) < (-items[$1].stored.info.elementCount, $1) }
      case "offset": InspectReport.inFileOrder(kept, summary)
      default: kept
      }
  }

  /// Keeps the report in memory: the process ends next, and giving back the names of very many tensors one by
  /// one would take longer than reading them.
  func outlivesTheCommand() {
    InspectReport.last.withLock { $0 = self }
  }

  private static let last = Mutex<InspectReport?>(nil)

  /// What a user should know of the weights, of what lies beside them, and of how they are read.
  var notes: [String] {
    summary.model.warnings + summary.model.checkpoint.notes + (summary.mapped?.notes ?? []) + summary.model.remarks
  }

  /// The exit code: a defect that the check found makes the input invalid.
  var status: ExitStatus { failure?.status ?? .success }

  /// What standard error is told of a check that found defects; nil if all is well.
  var failure: CommandFailure? {
    guard let defects = check?.defects, let first = defects.first else { return nil }
    let count = defects.count == 1 ? "a defect" : "\(defects.count) defects"
    return CommandFailure(
      status: .invalidInput, message: "\(summary.model.name) has \(count)", details: [first.text],
      hint: defects.count > 1 ? "standard output lists them" : nil)
  }

  private static func inFileOrder(_ kept: [Int], _ summary: ModelSummary) -> [Int] {
    var files: [String: Int] = [:]
    for (position, path) in summary.model.checkpoint.files.enumerated() { files[path] = position }
    return kept.sorted { a, b in
      let places = [a, b].map { index in
        let stored = summary.items[index].stored
        return (files[stored.path] ?? 0, stored.byteOffset, index)
      }
      return places[0] < places[1]
    }
  }
}

extension ModelCheck.Defect {
  /// The defect with the tensor that it concerns; the message of a file error names the tensor itself.
  var text: String {
    guard let tensor, !message.contains(tensor) else { return message }
    return "\(tensor): \(message)"
  }
}
