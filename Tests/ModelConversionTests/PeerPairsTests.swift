import Architectures
import GraphRuntime
import ModelConversion
@testable import ParityChecks
import StrictJSON
import TensorData
import TensorGraph
import TestSupport
import Testing
import WeightFiles

/// Every pair of `peers/index.json`: the same model as Hugging Face wrote it and as another framework holds it.
@Suite(.serialized)
struct PeerPairsTests {
  @Test func everyPairIsTheSameModelInBothDirections() throws {
    var passed = 0
    var skipped: [String] = []
    let pairs = try PeerPairs.all()
    for pair in pairs {
      if let reason = pair.reasonToSkip {
        skipped.append("\(pair.id): \(reason)")
        continue
      }
      let problems = try check(pair)
      #expect(problems.isEmpty, "\(pair.id)")
      if problems.isEmpty { passed += 1 }
    }
    print("peer pairs: \(passed) hold in every direction, \(skipped.count) skipped")
    for line in skipped { print("  skipped \(line)") }
    #expect(passed + skipped.count == pairs.count)
    #expect(skipped.count <= 7, "the seven pairs with a .gguf side are the only ones without a reader")
  }

  @Test func everySideComputesWhatItsFrameworkRecorded() throws {
    var compared = 0
    var notCompared: [String] = []
    for pair in try PeerPairs.all() where pair.reasonToSkip == nil {
      let hf = try pair.openHF().mapped()
      let peer = try pair.mappedPeer(hf)
      for (model, reference) in [(hf, pair.hfReference), (peer, pair.peerReference)] {
        guard let reference else { continue }
        let result = try outputs(of: model, pair.path(reference))
        for output in result.compared {
          compared += 1
          #expect(
            output.verdict == .pass, "\(pair.id) \(model.layout.name) \(output.name): \(output.ratio) of the budget")
        }
        #expect(!result.compared.isEmpty, "\(pair.id) \(reference)")
        notCompared += result.others.map { "\(reference): \($0)" }
      }
    }
    print("peer outputs: \(compared) compared, \(Set(notCompared).count) recorded ones have no counterpart")
    for line in Set(notCompared).sorted() { print("  not compared \(line)") }
    #expect(compared > 0)
  }

  /// What is wrong with a pair, a sentence each.
  private func check(_ pair: PeerPair) throws -> [String] {
    let folder = TemporaryFolder()
    let hf = try pair.openHF()
    let mapped = try hf.mapped()
    let peer = try pair.openPeer()
    let mappedPeer = try pair.mappedPeer(mapped)
    var problems: [String] = []
    if mappedPeer.layout.name != pair.layout { problems.append("recognised as \(mappedPeer.layout.name)") }
    let disagreeing = try WeightComparison.compare(mapped, mappedPeer).filter { !$0.agrees }.map(\.name)
    let lost = Set(mapped.architecture.layout(named: pair.layout)?.lost(from: mapped) ?? [])
    for name in disagreeing where !lost.contains(name) { problems.append("\(name) differs") }
    if pair.directions.contains("hf_to_peer") {
      var options = ConversionOptions(format: .npz)
      options.layout = pair.layout
      options.allowsLoss = pair.lossySide == "peer"
      let written = try convert(hf, options, folder.path + "/peer")
      problems += differences(written, peer.checkpoint, without: [])
    }
    if pair.directions.contains("peer_to_hf") {
      var options = ConversionOptions(format: .safetensors)
      options.layout = "hf"
      options.mapping.layout = pair.layout
      options.mapping.fallback = mapped.values
      let written = try convert(peer, options, folder.path + "/hf")
      problems += differences(written, hf.checkpoint, without: pair.notInPeer)
    }
    return problems
  }

  private func convert(_ model: Model, _ options: ConversionOptions, _ path: String) throws -> any TensorSource {
    let plan = try ConversionPlan(model, options)
    return try plan.stage(to: ConversionDestination(path, options)).readBack()
  }

  /// Where two files do not hold the same tensors, bit for bit.
  private func differences(
    _ written: any TensorSource, _ expected: any TensorSource, without absent: Set<String>
  ) -> [String] {
    var problems: [String] = []
    let names = Set(written.tensors.map(\.name))
    for tensor in expected.tensors where !names.contains(tensor.name) && !absent.contains(tensor.name) {
      problems.append("\(tensor.name) is not written")
    }
    for tensor in written.tensors {
      guard let other = expected.tensors.first(where: { $0.name == tensor.name }) else {
        problems.append("\(tensor.name) is not in the peer's file")
        continue
      }
      if tensor.dtype != other.dtype || tensor.shape != other.shape {
        problems.append("\(tensor.name) is \(tensor.dtype) \(tensor.shape), not \(other.dtype) \(other.shape)")
      } else if let a = try? written.tensor(named: tensor.name), let b = try? expected.tensor(named: tensor.name),
        a.isBitEqual(to: b)
      {
        continue
      } else {
        problems.append("\(tensor.name) holds other values")
      }
    }
    return problems
  }

  /// Runs a model on recorded inputs and compares each recorded output that it has.
  private func outputs(
    of model: MappedModel, _ path: String
  ) throws -> (compared: [OutputComparison], others: [String]) {
    let file = try Checkpoint.open(path)
    let graph = try model.graph()
    let runs = try ModelRuns(graph, model, threads: 1)
    var inputs: [String: Tensor] = [:]
    for input in graph.inputs where file.tensors.contains(where: { $0.name == "in.\(input.name)" }) {
      inputs[input.name] = try file.tensor(named: "in.\(input.name)")
    }
    var compared: [OutputComparison] = []
    var others: [String] = []
    for tensor in file.tensors where tensor.name.hasPrefix("out.") {
      var parts = tensor.name.split(separator: ".").dropFirst().map(String.init)
      let layer = parts.count == 2 ? Int(parts.removeLast()) : nil
      let name = PeerPairs.aliases[parts[0]] ?? parts[0]
      guard let output = graph.output(name) else {
        others.append(tensor.name)
        continue
      }
      func part(_ whole: Tensor?) throws -> Tensor {
        let whole = try #require(whole)
        guard let layer else { return whole }
        return whole.selecting(layer, onAxis: 0)
      }
      let truth = try part(runs.oracle.run(inputs: inputs, outputs: [name])[name])
      let rounded = try part(runs.fast.run(inputs: inputs, outputs: [name])[name])
      let axes = layer == nil ? output.axes : Array(output.axes.dropFirst())
      let counts = try CountedPositions.of(axes: axes, shape: truth.shape, graph: graph, inputs: inputs)
      compared.append(
        try OutputComparison(
          tensor.name, truth: truth, found: file.tensor(named: tensor.name), counts: counts,
          noise: ModelRuns.noise(truth, rounded, counts: counts), tolerance: Tolerance(), isFloat64: false))
    }
    return (compared, others)
  }
}
