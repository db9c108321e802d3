import Architectures
import Glibc
import StrictJSON
import TensorData
import WeightFiles

/// A reader of untrusted bytes, and what must hold whatever it is given.
///
/// Errors are what a reader is meant to throw; only crashes, traps, time and memory are findings, and results that
/// contradict themselves.
enum FuzzedReader {
  case weights(WeightFormat)
  /// The index of the shards that lie in a folder.
  case index(folder: String)
  case json
  case layout

  /// Takes the name of a weight format, `index`, `json` or `layout`; ends the program for any other.
  init(name: String) {
    switch name {
    case "json": self = .json
    case "layout": self = .layout
    case "index":
      guard let folder = getenv("FUZZ_FOLDER").map({ String(cString: $0) }) else {
        fatalError("FUZZ_FOLDER names no folder for shards")
      }
      do {
        try SampleShards.write(to: folder)
      } catch {
        fatalError("\(error)")
      }
      self = .index(folder: folder)
    default:
      guard let format = WeightFormat.named(name) else { fatalError("FUZZ_READER names no reader") }
      self = .weights(format)
    }
  }

  /// Reads one input.
  func read(_ input: ByteStorage) {
    switch self {
    case .weights(let format):
      readTensors(
        MappedFile(path: "input\(format.fileExtension)", storage: input), ReadOptions(format: format))
    case .index(let folder):
      readTensors(MappedFile(path: "\(folder)/model.safetensors.index.json", storage: input), ReadOptions())
    case .json: readJSON(input.bytes)
    case .layout: readLayout(input.bytes)
    }
  }

  /// Opens a checkpoint, reads every tensor, and holds what was announced against what came.
  private func readTensors(_ file: MappedFile, _ options: ReadOptions) {
    guard let checkpoint = try? Checkpoint.open(file, options: options) else { return }
    for info in checkpoint.tensors {
      guard let tensor = try? checkpoint.tensor(named: info.name) else { continue }
      precondition(tensor.dtype == info.dtype && tensor.shape == info.shape, "another tensor than was announced")
      var sum: UInt8 = 0
      tensor.withUnsafeBytes { for byte in $0 { sum &+= byte } }
      withExtendedLifetime(sum) {}
    }
  }

  /// Reads a JSON text and, where it is one, expects it to survive being written.
  private func readJSON(_ bytes: UnsafeRawBufferPointer) {
    guard let value = try? JSONValue(parsing: bytes) else { return }
    let again = try? JSONValue(parsing: value.text())
    precondition(again == value, "a JSON text changed by being written")
  }

  /// Reads a layout and, where it is one, expects it to be the same when it is printed and read again.
  private func readLayout(_ bytes: UnsafeRawBufferPointer) {
    guard let text = String(validating: bytes, as: UTF8.self),
      let layout = try? LayoutTextReader.read(text, file: "input")
    else { return }
    let printed = layout.layout.text(layout.architecture)
    let again = try? LayoutTextReader.read(printed, file: "printed")
    precondition(
      again.map { $0.layout.text($0.architecture) } == printed, "a layout changed by being printed and read")
  }
}
