import Architectures
import GraphRuntime
import TensorData
import TensorGraph

/// The members of a golden sorted by what a model makes of them: its inputs, its outputs, and what it does not have.
struct GoldenMembers {
  /// The member without prefix that holds the ids of greedy generation.
  static let generated = "generated"
  /// What `generate` of transformers calls the same where it returns more than the ids.
  private static let sequences = "sequences"

  /// The recorded inputs under the model's names.
  let inputs: [String: Tensor]
  /// The recorded outputs under the model's names, and `generated`.
  private(set) var outputs: [String: Tensor] = [:]
  /// Members that the model calls otherwise.
  private(set) var renamed: [RecordedNames.Match] = []
  /// Members that are not compared, in the order of their names.
  private(set) var notCompared: [UncomparedMember] = []

  /// Sorts the members.
  ///
  /// - Parameters:
  ///   - golden: the recorded values.
  ///   - graph: the model's graph.
  /// - Throws: `RuntimeError` if a recorded input is not what it must be.
  init(_ golden: GoldenFile, _ graph: Graph) throws {
    var (inputs, matches) = RecordedNames.inputs(golden.inputs, of: graph)
    let strangers = inputs.keys.filter { graph.input($0) == nil }.sorted()
    for name in strangers {
      inputs[name] = nil
      let near = NearestName.of(name, among: graph.inputs.map(\.name)).map { "; did you mean in_\($0)?" } ?? ""
      notCompared.append(UncomparedMember(name: "in_\(name)", reason: "the model has no such input\(near)"))
    }
    // A file without inputs, or with those of another model, is told by what is missing.
    if !inputs.isEmpty { try GivenInputs.check(inputs, for: graph) }
    self.inputs = inputs
    renamed = matches.map { RecordedNames.Match(recorded: "in_\($0.recorded)", own: $0.own) }

    let shapes = GoldenMembers.shapes(graph, inputs)
    let found = RecordedNames.outputs(golden.outputs.mapValues(\.shape), of: shapes)
    renamed += found.map { RecordedNames.Match(recorded: "out_\($0.recorded)", own: $0.own) }
    var own = Dictionary(uniqueKeysWithValues: found.map { ($0.recorded, $0.own) })
    if golden.outputs[GoldenMembers.sequences] != nil, golden.outputs[GoldenMembers.generated] == nil {
      own[GoldenMembers.sequences] = GoldenMembers.generated
    }
    for (name, tensor) in golden.outputs.sorted(by: { $0.key < $1.key }) {
      if name == GoldenMembers.generated || graph.output(name) != nil || own[name] != nil {
        add(own[name] ?? name, recorded: name, tensor, graph)
      } else {
        let near = NearestName.of(name, among: graph.outputs.map(\.name)).map { "; did you mean out_\($0)?" } ?? ""
        notCompared.append(UncomparedMember(name: "out_\(name)", reason: "the model has no such output\(near)"))
      }
    }
    notCompared += golden.others.map {
      UncomparedMember(name: $0, reason: "a member is called in_NAME or out_NAME")
    }
    notCompared.sort { $0.name < $1.name }
  }

  private mutating func add(_ name: String, recorded: String, _ tensor: Tensor, _ graph: Graph) {
    if let output = graph.output(name), output.role == .loss {
      let missing = graph.inputsLacking(for: output, given: Set(inputs.keys))
      guard missing.isEmpty else {
        let needed = missing.map { "in_\($0)" }.joined(separator: ", ")
        notCompared.append(UncomparedMember(name: "out_\(recorded)", reason: "it was recorded without \(needed)"))
        return
      }
    }
    outputs[name] = tensor
  }

  /// The shape of every output on these inputs; those that the inputs do not fix are left out.
  private static func shapes(_ graph: Graph, _ inputs: [String: Tensor]) -> [String: [Int]] {
    guard let sizes = try? graph.sizes(inputShapes: inputs.mapValues(\.shape)) else { return [:] }
    var shapes: [String: [Int]] = [:]
    for output in graph.outputs {
      guard let value = output.values.first, let shape = try? graph.shape(of: graph.nodes[value.node], sizes: sizes)
      else { continue }
      shapes[output.name] = (output.isStacked ? [output.values.count] : []) + shape
    }
    return shapes
  }
}
