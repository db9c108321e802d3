import GraphRuntime
import TensorData
import TensorGraph
import TestSupport
import Testing
import WeightFiles

@testable import Architectures

/// A perceptron that exists in the tests alone: real inputs, and another width in each layer.
private enum Perceptron: Architecture {
  static let name = "perceptron"
  static let parameters: [Parameter] = [
    Parameter("layer.{layer}.weight", "width{layer} width{layer+1}"), Parameter("layer.{layer}.bias", "width{layer+1}"),
  ]

  /// The names of torch's `nn.Sequential`, whose activations have numbers too, of Keras and of Flax.
  static let layouts: [Layout] = [
    layout("torch", "{2*layer}.weight", "width{layer+1} width{layer}", bias: "{2*layer}.bias"),
    layout("keras", "dense{_layer}/kernel:0", "width{layer} width{layer+1}", bias: "dense{_layer}/bias:0"),
    layout("flax", "Dense_{layer}/kernel", "width{layer} width{layer+1}", bias: "Dense_{layer}/bias"),
  ]

  private static func layout(_ name: String, _ weight: NameTemplate, _ axes: Axes, bias: NameTemplate) -> Layout {
    Layout(
      name, source: "a test", config: ConfigDialect("config.json", irrelevant: nil, keys: []),
      rows: [
        LayoutRow("layer.{layer}.weight", weight, axes), LayoutRow("layer.{layer}.bias", bias, "width{layer+1}"),
      ])
  }

  static func complete(_ values: inout Hyperparameters) throws(LayoutError) { try values.require("layer") }
  static func usualTask(_ parts: Set<String>) -> String { "base" }

  static func forward(_ g: inout Graph, _ values: Hyperparameters) throws(LayoutError) {
    var x = g.input("x", .features, axes: ["batch", "width0"])
    let count = values.int("layer") ?? 0
    for layer in 0..<count {
      x = g.linear("layer.\(layer)", x)
      if layer + 1 < count { x = g.activation("layer.\(layer).activation", x, .relu) }
    }
    g.output("y", .logits, x)
  }

  /// Maps tensors through a layout; the registry, which does not know the model, is left out.
  static func map(_ source: any TensorSource, _ layout: Layout) throws -> MappedModel {
    let names = StoredNames(source.tensors)
    let request = MappingRequest()
    let candidate = ModelMapper.Candidate(
      Perceptron.self, layout, names, LayoutMatch(layout, names), stored: names, request)
    var mapping = ModelMapping(candidate, source, request)
    return try mapping.result()
  }

  /// The tensors in which a layout stores a model.
  static func stored(_ model: MappedModel, in layout: Layout) throws -> MemorySource {
    var source = MemorySource()
    for target in try layout.targets(of: model) {
      source.add(
        target.name, try target.tensor(from: model, dtype: model.parameter(named: target.pieces[0].parameter).dtype))
    }
    return source
  }
}

/// Sizes that differ from one instance of a parameter to the next.
@Suite struct InstanceSizesTests {
  @Test func aNumberInBracesMakesAnAxisForEachIndex() {
    let axes: Axes = "(heads width{layer+1}) width{layer}"
    #expect(axes.filled(["layer": 2]).description == "(heads width3) width2")
    #expect(axes.filled([:]) == axes)
    #expect(axes.description == "(heads width{layer+1}) width{layer}")
    for malformed in [
      "a{", "a}", "{layer}", "a{layer", "a{}", "a{layer+}", "a{layer}b", "a+b", "a{b{c}}", "a{layer+x}",
    ] {
      #expect(Axes(parsing: malformed) == nil, "\(malformed)")
    }
  }

  @Test func widthsFollowFromTheShapes() throws {
    var generator = SplitMix64(seed: 50)
    for widths in [[5, 3, 8, 2], [7, 7], [1, 4, 1, 4, 1]] {
      var source = MemorySource()
      for layer in widths.indices.dropLast() {
        source.add("\(2 * layer).weight", generator.tensor([widths[layer + 1], widths[layer]]))
        source.add("\(2 * layer).bias", generator.tensor([widths[layer + 1]]))
      }
      let model = try Perceptron.map(source, Perceptron.layouts[0])
      #expect(model.values.int("layer") == widths.count - 1)
      for (index, width) in widths.enumerated() { #expect(model.values.int("width\(index)") == width) }
      #expect(try model.graph().output("y")?.values[0].axes == ["batch", "width\(widths.count - 1)"])
      for layout in Perceptron.layouts {
        let other = try Perceptron.map(Perceptron.stored(model, in: layout), layout)
        for instance in model.parameters {
          #expect(
            try other.parameter(named: instance.name).contiguous()
              .isBitEqual(to: model.parameter(named: instance.name).contiguous()))
        }
        let back = try Perceptron.stored(other, in: Perceptron.layouts[0])
        #expect(back.tensors.map(\.name).sorted() == source.tensors.map(\.name).sorted())
        for tensor in source.tensors {
          #expect(
            try back.tensor(named: tensor.name).isBitEqual(to: source.tensor(named: tensor.name)), "\(tensor.name)")
        }
      }
    }
  }

  @Test func layersThatDoNotFitEachOtherAreNamed() throws {
    var generator = SplitMix64(seed: 51)
    var source = MemorySource()
    for (layer, shape) in [[3, 5], [8, 4]].enumerated() {
      source.add("\(2 * layer).weight", generator.tensor(shape))
      source.add("\(2 * layer).bias", generator.tensor([shape[0]]))
    }
    let error = #expect(throws: LayoutError.self) { try Perceptron.map(source, Perceptron.layouts[0]) }
    #expect(
      error?.details == ["2.weight: stored [8, 4], expected [8, 3], that is (width2 width1) with width2=8, width1=3"])
  }

  @Test(arguments: ["torch", "keras", "flax"])
  func theModelIsTheSameInEachFramework(_ name: String) throws {
    let layout = try #require(Perceptron.layouts.first { $0.name == name })
    let model = try Perceptron.map(Checkpoint.open(Fixtures.path("mlp/\(name).npz")), layout)
    let recorded = try Checkpoint.open(Fixtures.path("mlp/ref.npz"))
    for precision in Precision.allCases {
      let executor = try GraphExecutor(model.graph(), parameters: model, precision: precision)
      let y = try #require(executor.run(inputs: ["x": recorded.tensor(named: "x")])["y"])
      let expected = try recorded.tensor(named: "y").doubles()
      for (a, b) in zip(try y.doubles(), expected) { #expect(abs(a - b) < 1e-6) }
    }
  }
}
