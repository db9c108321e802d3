import TensorData
import TestSupport
import Testing

@testable import Architectures

/// Names as containers and frameworks change them: read by what remains, and written without.
@Suite struct NameWrappings {
  /// A way to change the names of a file.
  private struct Dress: Sendable {
    let name: String
    let change: @Sendable (String) -> String
  }

  /// Every name of the file `/`-joined or `.`-joined gets a prefix in its own way of joining.
  private static func prefixed(_ parts: String...) -> @Sendable (String) -> String {
    { name in
      let joiner = name.contains("/") ? "/" : "."
      return (parts + [name]).joined(separator: joiner)
    }
  }

  private static func parts(_ name: String) -> [String] {
    (name.hasSuffix(":0") ? String(name.dropLast(2)) : name).split { "/.".contains($0) }.map(String.init)
  }

  /// A module put in after the first number, or else after the first part.
  private static func inside(_ wrapper: String) -> @Sendable (String) -> String {
    { name in
      let joiner = name.contains("/") ? "/" : "."
      var parts = name.split(separator: joiner[...]).map(String.init)
      let number = parts.firstIndex { Int($0) != nil } ?? 0
      parts.insert(wrapper, at: min(number + 1, parts.count - 1))
      return parts.joined(separator: joiner)
    }
  }

  private static let dresses = [
    Dress(name: "Lightning", change: prefixed("model")),
    Dress(name: "sentence-transformers", change: prefixed("0", "auto_model")),
    Dress(name: "PEFT, merged", change: prefixed("base_model", "model")),
    Dress(name: "a user's own", change: prefixed("net", "backbone_7", "x")),
    Dress(name: "DataParallel in a Lightning module", change: prefixed("model", "module")),
    Dress(name: "torch.compile in Fabric", change: prefixed("_forward_module", "_orig_mod")),
    Dress(name: "FSDP between layers", change: inside("_fsdp_wrapped_module")),
    Dress(
      name: "FSDP and checkpointing and a prefix",
      change: { prefixed("student")(inside("_checkpoint_wrapped_module")(inside("_fsdp_wrapped_module")($0))) }),
    Dress(name: "dots", change: { parts($0).joined(separator: ".") }),
    Dress(name: "slashes", change: { parts($0).joined(separator: "/") }),
    Dress(name: "bars", change: { parts($0).joined(separator: "|") }),
    Dress(name: "a tuple", change: { "('params', " + parts($0).map { "'\($0)'" }.joined(separator: ", ") + ")" }),
    Dress(name: "keystr", change: { parts($0).map { "['\($0)']" }.joined() }),
    Dress(name: "a number of the output", change: { $0.hasSuffix(":0") ? String($0.dropLast(2)) : $0 + ":0" }),
    Dress(name: "an HDF5 path", change: { "/" + parts($0).joined(separator: "/") + ":0" }),
    Dress(
      name: "an object-based checkpoint",
      change: { "model/" + parts($0).joined(separator: "/") + "/.ATTRIBUTES/VARIABLE_VALUE" }),
  ]

  private func renamed(_ source: MemorySource, _ rename: (String) -> String) throws -> MemorySource {
    var result = MemorySource()
    for tensor in source.tensors { result.add(rename(tensor.name), try source.tensor(named: tensor.name)) }
    return result
  }

