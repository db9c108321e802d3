import Architectures
import TensorData
import TensorGraph
import TestSupport
import Testing

/// Three sweeps over every registered architecture and layout stand in for a type system over names.
@Suite struct LayoutSweep {
  @Test func everyRowNamesExactlyTheCanonicalAxes() {
    for architecture in ArchitectureRegistry.all {
      for layout in architecture.layouts {
        for row in layout.rows {
          guard let parameter = architecture.parameters.first(where: { $0.name == row.canonical }) else {
            Issue.record("\(architecture.name).\(layout.name): no parameter \(row.canonical)")
            continue
          }
          let free = Set(row.axes.names).subtracting(row.at.keys)
          let stacked = Set(parameter.name.holes).subtracting(row.names[0].holes)
          let filled = parameter.name.holes.filter { !row.names[0].holes.contains($0) && !row.axes.names.contains($0) }
          #expect(
            free.subtracting(stacked) == Set(parameter.axes), "\(architecture.name).\(layout.name) \(row.names[0])")
          #expect(filled.isEmpty, "\(architecture.name).\(layout.name) \(row.names[0]) leaves \(filled) open")
        }
        let names = layout.rows.map { "\($0.names[0])\($0.at)" }
        #expect(Set(names).count == names.count, "\(architecture.name).\(layout.name) has a name twice")
      }
    }
  }

  @Test func theGraphAsksForExactlyTheParametersInTheTable() throws {
    for (name, architecture, values) in try SampleModels.all() {
      let graph = architecture.graph(values)
      let table = Set(
        architecture.instances(values).filter { !values.isTied($0.parameter) }.map(\.name))
      #expect(Set(graph.usedParameters) == table, "\(name)")
    }
  }

  @Test func randomTensorsReadBackBitEqualFromEveryLayout() throws {
    var random = SeededRandom(seed: 7)
    for (name, architecture, values) in try SampleModels.all() {
      let origin = try model(architecture, values, &random)
      for layout in architecture.layouts {
        if layout.name == "tf1", !values.flag("tied_head"), architecture.name != "t5" { continue }
        let stored = try written(origin, layout)
        var request = MappingRequest()
        request.configs = [SampleModels.config(architecture, values, layout)]
        let back = try ModelMapper.map(stored, request)
        #expect(back.layout.name == layout.name, "\(name)")
        #expect(Set(back.parameters.map(\.name)) == Set(origin.parameters.map(\.name)), "\(name) in \(layout.name)")
        for parameter in origin.parameters {
          let isEqual = try back.parameter(named: parameter.name).isBitEqual(
            to: origin.parameter(named: parameter.name))
          #expect(isEqual, "\(name) in \(layout.name): \(parameter.name)")
        }
        // The original GPT-2 release has no base model: its files always have a head.
        if back.values.string("task") == values.string("task") {
          #expect(back.graph().description == architecture.graph(values).description, "\(name) in \(layout.name)")
        }
      }
    }
  }

  /// A model with random values, mapped from its `hf` spelling.
  private func model(
    _ architecture: any Architecture.Type, _ values: Hyperparameters, _ random: inout SeededRandom
  ) throws -> MappedModel {
    let hf = architecture.layouts[0]
    var source = MemorySource()
    for instance in architecture.instances(values) where !values.isTied(instance.parameter) {
      let row = try #require(hf.rows.first { $0.canonical == instance.parameter.name })
      let shape = try #require(row.axes.shape(values.sizes))
      source.add(row.names[0].filled(instance.indices), random.tensor(shape))
    }
    var request = MappingRequest()
    request.configs = [SampleModels.config(architecture, values, hf)]
    return try ModelMapper.map(source, request)
  }

  private func written(_ model: MappedModel, _ layout: Layout) throws -> MemorySource {
    var source = MemorySource()
    for target in try layout.targets(of: model) {
      source.add(target.name, try target.tensor(from: model, dtype: .f32))
    }
    return source
  }
}
