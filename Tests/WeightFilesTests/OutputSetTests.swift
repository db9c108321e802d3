import Synchronization
import TensorData
import TestSupport
import Testing
import WeightFiles

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite struct OutputSets {
  let folder = TemporaryFolder()

  private struct Broken: Error {}

  @Test func filesAppearTogetherOnCommit() throws {
    let outputs = OutputSet(replace: false)
    try outputs.add([1, 2], path: folder.file("a"))
    try outputs.add([3], path: folder.file("b"))
    #expect(folder.names.count == 2 && folder.names.allSatisfy { $0.hasPrefix(".") && $0.hasSuffix(".partial") })
    #expect(outputs.paths == [folder.file("a"), folder.file("b")])
    try outputs.commit()
    #expect(folder.names == ["a", "b"])
    #expect(TemporaryFolder.read(folder.file("a")) == [1, 2])
  }

  @Test func nothingIsLeftWithoutACommit() throws {
    do {
      let outputs = OutputSet(replace: false)
      try outputs.add([1], path: folder.file("a"))
      #expect(folder.names.count == 1)
    }
    #expect(folder.names == [])
  }

  @Test func aTensorThatCannotBeHadLeavesTheOldFileAndNothingElse() throws {
    let path = folder.write([7], to: "a.safetensors")
    let good = WriteEntry(TensorInfo(name: "a", dtype: .u8, shape: [1])) { SampleTensors.tensor(.u8, [1], seed: 1) }
    let bad = WriteEntry(TensorInfo(name: "b", dtype: .u8, shape: [1])) { () throws -> Tensor in throw Broken() }
    #expect(throws: Broken.self) {
      try SampleTensors.write([good, bad], .safetensors, to: path, replace: true)
    }
    #expect(folder.names == ["a.safetensors"])
    #expect(TemporaryFolder.read(path) == [7])
  }

  @Test func whatExistsIsReplacedOnlyOnRequest() throws {
    let path = folder.write([7], to: "a")
    #expect(refusal { try OutputSet(replace: false).add([1], path: path) } == .exists)
    #expect(TemporaryFolder.read(path) == [7])
    let outputs = OutputSet(replace: true)
    try outputs.add([1], path: path)
    try outputs.commit()
    #expect(TemporaryFolder.read(path) == [1])
  }

  @Test func aFileThatAppearsMeanwhileIsNotReplaced() throws {
    let outputs = OutputSet(replace: false)
    try outputs.add([1], path: folder.file("first"))
    try outputs.add([1], path: folder.file("a"))
    folder.write([7], to: "a")
    #expect(refusal { try outputs.commit() } == .exists)
    #expect(TemporaryFolder.read(folder.file("a")) == [7])
    #expect(!folder.names.contains("first"))
  }

  @Test func aSetThatCannotBeMovedPutsTheOldFilesBack() throws {
    for name in ["a", "c"] { folder.write([7], to: name) }
    let outputs = OutputSet(replace: true)
    for name in ["a", "b", "new", "c"] { try outputs.add([1], path: folder.file(name)) }
    // The third is in the way of a folder that appears meanwhile.
    #expect(mkdir(folder.file("new"), 0o755) == 0)
    let error = #expect(throws: WeightFileError.self) { try outputs.commit() }
    #expect(error?.errorNumber == EISDIR && error?.path == folder.file("new"))
    #expect(folder.names.filter { !$0.hasSuffix(".partial") } == ["a", "c", "new"])
    for name in ["a", "c"] { #expect(TemporaryFolder.read(folder.file(name)) == [7]) }
  }

  @Test func aReplacedSetLeavesNoSecondNames() throws {
    for name in ["a", "b"] { folder.write([7], to: name) }
    let outputs = OutputSet(replace: true)
    for name in ["a", "b"] { try outputs.add([1], path: folder.file(name)) }
    try outputs.commit()
    #expect(folder.names == ["a", "b"])
    for name in ["a", "b"] { #expect(TemporaryFolder.read(folder.file(name)) == [1]) }
  }

  @Test func permissionsOfAReplacedFileAreKept() throws {
    let path = folder.write([7], to: "a")
    chmod(path, 0o600)
    let outputs = OutputSet(replace: true)
    try outputs.add([1], path: path)
    try outputs.commit()
    var status = stat()
    stat(path, &status)
    #expect(status.st_mode & 0o777 == 0o600)
  }

  @Test func whatAKilledRunLeftBehindIsRemovedByTheNext() throws {
    folder.write([1], to: ".a.tfconv-1-1.partial")
    folder.write([1], to: ".b.tfconv-1-1.partial")
    let living = OutputSet(replace: true)
    try living.add([1], path: folder.file("a"))
    #expect(folder.names.count == 2)
    let outputs = OutputSet(replace: true)
    try outputs.add([2], path: folder.file("a"))
    #expect(folder.names.count == 3)
    try outputs.commit()
    try living.commit()
    #expect(folder.names == [".b.tfconv-1-1.partial", "a"])
    #expect(TemporaryFolder.read(folder.file("a")) == [1])
  }

  @Test func whatAKilledRunWasReplacingIsPutBack() throws {
    folder.write([2], to: "a")
    folder.write([1], to: ".a.tfconv-9-2.old")
    folder.write([1], to: ".b.tfconv-9-1.last")
    folder.write([2], to: ".b.tfconv-9-0.partial")
    try OutputSet.settle(folder: folder.path)
    #expect(folder.names == [".b.tfconv-9-0.partial", "a", "b"])
    for name in ["a", "b"] { #expect(TemporaryFolder.read(folder.file(name)) == [1]) }
  }

  @Test func whatAKilledRunHadReplacedStaysReplaced() throws {
    for name in ["a", "b"] { folder.write([2], to: name) }
    folder.write([1], to: ".a.tfconv-9-2.old")
    let outputs = OutputSet(replace: true)
    try outputs.add([3], path: folder.file("b"))
    #expect(TemporaryFolder.read(folder.file("a")) == [2])
    try outputs.commit()
    #expect(folder.names == ["a", "b"])
  }

  @Test func placesThatAreNoFilesAreRefused() {
    mkfifo(folder.file("pipe"), 0o600)
    for place in [folder.path, folder.file("pipe"), "/dev/null"] {
      #expect(refusal { try OutputSet(replace: true).add([1], path: place) } == .notRegular, "\(place)")
    }
    let error = #expect(throws: WeightFileError.self) {
      try OutputSet(replace: true).add([1], path: folder.file("absent/a"))
    }
    #expect(error?.category == .io)
    #expect(error?.errorNumber == ENOENT)
  }

  @Test func longNamesAreNoObstacle() throws {
    let path = folder.file(String(repeating: "é", count: 127))
    let outputs = OutputSet(replace: false)
    try outputs.add([1], path: path)
    try outputs.commit()
    #expect(TemporaryFolder.read(path) == [1])
  }

  @Test func whatIsBeingWrittenIsKnownToSignalHandlers() throws {
    TemporaryFiles.prepare()
    let outputs = OutputSet(replace: false)
    for name in ["a", "b"] { try outputs.add([1], path: folder.file(name)) }
    let live = Set(folder.names.map { folder.file($0) })
    #expect(live.count == 2)
    #expect(live.isSubset(of: TemporaryFiles.livePaths))
    try outputs.commit()
    #expect(live.isDisjoint(with: TemporaryFiles.livePaths))
  }

  @Test(arguments: [0, 1, 4, 10], [1, 2])
  func progressCountsTheBytesOfTheTensors(_ compression: Int, _ threads: Int) throws {
    let largest = Mutex(0)
    let tensors = SampleTensors.all([.f32, .u8])
    let options = WriteOptions(compression: compression, threads: threads) { count in
      largest.withLock { $0 = max($0, count) }
    }
    let path = folder.file("a.npz")
    try SampleTensors.write(SampleTensors.entries(tensors), .npz, to: path, options: options)
    #expect(largest.withLock { $0 } == tensors.reduce(0) { $0 + $1.tensor.byteCount })
  }
}
