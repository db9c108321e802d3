extension Op {
  /// The operation and its constants as text.
  var text: String {
    switch self {
    case .input: "input"
    case .embedding: "embedding"
    case .linear: "linear"
    case .add: "add"
    case .multiply: "multiply"
    case .scale(let factor): "scale \(factor)"
    case .layerNorm(let epsilon): "layer_norm epsilon=\(epsilon)"
    case .rmsNorm(let epsilon): "rms_norm epsilon=\(epsilon)"
    case .activation(let function): function.rawValue
    case .attention(let options):
      "attention scale=\(options.scale)" + (options.isCausal ? " causal" : "") + (options.hasMask ? " masked" : "")
        + (options.hasBias ? " biased" : "") + (options.isCached ? " cached" : "")
    case .relativeBias(let isBidirectional, let maxDistance):
      "relative_bias max_distance=\(maxDistance)" + (isBidirectional ? " bidirectional" : "")
    case .select(let axis, let index): "select \(axis)=\(index)"
    case .last(let padding): "last" + (padding.map { " padding=\($0)" } ?? "")
    case .crossEntropy(let isShifted): "cross_entropy" + (isShifted ? " shifted" : "")
    }
  }
}

extension Graph: CustomStringConvertible {
  /// The graph as text, a line for each node: stable, so that two graphs can be compared with `diff`.
  public var description: String {
    var lines: [String] = []
    for node in nodes {
      let arguments = node.inputs.map { nodes[$0.node].name } + node.parameters.map { "@\($0)" }
      lines.append(
        "\(node.name) [\(node.axes.joined(separator: " "))] = \(node.op.text)(\(arguments.joined(separator: ", ")))")
    }
    for output in outputs {
      let values = output.values.map { nodes[$0.node].name }.joined(separator: ", ")
      lines.append("output \(output.name) = \(output.isStacked ? "stack(\(values))" : values)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
