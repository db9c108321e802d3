#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

import Architectures
import ParityChecks
import StrictJSON
import TensorData
import WeightFiles

/// `tfconv fuzz-models`, which help does not list: random models through every command of this very process.
///
/// Whoever calls it, `scripts/model-fuzz`, starts it again behind a model that ended it. The command line that is being
/// run stands in the file `current` of the folder; what came of each is a line of standard output.
enum FuzzModelsCommand: Command {
  static let spec = CommandSpec(
    name: "fuzz-models",
    summary: "run every command on random models",
    discussion: ["Called by scripts/model-fuzz."],
    positionals: [
      PositionalSpec(name: "FIRST", kind: .integer(0...Int.max), summary: "the number of the first model"),
      PositionalSpec(name: "COUNT", kind: .integer(1...Int.max), summary: "how many models"),
      PositionalSpec(name: "SEED", kind: .integer(0...Int.max), summary: "decides on every model"),
      PositionalSpec(name: "FOLDER", summary: "a folder for their files, whose content is removed"),
    ],
    options: [.flag("keep", "keep the files of the last model")],
    exitCodes: [.success, .checkFailed, .usage, .inputOutput])

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let first = Int(arguments.required("FIRST")) ?? 0
    let count = Int(arguments.required("COUNT")) ?? 0
    let seed = UInt64(arguments.required("SEED")) ?? 0
    let run = try FuzzRun(folder: arguments.required("FOLDER"), console: console)
    for index in first..<(first + count) {
      try run.model(index, seed: seed)
      if index + 1 < first + count || !arguments.flag("keep") { run.clear() }
    }
    return run.hasFindings ? .checkFailed : .success
  }
}

/// The files, the captured output and the findings of one run over random models.
private final class FuzzRun {
  private let folder: String
  private let console: Console
  private let output: Int32
  private let errors: Int32
  private(set) var hasFindings = false

  /// The seconds after which a command counts as hanging; the alarm ends the process.
  private static let patience: UInt32 = 20

  init(folder: String, console: Console) throws {
    self.folder = folder
    self.console = console
    _ = mkdir(folder, 0o700)
    output = open("\(folder).stdout", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    errors = open("\(folder).stderr", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard output >= 0, errors >= 0 else {
      throw CommandFailure(status: .inputOutput, message: "no files can be made beside \(folder)")
    }
  }

  /// Draws one model and runs its commands.
  func model(_ index: Int, seed: UInt64) throws {
    state("\(index) drawing the model")
    var random = SplitMix64(seed: seed, skipping: index << 20)
    let model = try FuzzedModel(&random)
    let sibling = random.happens(90) ? model.sibling(&random) : try FuzzedModel(&random)
    let files = FuzzedCommandLine.Files(
      model: try write(model, "a", &random), sibling: try write(sibling, "b", &random), inputs: folder + "/inputs.npz",
      golden: folder + "/golden.npz", damagedGolden: folder + "/damaged.npz",
      output: folder + "/out" + random.element(["", ".npz", ".safetensors"]))
    try writeInputs(FuzzedInputs(for: model, &random), files.inputs)
    try writeInputs(FuzzedInputs(for: sibling, &random), files.damagedGolden)
    let architecture = random.happens(90) ? model.architecture : random.element(ArchitectureRegistry.all)
    let layouts = architecture.layouts
    let formats = WeightFormat.all.map(\.name)
    let line = FuzzedCommandLine(
      files: files,
      targets: layouts.map { "\(formats[$0.name.utf8.count % formats.count]):\($0.name)" } + formats,
      names: model.names)
    for words in line.draw(&random) {
      // What was not written need not be read.
      if words.contains(files.output) || words.contains(files.golden), !words.contains("-o"),
        access(words.contains(files.output) ? files.output : files.golden, R_OK) != 0
      {
        continue
      }
      run(words, index)
      if words.starts(with: ["golden", "make"]), access(files.golden, R_OK) == 0,
        let damaged = try? FuzzedInputs(damaging: files.golden, &random)
      {
        try writeInputs(damaged, files.damagedGolden)
      }
    }
  }

  private func write(_ model: FuzzedModel, _ name: String, _ random: inout SplitMix64) throws -> String {
    let path = try model.write(
      to: "\(folder)/\(name)", makeFolder: { _ = mkdir($0, 0o700) }, &random)
    return path
  }

  /// Writes inputs; a container that cannot hold one of their types leaves the earlier file.
  private func writeInputs(_ inputs: FuzzedInputs, _ path: String) throws {
    do { try inputs.write(to: path) } catch is WeightFileError { return }
  }

  private func run(_ words: [String], _ index: Int) {
    let line = words.joined(separator: " ")
    state("\(index) \(line)")
    for descriptor in [output, errors] {
      _ = ftruncate(descriptor, 0)
      lseek(descriptor, 0, SEEK_SET)
    }
    let terminal = TerminalInfo(isTerminal: false, width: 80, allowsColor: false)
    let captured = Console(output: output, errors: errors, outputTerminal: terminal, errorTerminal: terminal)
    alarm(FuzzRun.patience)
    let status = Dispatch(commands: registeredCommands, console: captured).run(words)
    alarm(0)
    console.print("\(words[0]) \(status.rawValue)")
    if let complaint = complaint(status, words) {
      hasFindings = true
      console.print("FINDING \(index) \(complaint): \(line)")
      console.write(text(errors).split(separator: "\n").prefix(4).map { "    \($0)\n" }.joined())
    }
    console.flush()
  }

  /// What is wrong with how a command ended, or nil.
  private func complaint(_ status: ExitStatus, _ words: [String]) -> String? {
    let allowed = registeredCommands.first { $0.spec.name == words[0] }?.spec.exitCodes ?? []
    guard allowed.contains(status) else { return "exit \(status.rawValue) is not among the documented codes" }
    switch status {
    case .success: return nil
    case .checkFailed, .inconclusive:
      return text(output).isEmpty && text(errors).isEmpty ? "exit \(status.rawValue) without a word" : nil
    default:
      let said = text(errors).split(separator: "\n").first { $0.hasPrefix("tfconv: error: ") }
      return (said?.utf8.count ?? 0) > 24 ? nil : "exit \(status.rawValue) without a sentence"
    }
  }

  private func text(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 16 << 10)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
  }

  /// Leaves word of what is being done, for whoever finds the process dead.
  private func state(_ line: String) {
    let file = open("\(folder).current", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { return }
    let bytes = Array((line + "\n").utf8)
    _ = pwrite(file, bytes, bytes.count, 0)
    close(file)
  }

  /// Removes the files of a model.
  func clear() { FuzzRun.clear(folder) }

  private static func clear(_ folder: String) {
    guard let directory = opendir(folder) else { return }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name != ".", name != ".." else { continue }
      let path = "\(folder)/\(name)"
      if unlink(path) != 0 {
        clear(path)
        rmdir(path)
      }
    }
  }
}
