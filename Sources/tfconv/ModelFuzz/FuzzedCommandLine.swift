import ParityChecks
import TensorData

/// Command lines over the files of one random model: every command, with options out of the commands' own tables.
struct FuzzedCommandLine {
  /// The files that there are.
  struct Files {
    let model: String
    let sibling: String
    let inputs: String
    /// Goldens: what tfconv records, the same with one member changed, what somebody else recorded.
    let golden: String
    let damagedGolden: String
    let output: String
  }

  let files: Files
  /// Spellings of layouts that `--to` may be given: `npz:tf1`.
  let targets: [String]
  /// Words that may stand for names of tensors, outputs and keys.
  let names: [String]

  /// Options whose values are files or that start campaigns of their own, and those that only make work.
  private static let left: Set<String> = [
    "probe", "arch", "all", "mutate", "faults", "table", "campaign", "threads", "output", "inputs", "golden",
    "save-inputs", "baseline", "update", "junit", "sarif", "markdown", "config", "map", "force", "from", "to", "iters",
    "seq", "decode", "batch", "generate", "quiet", "no-color", "prompt-ids", "sync",
  ]

  /// Draws command lines for one model.
  ///
  /// - Parameter random: decides.
  /// - Returns: the lines in the order in which they are to run; some are about what earlier ones write.
  func draw(_ random: inout SplitMix64) -> [[String]] {
    (0..<3).flatMap { _ in group(random.number(upTo: 8), &random) }
  }

  private func group(_ kind: Int, _ random: inout SplitMix64) -> [[String]] {
    let (a, b) = (files.model, random.happens(70) ? files.sibling : files.model)
    func some(_ words: [String]) -> [String] { with(words, &random) }
    switch kind {
    case 0: return [some(["inspect", a]), some(["hash", a])]
    case 1, 2:
      let convert = some(["convert", a, "-o", files.output, "--to", random.element(targets), "--force"])
      return [convert, some(["verify", a, files.output]), some(["diff", a, files.output])]
    case 3: return [some(["verify", a, b]), some(["verify", a, b, "--weights-only"])]
    case 4: return [some(["verify", a, b, "--inputs", files.inputs]), some(["diff", a, b])]
    case 5:
      var lines = [some(["run", a, "--inputs", files.inputs])]
      lines.append(
        some(["run", a, "--prompt-ids", random.element(["0", "1,0", "1,2,3", "99", ""]), "--generate", "3"]))
      return lines
    case 6:
      return [
        some(["golden", "make", a, "-o", files.golden, "--force"]), some(["golden", "check", files.golden, b]),
        some(["golden", "check", files.damagedGolden, random.happens(50) ? a : b]),
      ]
    case 7:
      return [some(["golden", "check", files.inputs, a]), some(["verify", b, "--golden", files.damagedGolden])]
    default:
      if random.happens(20) { return [["verify", a, "--mutate", "--faults", "1", "--threads", "1"]] }
      return [
        some([
          "bench", a, "--iters", "1", "--seq", random.element(["1", "3"]), "--decode", random.element(["0", "0", "2"]),
          "--batch", random.element(["1", "2"]),
        ])
      ]
    }
  }

  /// The words with up to two options of the command's table.
  private func with(_ words: [String], _ random: inout SplitMix64) -> [String] {
    guard let spec = registeredCommands.map({ $0.spec }).first(where: { $0.name == words[0] }) else { return words }
    var words = words
    if spec.option(named: "threads") != nil { words += ["--threads", "1"] }
    let options = spec.options.filter { !FuzzedCommandLine.left.contains($0.long) }
    for _ in 0..<random.element([0, 0, 0, 1, 1, 2]) where !options.isEmpty {
      let option = random.element(options)
      guard option.placeholder != nil else {
        words.append("--\(option.long)")
        continue
      }
      if let value = value(option, &random) { words.append("--\(option.long)=\(value)") }
    }
    return words
  }

  private func value(_ option: OptionSpec, _ random: inout SplitMix64) -> String? {
    switch option.kind {
    case .choice(let choices): random.element(choices)
    case .integer(let range):
      random.happens(5)
        ? String(random.element([range.lowerBound, range.upperBound]))
        : String(min(range.upperBound, max(range.lowerBound, random.number(upTo: 9))))
    case .number: random.element(["0", "1", "1e-6", "0.5", "1e308"])
    case .size: random.element(["1", "100", "4096", "1GB"])
    case .keyValue:
      "\(random.element(names))=\(random.element(["0", "1", "2", "3", "-1", "1099511627776", "x", "true", "null", "[]"]))"
    case .list:
      random.happens(50)
        ? random.element(names) : [String](repeating: random.element(names), count: 2).joined(separator: ",")
    case .integerList: "0,1"
    case .text: random.element(names + ["*", "0.5", "loss:1e-6", "*bias"])
    case .file, .command: nil
    }
  }
}

extension SplitMix64 {
  /// A whole number from 0 up to the limit.
  fileprivate mutating func number(upTo limit: Int) -> Int { Int(next() % UInt64(limit + 1)) }
}
