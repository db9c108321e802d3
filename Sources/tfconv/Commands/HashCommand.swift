import ModelConversion
import StrictJSON
import TensorData
import WeightFiles

/// `tfconv hash`: the SHA-256 of every tensor's elements, and one of the whole content.
enum HashCommand: Command {
  // swift-format-ignore
  static let spec = CommandSpec(
    name: "hash",
    summary: "print the SHA-256 of every tensor and of the whole content",
    discussion: [
      "The digest of a tensor is over its elements as they are decoded: row-major and little-endian, whatever the file's order, byte order or compression. The digest of the content is over one line of JSON for each tensor, sorted by the bytes of the names: [\"NAME\",\"DTYPE\",[SHAPE],\"SHA256\"], without spaces, with a line feed at the end of each. It does not depend on the file format, on shards, on metadata or on the order of the tensors.",
      "Names and types are the stored ones: another layout or element type is another content. The array of an .npy file has the empty name, so that its digest does not depend on what the file is called.",
      .modelDiscussion,
    ],
    positionals: [PositionalSpec(name: "MODEL", summary: "the model to read")],
    options: [.json] + [OptionSpec].model.filter { ["from", "assume", "subtree"].contains($0.long) } + .general,
    examples: [
      CommandSpec.Example(command: "tfconv hash gpt2/", summary: "a line for each tensor"),
      CommandSpec.Example(command: "tfconv hash model.npz --json", summary: "the same for other programs"),
    ],
    exitCodes: [.success, .usage, .invalidInput, .inputOutput])

  static func run(_ arguments: ParsedArguments, _ console: Console) throws -> ExitStatus {
    let name = arguments.required("MODEL")
    let checkpoint = try ModelArguments(arguments, console).weights(name)
    for note in checkpoint.notes { console.warn(note) }
    if checkpoint.tensors.isEmpty { console.warn("\(name) holds no tensor; the digest is that of nothing") }
    let hashes = try ContentHash(checkpoint, console)
    if arguments.flag("json") {
      console.print(json(name, checkpoint, hashes).text(indent: 2))
    } else {
      console.write(text(hashes))
    }
    return .success
  }

  private static func text(_ hashes: ContentHash) -> String {
    var table = TextTable([
      .init(title: "sha256"), .init(title: "dtype"), .init(title: "shape"), .init(title: "tensor"),
    ])
    for row in hashes.rows {
      table.append([row.digest, row.info.dtype.rawValue, "\(row.info.shape)", row.info.name])
    }
    return table.text() + "\n\(hashes.content)  content\n"
  }

  private static func json(_ name: String, _ checkpoint: Checkpoint, _ hashes: ContentHash) -> JSONValue {
    var tensors = JSONObject()
    for row in hashes.rows {
      tensors[row.info.name] = [
        "dtype": .string(row.info.dtype.rawValue), "shape": row.shape, "sha256": .string(row.digest),
      ]
    }
    return [
      "schema": "tfconv.hash/1", "tool": ["name": "tfconv", "version": .string(tfconvVersion)], "exit_code": 0,
      "model": .string(name), "format": .string(checkpoint.format.name), "content": .string(hashes.content),
      "tensors": .object(tensors),
    ]
  }
}

/// The digests of a checkpoint's tensors, sorted by the bytes of their names, and that of all together.
private struct ContentHash {
  struct Row {
    let info: TensorInfo
    let digest: String

    var shape: JSONValue { .array(info.shape.map { .number(JSONNumber($0)) }) }
  }

  let rows: [Row]
  let content: String

  /// Bytes that pass between two redraws of the progress bar.
  private static let blockLength = 8 << 20

  init(_ checkpoint: Checkpoint, _ console: Console) throws {
    let bar = ProgressBar(
      console, label: "hash", total: checkpoint.tensors.reduce(0) { $0 + $1.byteCount }, unit: .bytes)
    defer { bar.finish() }
    let isNameless = !checkpoint.format.capabilities.contains(.names)
    var rows: [Row] = []
    rows.reserveCapacity(checkpoint.tensors.count)
    for info in checkpoint.tensors {
      let digest = try checkpoint.tensor(named: info.name).withUnsafeBytes { ContentHash.digest($0, bar) }
      var info = info
      if isNameless { info.name = "" }
      rows.append(Row(info: info, digest: digest))
    }
    rows.sort { ByteKey($0.info.name) < ByteKey($1.info.name) }
    var content = SHA256()
    for row in rows {
      let line: JSONValue = [.string(row.info.name), .string(row.info.dtype.rawValue), row.shape, .string(row.digest)]
      content.update(Array((line.text() + "\n").utf8))
    }
    self.rows = rows
    self.content = content.hexadecimal
  }

  private static func digest(_ bytes: UnsafeRawBufferPointer, _ bar: ProgressBar) -> String {
    var digest = SHA256()
    for start in stride(from: 0, to: bytes.count, by: blockLength) {
      let end = min(start + blockLength, bytes.count)
      digest.update(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      bar.advance(by: end - start)
    }
    return digest.hexadecimal
  }
}
