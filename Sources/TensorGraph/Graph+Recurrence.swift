/// A part of a graph that is run once for each place of an axis, each time from what the time before left.
///
/// It is a range of the flat list of nodes. Seen from inside, a node's value has no axis of time; seen from outside, the
/// values of all steps are stacked, so that every node of a recurrence can be tapped, compared and read like another.
public struct Recurrence: Sendable {
  /// What it is called.
  public let name: String
  /// Its nodes.
  public internal(set) var nodes: Range<Int>
  /// The axis over whose places it runs.
  public let axis: String
  /// Whether it runs from the last place to the first.
  public let isReversed: Bool
  /// The nodes of its states (`Op.carried`); each names its first value and what a step makes of it.
  public internal(set) var carried: [Int]

  /// The axes of a node's value outside, given those inside: time comes after the first axis, the sequences of a batch.
  public func stacked(_ axes: [String]) -> [String] { axes.prefix(1) + [axis] + axes.dropFirst() }
}

/// Values by name: the states of a recurrence, or what it collects.
public struct NamedValues: Sendable, ExpressibleByDictionaryLiteral {
  /// The values.
  public private(set) var values: [String: Value]

  /// Takes names and values; a name twice is an error of the forward pass.
  public init(dictionaryLiteral elements: (String, Value)...) { values = Dictionary(uniqueKeysWithValues: elements) }

  init(_ values: [String: Value]) { self.values = values }

  /// The value of that name; asking for another is an error of the forward pass.
  public subscript(name: String) -> Value {
    guard let value = values[name] else { preconditionFailure("there is no \(name) among \(values.keys.sorted())") }
    return value
  }
}

/// What a forward pass gets back from a recurrence.
public struct RecurrenceResult: Sendable {
  /// The values of all steps by name, in the order of places: each state after the step, and what else was collected.
  public let sequences: NamedValues
  /// The place on the axis of time that is run last: 0, or −1 for the last one.
  public let end: Int
}

extension Graph {
  /// Emits a part that is run once for each place of an axis.
  ///
  ///     let states = g.recurrence("encoder", over: "seq", mask: mask, carrying: ["h": h0]) { g, state in
  ///       let x = g.step("encoder.x", embedded)
  ///       ...
  ///       return (["h": next], [:])
  ///     }
  ///
  /// - Parameters:
  ///   - name: begins the names of the nodes of its states: `encoder.h`.
  ///   - axis: the axis over whose places it runs.
  ///   - isReversed: whether it runs from the last place to the first.
  ///   - mask: which places count, `[batch, axis]`; at the others, padding, every state stays as it was. A row that is
  ///     padded on the right and run in reverse therefore begins at its own end, as PyTorch's packed sequences do.
  ///   - initial: the first value of each state.
  ///   - body: emits one step. It gets the graph and the states before the step, and reads sequences with `step`; it
  ///     returns the states after the step under the same names, and what else shall be seen outside.
  /// - Returns: the values of all steps.
  public mutating func recurrence(
    _ name: String, over axis: String, isReversed: Bool = false, mask: Value? = nil,
    carrying initial: KeyValuePairs<String, Value>,
    _ body: (inout Graph, NamedValues) -> (next: NamedValues, collected: NamedValues)
  ) -> RecurrenceResult {
    open(
      Recurrence(name: name, nodes: nodes.count..<nodes.count, axis: axis, isReversed: isReversed, carried: []))
    var states: [String: Value] = [:]
    for (state, first) in initial {
      states[state] = emit("\(name).\(state).before", .carried, [first], parameters: [], axes: first.axes)
    }
    let kept = mask.map { step("\(name).mask", $0) }
    let (after, collected) = body(&self, NamedValues(states))
    let next = after.values
    check(Set(next.keys) == Set(states.keys), name, "a step gives \(next.keys.sorted()), not \(states.keys.sorted())")
    var sequences = collected.values
    var carried: [Int] = []
    for (state, first) in initial {
      guard let before = states[state], var after = next[state] else { continue }
      check(after.axes == first.axes, "\(name).\(state)", "it begins with \(first.axes) and becomes \(after.axes)")
      if let kept { after = choose("\(name).\(state)", where: kept, after, else: before) }
      carry(before.node, after)
      carried.append(before.node)
      sequences[state] = after
    }
    let recurrence = close(carried: carried)
    return RecurrenceResult(
      sequences: NamedValues(sequences.mapValues { Value(node: $0.node, axes: recurrence.stacked($0.axes)) }),
      end: isReversed ? 0 : -1)
  }

  /// The place of a sequence at which the recurrence stands; only inside of one.
  public mutating func step(_ name: String, _ x: Value) -> Value {
    guard let axis = openRecurrence?.axis else {
      check(false, name, "there is no recurrence to take a step of")
      return x
    }
    check(x.axes.contains(axis), name, "there is no axis \(axis) in \(x.axes)")
    return emit(name, .step(axis: axis), [x], parameters: [], axes: x.axes.filter { $0 != axis })
  }

  /// The recurrence that a node is a part of, or nil.
  public func recurrence(of node: Int) -> Recurrence? { nodes[node].recurrence.map { recurrences[$0] } }

  /// How many axes the value of an input of a node has in a run: one more than it says between nodes of a recurrence.
  public func rank(ofInput input: Value, of node: Int) -> Int {
    let isInside = nodes[node].recurrence != nil && nodes[node].recurrence == nodes[input.node].recurrence
    return input.axes.count + (isInside ? 1 : 0)
  }
}
