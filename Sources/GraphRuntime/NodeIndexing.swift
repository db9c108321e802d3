import TensorData
import TensorGraph

/// What needs no arithmetic, and is therefore the same in both backends.
extension NodeContext {
  /// One position of an axis of the first input; a negative one is counted from the end.
  func selecting(_ x: Tensor, axis: String, index: Int) throws -> Tensor {
    let needed = index < 0 ? -index : index + 1
    guard let position = node.inputs[0].axes.firstIndex(of: axis), needed <= x.shape[position] else {
      throw mismatch(0, expected: "at least \(needed) on the axis \(axis)", found: x.shape)
    }
    return x.selecting(index < 0 ? x.shape[position] + index : index, onAxis: position).contiguous()
  }

  /// The last position of each row whose id is no padding.
  func last(_ x: Tensor, ids: Tensor, padding: Int?) throws -> Tensor {
    guard x.shape.count >= 2, Array(x.shape.prefix(2)) == ids.shape else {
      throw mismatch(1, expected: "the shape \(Array(x.shape.prefix(2)))", found: ids.shape)
    }
    let numbers = try GraphInputs.wholeNumbers(ids, name: graph.nodes[node.inputs[1].node].name)
    let (rows, length) = (x.shape[0], x.shape[1])
    guard length > 0 else { throw mismatch(0, expected: "at least one position", found: x.shape) }
    let shape = [rows] + x.shape.dropFirst(2)
    let width = shape.dropFirst().reduce(1, *) * (x.dtype.byteWidth ?? 0)
    return Tensor(dtype: x.dtype, shape: shape) { bytes in
      for row in 0..<rows {
        let positions = 0..<length
        let last = positions.last { padding == nil || numbers[row * length + $0] != padding } ?? 0
        x.selecting(row, onAxis: 0).selecting(last, onAxis: 0).withUnsafeBytes { source in
          UnsafeMutableRawBufferPointer(rebasing: bytes[(row * width)..<((row + 1) * width)]).copyMemory(from: source)
        }
      }
    }
  }

  /// The rows of logits that are judged, and the label of each.
  ///
  /// - Parameters:
  ///   - inputs: logits `[…, classes]` and labels `[…]`.
  ///   - isShifted: whether a row is judged by the label of the next position.
  /// - Returns: pairs of a row, counted row-major, and a class; ignored labels are left out.
  /// - Throws: `RuntimeError` if shapes disagree or a label is no class.
  func labelledRows(_ inputs: [Tensor], isShifted: Bool) throws -> [(row: Int, label: Int)] {
    let (logits, labels) = (inputs[0], inputs[1])
    guard Array(logits.shape.dropLast()) == labels.shape else {
      throw mismatch(1, expected: "the shape \(Array(logits.shape.dropLast()))", found: labels.shape)
    }
    let name = graph.nodes[node.inputs[1].node].name
    let numbers = try GraphInputs.wholeNumbers(labels, name: name)
    let classes = logits.shape.last ?? 0
    let length = labels.shape.last ?? 1
    var pairs: [(row: Int, label: Int)] = []
    for row in numbers.indices {
      if isShifted && row % length == length - 1 { continue }
      let place = isShifted ? row + 1 : row
      let label = numbers[place]
      if label == ignoredLabel { continue }
      guard (0..<classes).contains(label) else {
        throw RuntimeError.indexOutOfRange(
          name: name, position: GraphInputs.position(place, in: labels.shape), value: label, limit: classes,
          table: graph.nodes[node.inputs[0].node].name)
      }
      pairs.append((row, label))
    }
    return pairs
  }
}