  private func sample(_ name: String, blocks: Int = 2) throws -> MappedModel {
    var random = SplitMix64(seed: 3)
    let found = try #require(try SampleModels.all(blocks: blocks).first { $0.name == name })
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

  @Test(arguments: ["bert pooler+mlm+nsp", "gpt2 lm", "t5 lm gated"], dresses.indices)
  func everyLayoutIsFoundByWhatRemains(name: String, index: Int) throws {
    let dress = NameWrappings.dresses[index]
    let model = try sample(name)
    for layout in model.architecture.layouts {
      let plain = try MemorySource(model, layout, allowsLoss: true)
      var request = request(model, layout)
      request.layout = layout.name
      let expected = try ModelMapper.map(plain, request)
      let source = try renamed(plain, dress.change)
      let mapped = try ModelMapper.map(source, request)
      for (parameter, location) in expected.locations {
        let found = try #require(mapped.locations[parameter], "\(layout.name) in \(dress.name): no \(parameter)")
        #expect(
          found.tensor == dress.change(location.tensor), "\(layout.name) in \(dress.name): another \(parameter)")
      }
      #expect(
        try layout.targets(of: mapped, allowsLoss: true).map(\.name)
          == layout.targets(of: expected, allowsLoss: true).map(\.name))
      let isChanged = source.tensors.map(\.name) != plain.tensors.map(\.name)
      #expect(
        mapped.notes.contains { $0.hasPrefix("names are read as those of") } == isChanged,
        "\(layout.name) in \(dress.name)")
    }
  }

  @Test(arguments: dresses.indices) func theLayoutNeedNotBeNamed(index: Int) throws {
    for (name, layouts) in [
      ("bert mlm", ["hf", "tf1", "flax"]), ("gpt2 lm", ["hf", "tf1", "flax"]),
      ("t5 lm gated", ["hf", "tf1", "flax", "t5x"]),
    ] {
      let model = try sample(name)
      for layout in try layouts.map({ try layout($0, of: model) }) {
        let source = try renamed(MemorySource(model, layout, allowsLoss: true), NameWrappings.dresses[index].change)
        #expect(
          try ModelMapper.map(source, request(model, layout)).layout.name == layout.name,
          "\(NameWrappings.dresses[index].name)")
      }
    }
  }

  @Test func whatWasTakenOffIsSaid() throws {
    let model = try sample("bert mlm")
    let hf = model.architecture.layouts[0]
    let source = try renamed(MemorySource(model, hf)) { "model._orig_mod." + $0 }
    #expect(
      try ModelMapper.map(source, request(model, hf)).notes
        == ["names are read as those of bert.hf without model. before them, without _orig_mod in them"])
    let flax = try layout("flax", of: model)
    let dotted = try renamed(MemorySource(model, flax)) { $0.replacing("/", with: ".") }
    #expect(
      try ModelMapper.map(dotted, request(model, flax)).notes
        == ["names are read as those of bert.flax with their parts joined by / instead of ."])
  }

  @Test func aPrefixOfAFewNamesIsNotTakenOff() throws {
    let model = try sample("bert pooler")
    let hf = model.architecture.layouts[0]
    var source = try MemorySource(model, hf)
    var random = SplitMix64(seed: 5)
    source.add("crf.classifier.weight", random.tensor([7, 15]))
    source.add("crf.classifier.bias", random.tensor([7]))
    let error = #expect(throws: LayoutError.self) { try ModelMapper.map(source, self.request(model, hf)) }
    #expect(error?.details.contains { $0.hasPrefix("no place for crf.classifier.weight") } == true)
  }

  @Test func whatLacksThePrefixOfTheOthersHasNoPlace() throws {
    let model = try sample("bert pooler")
    let hf = model.architecture.layouts[0]
    var source = try renamed(MemorySource(model, hf)) { "model." + $0 }
    var random = SplitMix64(seed: 5)
    source.add("classifier.weight", random.tensor([7, 15]))
    source.add("classifier.bias", random.tensor([7]))
    let error = #expect(throws: LayoutError.self) { try ModelMapper.map(source, self.request(model, hf)) }
    #expect(error?.details.contains { $0.hasPrefix("no place for classifier.weight") } == true)
    var allowing = request(model, hf)
    allowing.allowedUnmapped = ["classifier.weight", "classifier.bias"]
    #expect(try ModelMapper.map(source, allowing).parameters.count == model.parameters.count)
  }

  @Test(arguments: [
    ["model.", "ema_model."], ["question_encoder.", "ctx_encoder."], ["models.0.", "models.1.", "models.2."],
  ])
  func severalModelsInOneFileAreRefusedByTheirPrefixes(prefixes: [String]) throws {
    let model = try sample("bert pooler")
    let hf = model.architecture.layouts[0]
    let plain = try MemorySource(model, hf)
    var source = MemorySource()
    for prefix in prefixes {
      for tensor in plain.tensors { source.add(prefix + tensor.name, try plain.tensor(named: tensor.name)) }
    }
    let error = #expect(throws: LayoutError.self) { try ModelMapper.map(source, self.request(model, hf)) }
    #expect(error?.message.hasPrefix("the file holds \(prefixes.count) models") == true)
    #expect(error?.details.sorted() == prefixes.sorted())
    guard prefixes.count == 2 else { return }
    var one = request(model, hf)
    one.allowedUnmapped = TensorSelection(
      named: Set(source.tensors.map(\.name).filter { !$0.hasPrefix(prefixes[0]) }), fitting: [])
    #expect(try ModelMapper.map(source, one).parameters.count == model.parameters.count)
  }

  @Test func aWholeLayoutCountsMoreThanOneUnderAPrefix() throws {
    // MLX spells GPT-2 as Hugging Face does under `model.`, but with its matrices the other way round.
    let model = try sample("gpt2 base")
    for layout in try ["mlx", "hf"].map({ try layout($0, of: model) }) {
      let plain = try MemorySource(model, layout)
      let source = layout.name == "mlx" ? plain : try renamed(plain) { "model." + $0 }
      #expect(source.tensors.contains { $0.name == "model.wte.weight" })
      let mapped = try ModelMapper.map(source, request(model, model.architecture.layouts[0]))
      #expect(mapped.layout.name == layout.name)
    }
  }

  @Test func aCounterOfAveragedModelsAndOptimiserStateNeedNoPrefix() throws {
    let model = try sample("bert pooler")
    let hf = model.architecture.layouts[0]
    var source = try renamed(MemorySource(model, hf)) { "module." + $0 }
    var random = SplitMix64(seed: 5)
    source.add("n_averaged", random.tensor([]))
    #expect(try ModelMapper.map(source, request(model, hf)).parameters.count == model.parameters.count)
    let flax = try layout("flax", of: model)
    source = try renamed(MemorySource(model, flax)) { "params/params/" + $0 }
    source.add("opt_state/0/mu/params/bert/pooler/dense/kernel", random.tensor([3]))
    source.add("step", random.tensor([]))
    #expect(try ModelMapper.map(source, request(model, flax)).parameters.count == model.parameters.count)
  }
}
