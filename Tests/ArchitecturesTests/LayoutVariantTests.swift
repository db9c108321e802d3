import Architectures
import StrictJSON
import TensorData
import TestSupport
import Testing

/// The ways in which files differ from the plain table: heads before names, copies, buffers, repetitions, alternatives.
@Suite struct LayoutVariants {
  private func sample(_ name: String) throws -> MappedModel {
    var random = SplitMix64(seed: 3)
    let found = try #require(try SampleModels.all().first { $0.name == name })
    return try SampleModels.model(found.architecture, found.values, &random)
  }

  private func layout(_ name: String, of model: MappedModel) throws -> Layout {
    let found = model.architecture.layout(named: name)
    return try #require(found)
  }

  private func request(_ model: MappedModel, _ layout: Layout) -> MappingRequest {
    var request = MappingRequest()
    request.configs = [SampleModels.config(model.architecture, model.values, layout)]
    return request
  }

  private func renamed(_ source: MemorySource, _ rename: (String) -> String) throws -> MemorySource {
    var result = MemorySource()
    for tensor in source.tensors { result.add(rename(tensor.name), try source.tensor(named: tensor.name)) }
    return result
  }

  @Test func headsThatContainersPutBeforeNamesAreReadOver() throws {
    for (name, layoutName, head) in [
      ("gpt2 lm", "nanogpt", "_orig_mod."), ("gpt2 lm", "hf", "module._orig_mod."),
      ("t5 lm gated", "t5x", "optimizer/"),
      ("bert pooler", "flax", "params/"),
    ] {
      let model = try sample(name)
      let layout = try layout(layoutName, of: model)
      let source = try renamed(MemorySource(model, layout)) { head + $0 }
      let mapped = try ModelMapper.map(source, request(model, layout))
      #expect(mapped.layout.name == layoutName)
      let written = try layout.targets(of: mapped).map(\.name)
      #expect(written.allSatisfy { !$0.hasPrefix(head) }, "the layout's own names are written")
    }
  }

  @Test func t5xIsReadWithAndWithoutTargetAndWrittenWith() throws {
    let model = try sample("t5 lm gated")
    let layout = try layout("t5x", of: model)
    let source = try renamed(MemorySource(model, layout)) { String($0.dropFirst("target/".count)) }
    let mapped = try ModelMapper.map(source, request(model, layout))
    #expect(try layout.targets(of: mapped).allSatisfy { $0.name.hasPrefix("target/") })
  }

  @Test func anyScopeIsReadAndTheOneOfTheTaskIsWritten() throws {
    let model = try sample("bert mlm")
    let layout = try layout("tf2", of: model)
    let source = try MemorySource(model, layout)
    #expect(source.tensors.allSatisfy { $0.name.hasPrefix("tf_bert_for_masked_lm/") })
    let other = try renamed(source) { $0.replacing("tf_bert_for_masked_lm", with: "my_model_7") }
    let mapped = try ModelMapper.map(other, request(model, layout))
    #expect(mapped.layout.name == "tf2")
    #expect(try layout.targets(of: mapped).first?.name == source.tensors.first?.name)
  }

  @Test func theScannedTablesOfRelativePositionsMustBeEqual() throws {
    let model = try sample("t5 lm gated")
    for name in ["t5x-scan", "flaxformer-scan"] {
      let layout = try layout(name, of: model)
      var source = try MemorySource(model, layout)
      let bias = try #require(source.tensors.first { $0.name.hasSuffix("encoder/relpos_bias/rel_embedding") })
      #expect(bias.shape == [3, 12, 8])
      _ = try ModelMapper.map(source, request(model, layout))
      var random = SplitMix64(seed: 5)
      source.add(bias.name, random.tensor(bias.shape))
      let error = #expect(throws: LayoutError.self) { try ModelMapper.map(source, self.request(model, layout)) }
      #expect(error?.kind == .notRepresentable)
      #expect(error?.message.contains("number 1 differs from number 0") == true)
    }
  }

  @Test func flaxformersTableForEachLayerIsReadIfAllAreEqual() throws {
    let model = try sample("t5 lm gated")
    let layout = try layout("t5x", of: model)
    var source = try MemorySource(model, layout)
    for side in ["encoder", "decoder"] {
      let name = "target/\(side)/relpos_bias/rel_embedding"
      let table = try source.tensor(named: name)
      source.remove(name)
      for block in 0..<(side == "encoder" ? 12 : 2) {
        source.add("target/\(side)/layers_\(block)/relpos_bias/rel_embedding", table)
      }
    }
    let mapped = try ModelMapper.map(source, request(model, layout))
    #expect(mapped.parameters.count == model.parameters.count)
    var random = SplitMix64(seed: 5)
    source.add("target/encoder/layers_3/relpos_bias/rel_embedding", random.tensor([3, 8]))
    #expect(throws: LayoutError.self) { try ModelMapper.map(source, self.request(model, layout)) }
  }

