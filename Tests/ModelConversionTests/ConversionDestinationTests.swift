import TestSupport
import Testing
import WeightFiles

@testable import ModelConversion

@Suite struct ConversionDestinations {
  let folder = TemporaryFolder()

  private func options(_ format: WeightFormat, shards: Int? = nil) -> ConversionOptions {
    var options = ConversionOptions(format: format)
    options.maxShardSize = shards
    return options
  }

  @Test func theExtensionOfAFormatMeansAFile() throws {
    let file = try ConversionDestination("some/bert.npz", options(.npz))
    #expect(file.directory == nil && file.weights == "some/bert.npz")
    #expect(file.path(of: "config.json") == "some/bert.config.json")
    let stream = try ConversionDestination("-", options(.npz))
    #expect(stream.directory == nil && stream.weights == "-")
  }

  @Test func anyOtherNameMeansADirectory() throws {
    let directory = try ConversionDestination("out/bert-v1.5", options(.safetensors))
    #expect(directory.directory == "out/bert-v1.5" && directory.weights == "out/bert-v1.5/model.safetensors")
    #expect(directory.path(of: "config.json") == "out/bert-v1.5/config.json")
    #expect(try ConversionDestination("out/", options(.npz)).weights == "out/model.npz")
  }

  @Test func aDirectoryThatIsCalledLikeAFileStaysOne() throws {
    let made = try ConversionDestination(folder.file("odd"), options(.npz)).makeDirectories([])
    #expect(made.paths == [folder.file("odd")])
    let odd = folder.file("odd")
    #expect(try ConversionDestination(odd, options(.safetensors)).directory == odd)
  }

  @Test func whatMisleadsIsRefused() {
    for (path, options) in [
      ("a.npz", options(.safetensors)), ("a.safetensors", options(.npz)), ("a.bin", options(.npz)),
      ("a.gguf", options(.safetensors)), ("a.safetensors", options(.safetensors, shards: 100)),
      ("-", options(.safetensors, shards: 100)), ("a", options(.npz, shards: 100)),
    ] {
      let error = #expect(throws: ModelError.self) { try ConversionDestination(path, options) }
      #expect(error?.kind == .cannotConvert && error?.hint != nil, "\(path)")
    }
  }

  @Test func aDirectoryIsMadeOnceAndSaidToBeNew() throws {
    let destination = try ConversionDestination(folder.file("new"), options(.npz))
    let made = try destination.makeDirectories([])
    #expect(made.paths == [folder.file("new")] && folder.names == ["new"])
    #expect(try destination.makeDirectories([]).paths.isEmpty)
    do {
      let inner = try destination.makeDirectories(["a", "a/b"])
      #expect(inner.paths == [folder.file("new/a"), folder.file("new/a/b")])
    }
    #expect(TemporaryFolder.names(in: folder.file("new")).isEmpty, "what was not kept goes away, inner folders first")
    let deep = try ConversionDestination(folder.file("no/such/place"), options(.npz))
    let error = #expect(throws: ModelError.self) { try deep.makeDirectories([]) }
    #expect(error?.kind == .io && error?.message.hasSuffix("No such file or directory") == true)
  }

  @Test func weightsThatReadersWouldNotFindAreRefused() throws {
    folder.write([1], to: "model.safetensors")
    let npz = try ConversionDestination(folder.path, options(.npz))
    let error = #expect(throws: ModelError.self) { try npz.checkNothingShadows(npz.weights) }
    #expect(error?.kind == .io && error?.message.contains("already holds model.safetensors") == true)
    let same = try ConversionDestination(folder.path, options(.safetensors))
    #expect(throws: Never.self) { try same.checkNothingShadows(same.weights) }
    let file = try ConversionDestination(folder.file("other.npz"), options(.npz))
    #expect(throws: Never.self) { try file.checkNothingShadows(file.weights) }
  }
}
