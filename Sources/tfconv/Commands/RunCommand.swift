import Architectures
import GraphRuntime
import ModelConversion
import ParityChecks
import StrictJSON
import TensorData
import TensorGraph
import TextGeneration
import WeightFiles

/// `tfconv run`: a forward pass on given inputs, or generation.
enum RunCommand: Command {
  static let spec = CommandSpec.run

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let options = ModelArguments(arguments, console)
    let model = try options.open(arguments.required("MODEL"))
    try options.refuseIdleKeys(model)
    let mapped = try model.mapped(options.request(for: model))
    for note in model.checkpoint.notes + mapped.notes { console.warn(note) }
    let inputs = try self.inputs(arguments, mapped.graph(), console)
    try GivenInputs.check(inputs, for: mapped.graph())
    if let count = arguments.int("generate") {
      return try generate(count, model, mapped, inputs, arguments, console)
    }
    let executor = try GraphExecutor(
      mapped.graph(), parameters: mapped, precision: arguments.string("precision") == "f64" ? .f64 : .f32,
      threads: options.threads)
    let names = arguments.list("outputs") ?? heads(executor.graph, inputs)
    let outputs = try executor.run(inputs: inputs, outputs: names)
    if let path = arguments.string("output") {
      try write(inputs, outputs, to: path, arguments)
      console.note("wrote \(path)")
    }
    if arguments.flag("json") {
      console.print(try json(outputs).text(indent: 2))
    } else if arguments.string("output") == nil {
      console.write(try summary(outputs))
    }
    return .success
  }

  /// The inputs of the file under the graph's names, with or without the `in_` of a golden file; or the given ids.
  private static func inputs(
    _ arguments: ParsedArguments, _ graph: Graph, _ console: Console
  ) throws -> [String: Tensor] {
    if let ids = arguments.ints("prompt-ids") {
      guard let text = graph.text else {
        throw CommandFailure.usage("--prompt-ids: the model reads no tokens", command: "run")
      }
      return [text.name: tensor([ids])]
    }
    let (inputs, matches) = try RecordedNames.inputs(InputFile.readOne(arguments.string("inputs") ?? ""), of: graph)
    for match in matches { console.note("\(match.recorded) is read as \(match.own)") }
    return inputs
  }

  /// Every output that is no stack of layers and for which the inputs suffice.
  private static func heads(_ graph: Graph, _ inputs: [String: Tensor]) -> [String] {
    graph.outputs(given: Set(inputs.keys)).filter { !$0.isStacked }.map(\.name)
  }

  private static func write(
    _ inputs: [String: Tensor], _ outputs: [String: Tensor], to path: String, _ arguments: ParsedArguments
  ) throws {
    let members =
      inputs.map { ("in_\($0.key)", $0.value) } + outputs.map { ("out_\($0.key)", $0.value) }
    let entries = members.sorted { $0.0 < $1.0 }.map { name, tensor in
      WriteEntry(TensorInfo(name: name, dtype: tensor.dtype, shape: tensor.shape)) { tensor }
    }
    let files = OutputSet(replace: arguments.flag("force"))
    _ = try (WeightFormat.forExtension(of: path) ?? .npz).write(entries, to: path, in: files)
    try files.commit()
  }

  private static func summary(_ outputs: [String: Tensor]) throws -> String {
    var table = TextTable([
      .init(title: "output"), .init(title: "shape"), .init(title: "min", alignment: .right),
      .init(title: "max", alignment: .right), .init(title: "mean", alignment: .right), .init(title: "first values"),
    ])
    for (name, tensor) in outputs.sorted(by: { $0.key < $1.key }) {
      let values = try tensor.doubles()
      let mean = values.reduce(0, +) / Double(max(values.count, 1))
      table.append([
        name, "\(tensor.shape)", NumberText.short(values.min() ?? .nan, digits: 5),
        NumberText.short(values.max() ?? .nan, digits: 5), NumberText.short(mean, digits: 5),
        values.prefix(4).map { NumberText.short($0, digits: 6) }.joined(separator: " "),
      ])
    }
    return table.text()
  }

  private static func json(_ outputs: [String: Tensor]) throws -> JSONValue {
    var object = JSONObject()
    for (name, tensor) in outputs.sorted(by: { $0.key < $1.key }) {
      object[name] = [
        "shape": .array(tensor.shape.map { .number(JSONNumber($0)) }),
        "values": .array(try tensor.doubles().map { OutputText.number($0) }),
      ]
    }
    return [
      "schema": "tfconv.run/1", "tool": ["name": "tfconv", "version": .string(tfconvVersion)], "exit_code": 0,
      "outputs": .object(object),
    ]
  }

  // MARK: generation

  private static func generate(
    _ count: Int, _ model: Model, _ mapped: MappedModel, _ inputs: [String: Tensor], _ arguments: ParsedArguments,
    _ console: Console
  ) throws -> ExitStatus {
    let graph = try mapped.graph()
    guard let text = graph.text else {
      throw CommandFailure.usage("--generate: the model reads no tokens", command: "run")
    }
    guard let ids = inputs[text.name] else {
      throw CommandFailure(status: .invalidInput, message: "there is no prompt: the inputs hold no \(text.name)")
    }
    let mask = graph.mask(of: text)
    if let other = inputs.keys.sorted().first(where: { $0 != text.name && $0 != mask?.name }) {
      throw CommandFailure(
        status: .invalidInput,
        message:
          "\(other) is not read by --generate, which takes \([text.name, mask?.name].compactMap { $0 }.joined(separator: " and ")) alone"
      )
    }
    var generation = ModelGeneration(maxNewTokens: count)
    generation.threads = arguments.int("threads")
    if let config = try model.companion("generation_config.json") {
      let tokens = try GenerationTokens(config: config)
      if !tokens.unmetMembers.isEmpty {
        console.warn(
          "generation_config.json asks for \(tokens.unmetMembers.joined(separator: ", ")), which is not done")
      }
      generation.tokens = tokens
    }
    if arguments.flag("sample") {
      let settings = try SamplingSettings(
        temperature: arguments.double("temperature") ?? 1, topK: arguments.int("top-k"),
        topP: arguments.double("top-p") ?? 1)
      generation.sampler = Sampler(settings, seed: UInt64(arguments.int("seed") ?? 1))
    }
    let prompt = try Prompt(
      ids: ids, mask: mask.flatMap { inputs[$0.name] }, tokens: generation.tokens ?? GenerationTokens(mapped.values))
    let generated = try generation.generate(prompt, with: mapped)
    if let path = arguments.string("output") {
      try write(inputs, ["generated": tensor(generated)], to: path, arguments)
      console.note("wrote \(path)")
    }
    let decoder = try model.companion("tokenizer.json").map { try TokenDecoder(json: $0, file: "tokenizer.json") }
    if arguments.flag("json") {
      console.print(json(generated, decoder).text(indent: 2))
      return .success
    }
    for row in generated {
      console.print("ids   " + row.map(String.init).joined(separator: " "))
      if let decoder { console.print("text  " + decoder.text(row).escapingControlCharacters()) }
    }
    return .success
  }

  private static func json(_ generated: [[Int]], _ decoder: TokenDecoder?) -> JSONValue {
    var object = JSONObject()
    object["schema"] = "tfconv.generate/1"
    object["tool"] = ["name": "tfconv", "version": .string(tfconvVersion)]
    object["exit_code"] = 0
    object["generated"] = .array(generated.map { .array($0.map { .number(JSONNumber($0)) }) })
    if let decoder { object["text"] = .array(generated.map { .string(decoder.text($0)) }) }
    return .object(object)
  }

  private static func tensor(_ rows: [[Int]]) -> Tensor {
    let numbers = rows.joined().map { Int64($0) }
    return Tensor(dtype: .i64, shape: [rows.count, rows.first?.count ?? 0]) { bytes in
      numbers.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }
}