  @Test func theHeadForMaskedWordsStoresTheEmbeddingsAgain() throws {
    let model = try sample("bert mlm")
    let layout = try layout("tf2-h5", of: model)
    let targets = try layout.targets(of: model)
    #expect(targets.filter { $0.copyOf != nil }.count == 5)
    let pooled = try sample("bert pooler")
    #expect(try layout.targets(of: pooled).allSatisfy { $0.copyOf == nil })
    var source = try MemorySource(model, layout)
    let copy = try #require(targets.first { $0.copyOf != nil })
    var random = SplitMix64(seed: 5)
    source.add(copy.name, random.tensor(copy.shape))
    #expect(throws: LayoutError.self) { try ModelMapper.map(source, self.request(model, layout)) }
  }

  @Test func aTiedHeadIsWrittenWhereTheLoaderWantsItUnlessToldOtherwise() throws {
    let model = try sample("gpt2 lm")
    for (name, head, isStored) in [
      ("hf", "lm_head.weight", false), ("nanogpt", "lm_head.weight", true), ("mingpt", "lm_head.weight", true),
      ("mingpt-2020", "head.weight", true), ("gguf", "output.weight", false),
    ] {
      let layout = try layout(name, of: model)
      func stores(_ tied: TiedPolicy?) throws -> Bool {
        try layout.targets(of: model, tied: tied).contains { $0.name == head }
      }
      #expect(try stores(nil) == isStored, "\(name)")
      #expect(try stores(.materialize))
      #expect(try !stores(.drop))
    }
  }

  @Test func theCausalMaskOfMinGPTIsWrittenAndChecked() throws {
    let model = try sample("gpt2 lm")
    for (name, buffer) in [("mingpt", "transformer.h.11.attn.bias"), ("mingpt-2020", "blocks.11.attn.mask")] {
      let layout = try layout(name, of: model)
      var source = try MemorySource(model, layout)
      let mask = try source.tensor(named: buffer)
      #expect(mask.shape == [1, 1, 19, 19])
      #expect(try mask.doubles().reduce(0, +) == 190)
      source.add(buffer, try KnownValue.constant(1).filled(dtype: .f32, shape: mask.shape))
      var request = request(model, layout)
      request.layout = name
      #expect(throws: LayoutError.self) { try ModelMapper.map(source, request) }
    }
  }

  @Test func orientationTellsNanoGPTFromHuggingFaceAndTheConfigurationFromMinGPT() throws {
    let model = try sample("gpt2 lm")
    let nano = try layout("nanogpt", of: model)
    let hf = try layout("hf", of: model)
    var source = try MemorySource(model, nano)
    var request = request(model, hf)
    #expect(try ModelMapper.map(MemorySource(model, hf, tied: .materialize), request).layout.name == "hf")
    // With the masks of PyTorch before 2.0, the names are those of minGPT.
    for block in 0..<12 {
      source.add(
        "transformer.h.\(block).attn.bias", try KnownValue.lowerTriangle.filled(dtype: .f32, shape: [1, 1, 19, 19]))
    }
    let error = #expect(throws: LayoutError.self) { try ModelMapper.map(source, request) }
    #expect(error?.message == "names and shapes fit gpt2.nanogpt and gpt2.mingpt alike")
    #expect(error?.hint?.contains("--from") == true)
    request = self.request(model, nano)
    #expect(try ModelMapper.map(source, request).layout.name == "nanogpt")
  }

  @Test func oneNameOfGGUFIsTheOnlyProjectionOrTheSecond() throws {
    for (name, parameter) in [("t5 lm ungated", "wi"), ("t5 lm gated", "up")] {
      let model = try sample(name)
      let layout = try layout("gguf", of: model)
      let mapped = try ModelMapper.map(MemorySource(model, layout), request(model, layout))
      #expect(mapped.locations["encoder.block.11.ff.\(parameter).weight"]?.tensor == "enc.blk.11.ffn_up.weight")
      #expect(mapped.locations["decoder.block.1.ff.\(parameter).weight"]?.tensor == "dec.blk.1.ffn_up.weight")
    }
  }

  @Test func theCounterOfKerasRunsOnFromTheEncoderToTheDecoder() throws {
    let model = try sample("t5 lm gated")
    let layout = try layout("keras-hub-h5", of: model)
    let mapped = try ModelMapper.map(MemorySource(model, layout), request(model, layout))
    let place = "layers/t5_transformer_layer_13/self_attention/query_projector/vars/0"
    #expect(mapped.locations["decoder.block.1.self_attention.q.weight"]?.tensor == place)
    #expect(mapped.values.int("encoder_block") == 12)
  }

  @Test func aCountOfBlocksThatNoModelHasIsRefused() throws {
    let model = try sample("gpt2 lm")
    let layout = try layout("hf", of: model)
    let source = try renamed(MemorySource(model, layout)) { $0.replacing("h.11.", with: "h.999999999.") }
    var request = request(model, layout)
    request.configs[0].object["n_layer"] = nil
    let error = #expect(throws: LayoutError.self) { try ModelMapper.map(source, request) }
    #expect(error?.kind == .contradiction)
  }

  @Test func aBERTOutOfGGUFIsTheEncoderAlone() throws {
    let model = try sample("bert pooler")
    let layout = try layout("gguf", of: model)
    #expect(layout.lost(from: model) == ["pooler.weight", "pooler.bias"])
    let source = try MemorySource(model, layout, allowsLoss: true)
    let mapped = try ModelMapper.map(source, request(model, layout))
    #expect(mapped.values.parts.isEmpty)
    #expect(mapped.parameters.count == model.parameters.count - 2)
  }
}
