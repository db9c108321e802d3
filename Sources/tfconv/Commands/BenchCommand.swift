import Architectures
import ModelConversion
import ParityChecks
import StrictJSON
import WeightFiles

/// `tfconv bench`: how long a model takes to load, to run and to decode on this machine.
enum BenchCommand: Command {
  // swift-format-ignore
  static let spec = CommandSpec(
    name: "bench",
    summary: "measure how fast a model loads, runs and decodes",
    discussion: [
      "Runs the model on made-up token ids. The forward pass of an encoder gives the hidden states; that of a decoder gives the logits of the last position and fills its cache; that of an encoder-decoder runs the encoder and prepares the keys and values of its memory. Decoding continues greedily with the cache, one token at a time.",
      "The first pass, which reads the weights for the first time, is told apart from those after it. Times are in seconds and for a machine that does nothing else.",
      .modelDiscussion,
    ],
    positionals: [PositionalSpec(name: "MODEL", summary: "the model to run")],
    options: [
      .value("batch", "N", .integer(1...65_536), "how many sequences run together", fallback: .value("1")),
      .value("seq", "N", .integer(1...1_048_576), "how many tokens each sequence has", fallback: .value("128")),
      .value("decode", "N", .integer(0...1_048_576), "how many tokens are decoded after each forward pass", fallback: .value("0")),
      .flag("all-logits", "compute the logits of every position of a decoder"),
      .value("iters", "N", .integer(1...1_000_000), "how many passes are timed after the first", fallback: .value("5")),
      .threads,
      .json,
    ] + .model + .general,
    examples: [
      CommandSpec.Example(command: "tfconv bench bert/ --batch 8 --seq 128", summary: "the passes of an encoder"),
      CommandSpec.Example(command: "tfconv bench gpt2/ --seq 512 --decode 64 --threads 1 --json", summary: "prompt and decoding on one thread"),
    ],
    exitCodes: [.success, .usage, .invalidInput, .cannotConvert, .inputOutput],
    check: { arguments in
      if arguments.flag("all-logits"), arguments.int("decode") ?? 0 > 0 {
        return "--all-logits measures passes without a cache, so that nothing can be decoded after them"
      }
      return nil
    })

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let importSeconds = BenchClock.processorSeconds
    let options = ModelArguments(arguments, console)
    let name = arguments.required("MODEL")
    let start = BenchClock()
    let model = try options.open(name)
    try options.refuseIdleKeys(model)
    let mapped = try model.mapped(options.request(for: model))
    let task = try BenchTask(
      mapped, batch: arguments.int("batch") ?? 1, length: arguments.int("seq") ?? 128,
      decode: arguments.int("decode") ?? 0, allLogits: arguments.flag("all-logits"), threads: options.threads)
    let loadSeconds = start.seconds
    for note in model.checkpoint.notes + mapped.notes { console.warn(note) }
    var figures = try BenchFigures(task, iterations: arguments.int("iters") ?? 5)
    figures.importSeconds = importSeconds
    figures.loadSeconds = loadSeconds
    if arguments.flag("json") {
      console.print(json(name, mapped.architecture.name, task, figures).text())
    } else {
      console.write(text(task, figures))
    }
    return .success
  }

  private static func text(_ task: BenchTask, _ figures: BenchFigures) -> String {
    var table = TextTable([
      .init(title: "what"), .init(title: "median", alignment: .right), .init(title: "best", alignment: .right),
      .init(title: "tokens/s", alignment: .right),
    ])
    func row(_ what: String, _ median: Double, best: Double? = nil, tokens: Int = 0) {
      table.append([
        what, NumberText.duration(seconds: median), best.map { NumberText.duration(seconds: $0) } ?? "",
        tokens > 0 && median > 0 ? NumberText.fixed(Double(tokens) / median, decimals: 1) : "",
      ])
    }
    row("load", figures.loadSeconds)
    row("first pass", figures.firstSeconds)
    let forward = figures.forward
    row("forward", forward.median, best: forward.least, tokens: task.batch * task.length)
    if task.decode > 0 {
      row("decode", figures.decode.median, best: figures.decode.least, tokens: task.batch * task.decode)
    }
    return table.text()
  }

  private static func json(
    _ name: String, _ architecture: String, _ task: BenchTask, _ figures: BenchFigures
  ) -> JSONValue {
    let number = { (value: Double) in OutputText.number(value) }
    let count = { (value: Int) in JSONValue.number(JSONNumber(value)) }
    return [
      "schema": "tfconv.bench/1", "tool": ["name": "tfconv", "version": .string(tfconvVersion)], "exit_code": 0,
      "model": .string(name), "architecture": .string(architecture), "batch": count(task.batch),
      "seq": count(task.length), "decode": count(task.decode), "threads": count(task.threads),
      "iters": count(figures.iterations), "import_s": number(figures.importSeconds),
      "load_s": number(figures.loadSeconds), "first_s": number(figures.firstSeconds),
      "fwd_s": number(figures.forward.median), "fwd_min": number(figures.forward.least),
      "fwd_max": number(figures.forward.largest), "dec_s": number(figures.decode.median),
      "dec_min": number(figures.decode.least), "cpu_iter": number(figures.processorSeconds),
      "chk": number(figures.check),
    ]
  }
}
