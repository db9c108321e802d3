import Glibc
import TensorData

/// The loop of libFuzzer (LLVM, "libFuzzer: using libFuzzer as a library").
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
  _ argc: UnsafeMutablePointer<CInt>, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What the fuzzer feeds: the reader that FUZZ_READER names.
private let reader = FuzzedReader(name: getenv("FUZZ_READER").map { String(cString: $0) } ?? "")

/// The entry of the program under the name that the package manager's linker options expect.
@_cdecl("FuzzReaders_main")
func main(_ argc: CInt, _ argv: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
  var argc = argc
  var argv = argv
  return runFuzzer(&argc, &argv) { start, count in
    let input = UnsafeRawBufferPointer(start: start, count: count)
    // A copy of its own, so that the address sanitizer sees a read one byte too far.
    reader.read(ByteStorage(byteCount: count) { $0.copyMemory(from: input) })
    return 0
  }
}
