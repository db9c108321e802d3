import Glibc
import StrictJSON
import TensorData
import TestSupport
import Testing

/// Files that shrink or change while the program reads them.
@Suite struct MappingFaultTests {
  private static let elementCount = 8 << 20
  private static let byteCount = 4 * elementCount
  let folder = TemporaryFolder()

  /// A file with two tensors of 32 MB that takes no space on the disk.
  private func largeFile() throws -> String {
    let entries = ["a", "b"].enumerated().map { index, name in
      let offsets = "[\(index * Self.byteCount),\((index + 1) * Self.byteCount)]"
      return #""\#(name)":{"dtype":"F32","shape":[\#(Self.elementCount)],"data_offsets":\#(offsets)}"#
    }
    let header = Array("{\(entries.joined(separator: ","))}".utf8)
    let bytes = withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init) + header
    let path = folder.write(bytes, to: "a.safetensors")
    try #require(truncate(path, bytes.count + 2 * Self.byteCount) == 0)
    return path
  }

  /// Runs a conversion to a pipe that is full, changes its input meanwhile, and lets it go on.
  private func convertToPipe(
    _ path: String, to options: [String], change: () throws -> Void
  ) throws -> (exitCode: Int32?, errors: String) {
    let pipe = try makePipe()
    let errors = try CapturedFile()
    let process = try BuiltProgram.start(
      ["convert", path, "-o", "-", "--threads", "1"] + options, output: pipe.writing, errors: errors.descriptor)
    close(pipe.writing)
    // The first bytes come when the file has been opened and is being copied; the pipe holds a fraction of it.
    var byte: UInt8 = 0
    try #require(read(pipe.reading, &byte, 1) == 1)
    try change()
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while read(pipe.reading, &block, block.count) > 0 {}
    close(pipe.reading)
    return (BuiltProgram.exitCode(of: process), errors.text)
  }

  // The first tensor is handed to the system, which then fails; the second one is read by the program itself where it
  // is cast or where its checksum comes first.
  @Test(
    .hangLimit(minutes: 2),
    arguments: [["--to", "safetensors"], ["--to", "npz"], ["--to", "safetensors", "--dtype", "f16"]])
  func aFileThatShrinksEndsInAnError(options: [String]) throws {
    let path = try largeFile()
    let result = try convertToPipe(path, to: options) { try #require(truncate(path, 4096) == 0) }
    #expect(result.exitCode == 5)
    #expect(result.errors.contains("\(path): the file became shorter while it was read"), "\(result.errors)")
    #expect(result.errors.contains("[io]"))
  }

  @Test(.hangLimit(minutes: 2)) func aFileThatChangesInPlaceEndsInAnError() throws {
    let path = try largeFile()
    let result = try convertToPipe(path, to: ["--to", "safetensors"]) {
      let descriptor = open(path, O_WRONLY)
      try #require(pwrite(descriptor, "x", 1, off_t(2 * Self.byteCount)) == 1)
      close(descriptor)
    }
    #expect(result.exitCode == 5)
    #expect(result.errors.contains("\(path): the file was changed while it was read"), "\(result.errors)")
  }

  @Test(.hangLimit(minutes: 2)) func aFileThatIsReplacedOrRemovedIsReadToItsEnd() throws {
    for change in ["replaced", "removed"] {
      let path = try largeFile()
      let result = try convertToPipe(path, to: ["--to", "safetensors"]) {
        if change == "removed" {
          try #require(unlink(path) == 0)
        } else {
          try #require(rename(folder.write([1], to: "b"), path) == 0)
        }
      }
      #expect(result.exitCode == 0, "\(change): \(result.errors)")
    }
  }

  /// Starts a conversion and stops it when its temporary file is there, once more if it was done before that was seen.
  private func stoppedConversion(
    _ path: String
  ) throws -> (process: pid_t, output: CapturedFile, errors: CapturedFile) {
    let name = "b.safetensors"
    while true {
      let (output, errors) = (try CapturedFile(), try CapturedFile())
      let process = try BuiltProgram.start(
        ["convert", path, "-o", folder.file(name), "--json"], output: output.descriptor, errors: errors.descriptor)
      var names = folder.names
      while !names.contains(where: { $0 == name || $0.hasSuffix(".partial") }) {
        usleep(50)
        names = folder.names
      }
      guard names.contains(name) else {
        #expect(kill(process, SIGSTOP) == 0)
        return (process, output, errors)
      }
      #expect(BuiltProgram.exitCode(of: process) == 0)
      try #require(unlink(folder.file(name)) == 0)
    }
  }

  @Test(.hangLimit(minutes: 2)) func anOutputOfWhichTheInputShrankIsRemoved() throws {
    let path = try largeFile()
    let (process, output, errors) = try stoppedConversion(path)
    try #require(truncate(path, 4096) == 0)
    #expect(kill(process, SIGCONT) == 0)
    // Whether it was still copying or already done with that, the output must not appear.
    #expect(BuiltProgram.exitCode(of: process) == 5)
    #expect(folder.names == ["a.safetensors"])
    #expect(errors.text.contains("\(path): the file "), "\(errors.text)")
    let report = try JSONValue(parsing: output.text)
    #expect(report["schema"]?.string == "tfconv.error/1")
    #expect(report["exit_code"]?.int == 5)
    #expect(report["error"]?["message"]?.string?.hasPrefix("\(path): the file ") == true)
  }
}
