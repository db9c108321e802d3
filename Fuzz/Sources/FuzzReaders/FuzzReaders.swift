import Glibc
import StrictJSON
import TensorData
import WeightFiles

/// What the fuzzer feeds: the reader that FUZZ_READER names, on the bytes of one input.
private let reader = getenv("FUZZ_READER").map { String(cString: $0) } ?? ""

/// The loop of libFuzzer (LLVM, "libFuzzer: using libFuzzer as a library").
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
  _ argc: UnsafeMutablePointer<CInt>, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The entry of the program under the name that the package manager's linker options expect.
@_cdecl("FuzzReaders_main")
func main(_ argc: CInt, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
  var argc = argc
  var argv = argv
  return runFuzzer(&argc, &argv) { start, count in readOne(UnsafeRawBufferPointer(start: start, count: count)) }
}

/// Reads one input.
///
/// Errors are what a reader is meant to throw; only crashes, traps, time and memory are findings.
private func readOne(_ input: UnsafeRawBufferPointer) -> CInt {
  // A copy of its own, so that the address sanitizer sees a read one byte too far.
  let storage = ByteStorage(byteCount: input.count) { $0.copyMemory(from: input) }
  if reader == "json" {
    readJSON(storage.bytes)
  } else if let format = WeightFormat.named(reader) {
    read(MappedFile(path: "input\(format.fileExtension)", storage: storage), format)
  } else {
    fatalError("FUZZ_READER names no reader")
  }
  return 0
}

/// Opens a weight file, reads every tensor, and holds what was announced against what came.
private func read(_ file: MappedFile, _ format: WeightFormat) {
  guard let checkpoint = try? Checkpoint.open(file, options: ReadOptions(format: format)) else { return }
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
