import StrictJSON
import Synchronization
import TensorData
import TestSupport
import Testing
import WeightFiles

@Suite struct Shards {
  let folder = TemporaryFolder()
  private let tensors = SampleTensors.all([.f32, .bf16, .u8])

  private func write(maxShardSize: Int) throws -> WriteResult {
    let outputs = OutputSet(replace: false)
    let result = try ShardWriter(maxShardSize: maxShardSize).write(
      SampleTensors.entries(tensors), metadata: [MetadataEntry(key: "format", value: "pt")], toFolder: folder.path,
      in: outputs)
    #expect(folder.names.allSatisfy { $0.hasSuffix(".partial") })
    try outputs.commit()
    return result
  }

  @Test func whatIsSpreadOverShardsIsReadBack() throws {
    let result = try write(maxShardSize: 10_000)
    #expect(result.paths.last == folder.file("model.safetensors.index.json"))
    #expect(folder.names.count == result.paths.count && result.paths.count > 3)
    let checkpoint = try Checkpoint.open(folder.file("model.safetensors.index.json"))
    #expect(checkpoint.notes == [])
    #expect(checkpoint.metadata == [MetadataEntry(key: "format", value: "pt")])
    #expect(checkpoint.files == result.paths.dropLast())
    for (name, tensor) in tensors { #expect(try checkpoint.tensor(named: name).isBitEqual(to: tensor)) }
    #expect(checkpoint.listedNames.count == tensors.count)
  }

  @Test func shardsHoldNoMoreThanAskedForExceptOneLargerTensor() {
    let infos = SampleTensors.entries(tensors).map(\.info)
    let shards = ShardWriter(maxShardSize: 10_000).assign(infos)
    #expect(shards.joined().sorted() == Array(infos.indices))
    for shard in shards {
      #expect(shard.count == 1 || shard.reduce(0) { $0 + infos[$1].byteCount } <= 10_000)
    }
    #expect(shards.contains { $0.count == 1 && infos[$0[0]].byteCount > 10_000 })
    #expect(ShardWriter(maxShardSize: 1).assign([]) == [[]])
  }

  @Test func theFilesDoNotDependOnTheNumberOfThreads() throws {
    let total = tensors.reduce(0) { $0 + $1.tensor.byteCount }
    var written: [[[UInt8]]] = []
    for threads in [1, 2, 5] {
      let folder = TemporaryFolder()
      let counted = Mutex(0)
      let outputs = OutputSet(replace: false)
      let result = try ShardWriter(maxShardSize: 10_000).write(
        SampleTensors.entries(tensors), toFolder: folder.path, in: outputs,
        options: WriteOptions(threads: threads) { count in counted.withLock { $0 = max($0, count) } })
      try outputs.commit()
      #expect(result.paths.dropLast() == result.paths.dropLast().sorted()[...] && result.paths.count > 3)
      #expect(result.byteCount == result.paths.reduce(0) { $0 + TemporaryFolder.read($1).count })
      #expect(counted.withLock { $0 } == total)
      written.append(result.paths.map(TemporaryFolder.read))
    }
    #expect(written[1] == written[0] && written[2] == written[0])
  }

  @Test func theIndexIsWrittenAsTransformersWritesIt() throws {
    _ = try write(maxShardSize: 10_000)
    let text = String(decoding: TemporaryFolder.read(folder.file("model.safetensors.index.json")), as: UTF8.self)
    let index = try JSONValue(parsing: text)
    #expect(text == index.text(indent: 2, sortKeys: true) + "\n")
    #expect(text.hasPrefix("{\n  \"metadata\": {\n    \"total_size\": "))
    #expect(index["metadata"]?["total_size"]?.int == tensors.reduce(0) { $0 + $1.tensor.byteCount })
    #expect(index["weight_map"]?.object?.members.count == tensors.count)
  }

  @Test func whatFitsOneFileGetsNoIndex() throws {
    let result = try write(maxShardSize: 1 << 30)
    #expect(result.paths == [folder.file("model.safetensors")])
    #expect(folder.names == ["model.safetensors"])
  }

  private func index(_ text: String) -> WeightFileError.Category? {
    let path = folder.write(Array(text.utf8), to: "model.safetensors.index.json")
    return refusal { _ = try Checkpoint.open(path) }
  }

  @Test func anIndexThatDisagreesWithItsShardsIsRefused() throws {
    for (name, tensor) in [("one", "a"), ("two", "b")] {
      try SampleTensors.write(
        SampleTensors.entries([(tensor, SampleTensors.tensor(.u8, [2], seed: 1))]), .safetensors,
        to: folder.file("\(name).safetensors"))
    }
    #expect(index(#"{"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}"#) == nil)
    #expect(index(#"{"weight_map":{"a":"one.safetensors","c":"two.safetensors"}}"#) == .missing)
    #expect(index(#"{"weight_map":{"a":"two.safetensors","b":"one.safetensors"}}"#) == .missing)
    #expect(index(#"{"weight_map":{"a":"one.safetensors","b":"three.safetensors"}}"#) == .missing)
    #expect(index(#"{"weight_map":{"a":"one.safetensors","a":"two.safetensors"}}"#) == .duplicate)
    #expect(index(#"{"weight_map":{"a":"./one.safetensors"}}"#) == .traversal)
    #expect(index(#"{"weight_map":{"a":"../x"}}"#) == .traversal)
    #expect(index(#"{"weight_map":{"a":""}}"#) == .badName)
    #expect(index(#"{"weight_map":{"a":"."}}"#) == .badName)
    #expect(index(#"{"weight_map":{"a":null}}"#) == .badType)
    #expect(index(#"{"weight_map":[]}"#) == .badType)
    #expect(index(#"{}"#) == .badHeader)
    #expect(index(#"[]"#) == .badType)
    #expect(index(#""#) == .badJSON)
    #expect(index(#"{"metadata":{"total_size":"4"},"weight_map":{"a":"one.safetensors"}}"#) == .badType)
    #expect(index(#"{"metadata":{"total_size":4e400},"weight_map":{"a":"one.safetensors"}}"#) == .badType)
  }

  @Test func whatTheIndexOverstatesOrLeavesOutIsNoted() throws {
    try SampleTensors.write(
      SampleTensors.entries([
        ("a", SampleTensors.tensor(.u8, [2], seed: 1)), ("b", SampleTensors.tensor(.u8, [3], seed: 1)),
      ]), .safetensors, to: folder.file("one.safetensors"))
    let text = #"{"metadata":{"total_size":9},"weight_map":{"b":"one.safetensors"}}"#
    let checkpoint = try Checkpoint.open(folder.write(Array(text.utf8), to: "model.safetensors.index.json"))
    #expect(checkpoint.tensors.map(\.name) == ["b"])
    #expect(try checkpoint.tensor(named: "b").byteCount == 3)
    #expect(
      checkpoint.notes == [
        "\"a\" lies in one.safetensors but is not in the index; it was left out",
        "the index says that all tensors take 9 bytes; they take 3",
      ])
  }
}
