/// A value in a graph: the result of one node.
public struct Value: Sendable, Hashable {
  /// The index of the node that computes it.
  public let node: Int
  /// The names of its axes, outermost first.
  public let axes: [String]

  /// The same value with one axis under another name: a square matrix maps `embed` to `pooled`, which is then `embed` again.
  public func renaming(_ axis: String, to name: String) -> Value {
    Value(node: node, axes: axes.map { $0 == axis ? name : $0 })
  }
}

/// One step of a graph.
public struct Node: Sendable {
  /// The path of the parameters it uses (`block.0.attention.q`) or what it is (`logits`): unique in its graph, and the
  /// name under which its value can be tapped and compared.
  public let name: String
  /// What it computes.
  public let op: Op
  /// The values it reads.
  public internal(set) var inputs: [Value]
  /// The names of the parameters it reads, in the order of the op.
  public let parameters: [String]
  /// The axes of its result; inside a recurrence with the axis of time, which it lacks for the other nodes there.
  public let axes: [String]
  /// The hyper-parameters that decided its constants, and whether the step before it is made.
  public let settings: [String]
  /// Which recurrence of the graph it is a part of, or nil.
  public let recurrence: Int?
}

/// The first place where a forward pass and the model that it is built for do not fit together.
public struct GraphMisfit: Error, CustomStringConvertible, Equatable {
  /// The node that could not be built.
  public let node: String
  /// What does not fit, in a clause: `the weight has no axis of [batch seq embed]`.
  public let reason: String

  /// The node and the reason.
  public var description: String { "\(node): \(reason)" }
}

/// A computation over named axes: nodes in the order in which they can be run.
///
/// A forward pass is plain Swift that emits nodes with the methods of `Graph+Ops.swift`. The graph knows each parameter's
/// axes; it never sees the bytes. What does not fit is remembered as `misfit` rather than trapped on, because which
/// parameters there are is for a file to say: who builds a graph asks for it before running.
public struct Graph: Sendable {
  /// The nodes; each reads only nodes before it, but for the states of a recurrence.
  public private(set) var nodes: [Node] = []
  /// What the caller gives.
  public private(set) var inputs: [GraphInput] = []
  /// What the caller gets.
  public private(set) var outputs: [GraphOutput] = []
  /// The parameters that may be asked for and their axes.
  public let parameterAxes: [String: [String]]
  /// The sizes of all axes but those of the inputs (`batch`, `seq`).
  public let sizes: [String: Int]
  /// What did not fit first, or nil if the graph can be run.
  public private(set) var misfit: GraphMisfit?
  /// The parts that are run step by step.
  public private(set) var recurrences: [Recurrence] = []
  private var indices: [String: Int] = [:]
  private var isInRecurrence = false

  /// Starts an empty graph.
  ///
  /// - Parameters:
  ///   - parameterAxes: the parameters there are, by name.
  ///   - sizes: the size of each axis that a parameter has.
  public init(parameterAxes: [String: [String]], sizes: [String: Int]) {
    self.parameterAxes = parameterAxes
    self.sizes = sizes
  }

  /// Whether there is a parameter of that name; optional heads ask before they are built.
  public func has(_ parameter: String) -> Bool { parameterAxes[parameter] != nil }

  /// The parameters that the nodes use, each once, in order of first use.
  public var usedParameters: [String] {
    var seen: Set<String> = []
    return nodes.flatMap(\.parameters).filter { seen.insert($0).inserted }
  }

  /// The index of the node of that name, or nil.
  public func index(of name: String) -> Int? { indices[name] }

  /// The output of that name, or nil.
  public func output(_ name: String) -> GraphOutput? { outputs.first { $0.name == name } }

  /// The indices of the nodes that must run to compute `targets`, in order, when the nodes in `given` are already known.
  public func nodes(neededFor targets: [Int], given: Set<Int> = []) -> [Int] {
    var needed: Set<Int> = []
    var open = targets
    while let node = open.popLast() {
      guard !given.contains(node), needed.insert(node).inserted else { continue }
      open += nodes[node].inputs.map(\.node)
    }
    return needed.sorted()
  }

