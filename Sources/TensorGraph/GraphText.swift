// The text of a graph.

extension Graph: CustomStringConvertible {
  /// The graph as text, a line for each node: stable, so that two graphs can be compared with `diff`.
  public var description: String {
    var lines: [String] = []
    for (index, node) in nodes.enumerated() {
      if let recurrence = recurrence(of: index), recurrence.nodes.lowerBound == index {
        lines.append("recurrence \(recurrence.name) over \(recurrence.axis)\(recurrence.isReversed ? " reversed" : "")")
      }
      let arguments = node.inputs.map { nodes[$0.node].name } + node.parameters.map { "@\($0)" }
      lines.append(
        "\(node.recurrence == nil ? "" : "  ")\(node.name) [\(node.axes.joined(separator: " "))] = \(node.op.traits.text)(\(arguments.joined(separator: ", ")))"
      )
    }
    for output in outputs {
      let values = output.values.map { nodes[$0.node].name }.joined(separator: ", ")
      lines.append("output \(output.name) = \(output.isStacked ? "stack(\(values))" : values)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
