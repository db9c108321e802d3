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
          let name = row.names[0]
          let free = Set(row.axes.names).subtracting(row.at.keys)
          let stacked = parameter.name.holes.filter { !name.holes.contains($0) }
          let whole = "\(architecture.name).\(layout.name) \(name)"
          #expect(free.subtracting(stacked + [row.repeated ?? ""]) == Set(parameter.axes), "\(whole)")
          #expect(stacked.allSatisfy(row.axes.names.contains), "\(whole) leaves \(stacked) open")
          if let repeated = row.repeated {
            #expect(free.contains(repeated) || name.holes.contains(repeated), "\(whole) is not repeated")
          }
          #expect(NameTemplate(parsing: name.description) == name)
          #expect(Axes(parsing: row.axes.description) == row.axes)
        }
        let names = layout.rows.map { row in
          "\(row.names[0])\(row.at.sorted { $0.key < $1.key }) \(alternative(row, architecture))"
        }
        #expect(Set(names).count == names.count, "\(architecture.name).\(layout.name) has a name twice")
      }
    }
  }

  /// The part that tells two parameters of one name apart.
  private func alternative(_ row: LayoutRow, _ architecture: any Architecture.Type) -> String {
    architecture.parameters.first { $0.name == row.canonical }?.part ?? ""
  }

  @Test func theGraphAsksForExactlyTheParametersInTheTable() throws {
    for (name, architecture, values) in try SampleModels.all() {
      let graph = try architecture.graph(values)
      let table = Set(
        architecture.instances(values).filter { !values.isTied($0.parameter) }.map(\.name))
      #expect(Set(graph.usedParameters) == table, "\(name)")
    }
  }

  @Test func randomTensorsReadBackBitEqualFromEveryLayout() throws {
    var random = SplitMix64(seed: 7)
    for (name, architecture, values) in try SampleModels.all() {
      let origin = try SampleModels.model(architecture, values, &random)
      for layout in architecture.layouts where layout.lost(from: origin).isEmpty {
        let back = try recognised(MemorySource(origin, layout), as: layout, architecture, origin.values)
        let place = "\(name) in \(layout.name)"
        #expect(back.layout.name == layout.name, "\(place)")
        let own = back.parameters.filter { !back.values.isTied($0.parameter) }
        let hasSameParameters = Set(own.map(\.name)) == Set(origin.parameters.map(\.name))
        #expect(hasSameParameters, "\(place)")
        for parameter in origin.parameters {
          let isEqual = try back.parameter(named: parameter.name).isBitEqual(
            to: origin.parameter(named: parameter.name))
          #expect(isEqual, "\(place): \(parameter.name)")
        }
        // Whether a head is tied or scaled that the model does not have says nothing.
        let ties = Set(architecture.parameters.filter { $0.tiedTo != nil }.map(\.tie)).subtracting(
          architecture.instances(values).filter { $0.parameter.tiedTo != nil }.map(\.parameter.tie))
        let headless: Set<String> = origin.values.parts.contains("lm") ? [] : ["scale_decoder_outputs"]
        for (key, entry) in origin.values.entries
        where !ties.union(headless).contains(key) && !key.hasSuffix("_token_id") {
          #expect(back.values[key] == entry.value, "\(place): \(key)")
        }
        let isSameGraph = try back.graph().description == origin.graph().description
        #expect(isSameGraph, "\(place)")
      }
    }
  }

  @Test func aLayoutWithoutAPlaceRefusesUnlessLossIsAllowed() throws {
    var random = SplitMix64(seed: 11)
    for (name, architecture, values) in try SampleModels.all() {
      let origin = try SampleModels.model(architecture, values, &random)
      for layout in architecture.layouts {
        let lost = layout.lost(from: origin)
        if lost.isEmpty { continue }
        let error = #expect(throws: LayoutError.self) { try layout.targets(of: origin) }
        #expect(error?.details == lost, "\(name) in \(layout.name)")
        let targets = try layout.targets(of: origin, allowsLoss: true)
        let kept = Set(targets.flatMap(\.pieces).map(\.parameter))
        #expect(kept == Set(origin.parameters.map(\.name)).subtracting(lost), "\(name) in \(layout.name)")
        #expect(!targets.isEmpty)
      }
    }
  }

  @Test func everyLayoutGoesToEveryOtherAndBackToTheSameTensors() throws {
    var random = SplitMix64(seed: 13)
    var pairs = 0
    let deep = ["bert ", "bert pooler+mlm+nsp", "gpt2 lm", "t5 lm gated"]
    let samples = try SampleModels.all().filter { deep.contains($0.name) } + SampleModels.all(blocks: 2)
    for (name, architecture, values) in samples {
      let origin = try SampleModels.model(architecture, values, &random)
      let layouts = architecture.layouts.filter { $0.lost(from: origin).isEmpty }
      var requests: [String: MappingRequest] = [:]
      for layout in layouts {
        var request = MappingRequest()
        request.architecture = architecture.name
        request.layout = layout.name
        request.configs = [SampleModels.config(architecture, origin.values, layout)]
        requests[layout.name] = request
      }
      for first in layouts {
        let source = try MemorySource(origin, first)
        let model = try ModelMapper.map(source, try #require(requests[first.name]))
        for second in layouts where second.name != first.name {
          let there = try ModelMapper.map(MemorySource(model, second), try #require(requests[second.name]))
          let back = try MemorySource(there, first)
          pairs += 1
          let changed = Set(back.tensors.map(\.name)).symmetricDifference(source.tensors.map(\.name)).sorted().prefix(3)
          #expect(changed.isEmpty, "\(name): \(first.name) to \(second.name) and back")
          for tensor in source.tensors where changed.isEmpty {
            let isEqual = try back.tensor(named: tensor.name).isBitEqual(to: source.tensor(named: tensor.name))
            #expect(isEqual, "\(name): \(first.name) to \(second.name) and back changes \(tensor.name)")
          }
        }
      }
    }
    #expect(pairs > 500)
  }

  /// The model of a file, its layout recognised.
  private func recognised(
    _ source: MemorySource, as layout: Layout, _ architecture: any Architecture.Type, _ values: Hyperparameters
  ) throws -> MappedModel {
    var request = MappingRequest()
    request.configs = [SampleModels.config(architecture, values, layout)]
    return try ModelMapper.map(source, request)
  }
}