  /// Declares an input.
  ///
  /// - Parameters:
  ///   - name: as the reference library calls it.
  ///   - role: what it is for.
  ///   - side: which half of the model it belongs to.
  ///   - axes: its axes.
  ///   - fallback: what it holds if the caller does not give it; positions follow from their rule.
  ///   - bound: the axis that its numbers index.
  /// - Returns: the input's value.
  public mutating func input(
    _ name: String, _ role: InputRole, of side: ModelSide = .encoder, axes: [String],
    default fallback: InputDefault = .required, bound: String? = nil
  ) -> Value {
    let fallback = role.positionRule == nil ? fallback : .positions
    inputs.append(GraphInput(name: name, role: role, side: side, axes: axes, fallback: fallback, bound: bound))
    return emit(name, .input, [], parameters: [], axes: axes)
  }

  /// Declares a value to be an output.
  public mutating func output(_ name: String, _ role: OutputRole, of side: ModelSide = .encoder, _ value: Value) {
    declare(GraphOutput(name: name, role: role, side: side, values: [value], isStacked: false))
  }

  /// Declares values of the same axes to be one output, stacked.
  public mutating func output(
    _ name: String, _ role: OutputRole, of side: ModelSide = .encoder, stacking values: [Value]
  ) {
    declare(GraphOutput(name: name, role: role, side: side, values: values, isStacked: true))
  }

  private mutating func declare(_ output: GraphOutput) {
    check(self.output(output.name) == nil, output.name, "two outputs have this name")
    check(Set(output.values.map(\.axes)).count == 1, output.name, "its layers are none or have different axes")
    outputs.append(output)
  }

  /// The same graph with no outputs but the first two states of one half: what goes into its first block and comes out
  /// of it.
  public func firstStates(of side: ModelSide) -> Graph {
    var graph = self
    graph.outputs = outputs.filter { $0.isStacked && $0.role == .states && $0.side == side }.map { output in
      GraphOutput(
        name: output.name, role: output.role, side: side, values: Array(output.values.prefix(2)), isStacked: true)
    }
    return graph
  }

  /// The same graph with other operations in some of its nodes, such as another epsilon.
  ///
  /// - Parameter change: gives the operation of each node; inputs, parameters and axes stay, so that it must be one of the
  ///   same kind.
  /// - Returns: the changed graph.
  public func changingOperations(_ change: (Node) -> Op) -> Graph {
    var graph = self
    graph.nodes = nodes.map { node in
      Node(
        name: node.name, op: change(node), inputs: node.inputs, parameters: node.parameters, axes: node.axes,
        settings: node.settings, recurrence: node.recurrence)
    }
    return graph
  }

  /// Remembers what does not fit, if it is the first.
  mutating func check(_ fits: Bool, _ node: String, _ reason: @autoclosure () -> String) {
    if !fits, misfit == nil { misfit = GraphMisfit(node: node, reason: reason()) }
  }

  /// Appends a node; a repeated name does not fit.
  mutating func emit(
    _ name: String, _ op: Op, _ inputs: [Value], parameters: [String], axes: [String], settings: [String] = []
  ) -> Value {
    check(indices[name] == nil, name, "two nodes have this name")
    for input in inputs where nodes[input.node].recurrence != (isInRecurrence ? recurrences.count - 1 : nil) {
      let read = nodes[input.node]
      check(
        input.axes.count == read.axes.count, name, "it reads \(read.name) as if it were in the same recurrence")
    }
    indices[name] = nodes.count
    nodes.append(
      Node(
        name: name, op: op, inputs: inputs, parameters: parameters, axes: openRecurrence?.stacked(axes) ?? axes,
        settings: settings, recurrence: isInRecurrence ? recurrences.count - 1 : nil))
    return Value(node: nodes.count - 1, axes: axes)
  }

  /// The recurrence to which nodes are being added, or nil.
  var openRecurrence: Recurrence? { isInRecurrence ? recurrences.last : nil }

  /// Begins a recurrence.
  mutating func open(_ recurrence: Recurrence) {
    check(!isInRecurrence, recurrence.name, "it begins inside another recurrence")
    recurrences.append(recurrence)
    isInRecurrence = true
  }

  /// Says what a step makes of a state.
  mutating func carry(_ state: Int, _ next: Value) { nodes[state].inputs.append(next) }

  /// Ends the recurrence that was begun.
  mutating func close(carried: [Int]) -> Recurrence {
    isInRecurrence = false
    let index = recurrences.count - 1
    recurrences[index].nodes = recurrences[index].nodes.lowerBound..<nodes.count
    recurrences[index].carried = carried
    return recurrences[index]
  }
}
