import TensorData
import TensorGraph

/// Values that are brought to the axes of others by name: windows on the same numbers, so that both backends share it.
extension NodeContext {
  /// The axes of the node's result while it runs: those of one step where it is part of a recurrence.
  var axes: [String] {
    guard let recurrence = graph.recurrence(of: index) else { return node.axes }
    return node.axes.filter { $0 != recurrence.axis }
  }

  /// The axes of an input as the node reads it.
  func axes(ofInput input: Int) -> [String] { node.inputs[input].axes }

  /// The sizes of the axes of all inputs.
  ///
  /// - Parameter inputs: the values.
  /// - Returns: a size for each axis that an input has.
  /// - Throws: `RuntimeError.valueShape` if two inputs disagree, or a value has not the axes that it should have.
  func sizes(of inputs: [Tensor]) throws -> [String: Int] {
    var sizes: [String: Int] = [:]
    for (input, tensor) in inputs.enumerated() {
      let axes = axes(ofInput: input)
      guard tensor.shape.count == axes.count else {
        throw mismatch(input, expected: "the axes \(axes)", found: tensor.shape)
      }
      for (axis, size) in zip(axes, tensor.shape) {
        guard sizes[axis] ?? size == size else {
          throw mismatch(input, expected: "\(sizes[axis] ?? 0) on the axis \(axis)", found: tensor.shape)
        }
        sizes[axis] = size
      }
    }
    return sizes
  }

  /// An input seen along other axes: permuted, and the same all along an axis that it lacks.
  ///
  /// - Parameters:
  ///   - tensor: the value of the input.
  ///   - input: its place among the inputs.
  ///   - axes: the axes to see it along; those of the input are among them.
  ///   - sizes: the sizes of these axes.
  /// - Returns: a window on the same numbers.
  func broadcast(_ tensor: Tensor, input: Int, along axes: [String], sizes: [String: Int]) -> Tensor {
    let own = axes.map { axis in self.axes(ofInput: input).firstIndex(of: axis) }
    return Tensor(
      dtype: tensor.dtype, shape: axes.map { sizes[$0] ?? 1 }, strides: own.map { $0.map { tensor.strides[$0] } ?? 0 },
      storage: tensor.storage, byteOffset: tensor.byteOffset)
  }

  /// Two operands of one shape: as they are if their axes are the same, otherwise along the axes of the result.
  func operands(_ inputs: [Tensor]) throws -> [Tensor] {
    if node.inputs[0].axes == node.inputs[1].axes {
      try requireEqualShapes(inputs)
      return inputs
    }
    let sizes = try sizes(of: inputs)
    return inputs.indices.map { broadcast(inputs[$0], input: $0, along: axes, sizes: sizes).contiguous() }
  }

  /// For each element of the first input whether it counts: the mask, if there is one, along its axes.
  func marks(_ inputs: [Tensor], mask input: Int, along axes: [String], hasMask: Bool) throws -> [Bool]? {
    guard hasMask else { return nil }
    let sizes = try sizes(of: inputs)
    let whole = broadcast(inputs[input], input: input, along: axes, sizes: sizes)
    return try GraphInputs.wholeNumbers(whole.contiguous(), name: graph.nodes[node.inputs[input].node].name)
      .map { $0 != 0 }
  }

  /// Values one behind the other along an axis of the result.
  func concatenated(_ inputs: [Tensor], axis: String) throws -> Tensor {
    guard let position = axes.firstIndex(of: axis), let first = inputs.first else {
      preconditionFailure("\(node.name) joins values along one of its axes")
    }
    var shape = first.shape
    for (input, tensor) in inputs.enumerated().dropFirst() {
      var expected = first.shape
      if tensor.shape.count == expected.count { expected[position] = tensor.shape[position] }
      guard tensor.shape == expected else {
        throw mismatch(input, expected: "the shape \(expected)", found: tensor.shape)
      }
      shape[position] += tensor.shape[position]
    }
    if let size = graph.sizes[axis], size != shape[position] {
      throw mismatch(0, expected: "with the others \(size) on the axis \(axis)", found: first.shape)
    }
    let strides = Tensor.rowMajorStrides(shape)
    return Tensor(dtype: first.dtype, shape: shape) { bytes in
      var place = 0
      for tensor in inputs {
        let width = tensor.dtype.byteWidth ?? 0
        Rearrange.copy(
          tensor, into: UnsafeMutableRawBufferPointer(rebasing: bytes[(place * strides[position] * width)...]),
          strides: strides)
        place += tensor.shape[position]
      }
    }
  }

  /// Part of an axis of the first input.
  func sliced(_ x: Tensor, axis: String, from first: Int, count: Int) throws -> Tensor {
    guard let position = node.inputs[0].axes.firstIndex(of: axis), first >= 0, first + count <= x.shape[position] else {
      throw mismatch(0, expected: "at least \(first + count) on the axis \(axis)", found: x.shape)
    }
    var shape = x.shape
    shape[position] = count
    return Tensor(
      dtype: x.dtype, shape: shape, strides: x.strides, storage: x.storage,
      byteOffset: x.byteOffset + first * x.strides[position] * (x.dtype.byteWidth ?? 0)
    ).contiguous()
  }

  /// The first input with the places of an axis reversed, of each row as many as the mask says.
  func reversed(_ inputs: [Tensor], axis: String, hasMask: Bool) throws -> Tensor {
    let x = inputs[0]
    guard let position = node.inputs[0].axes.firstIndex(of: axis) else {
      throw mismatch(0, expected: "an axis \(axis)", found: x.shape)
    }
    let count = x.shape[position]
    let others = node.inputs[0].axes.filter { $0 != axis }
    // Rows of the other axes, each with all places of the axis.
    let marks = try marks(inputs, mask: 1, along: others + [axis], hasMask: hasMask)
    let order = (others + [axis]).map { name in node.inputs[0].axes.firstIndex(of: name) ?? 0 }
    let rows = x.permuted(order).contiguous()
    let width = x.dtype.byteWidth ?? 0
    let flipped = Tensor(dtype: x.dtype, shape: rows.shape) { bytes in
      rows.withUnsafeBytes { source in
        for row in 0..<(count == 0 ? 0 : rows.elementCount / count) {
          let length = marks.map { $0[row * count..<(row + 1) * count].count { $0 } } ?? count
          for place in 0..<count {
            let from = place < length ? length - 1 - place : place
            let (target, origin) = ((row * count + place) * width, (row * count + from) * width)
            UnsafeMutableRawBufferPointer(rebasing: bytes[target..<target + width])
              .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[origin..<origin + width]))
          }
        }
      }
    }
    var back = order
    for (place, axis) in order.enumerated() { back[axis] = place }
    return flipped.permuted(back).contiguous()
  }

  /// The first of two values where the mask is not 0, the second elsewhere.
  func chosen(_ inputs: [Tensor]) throws -> Tensor {
    let sizes = try sizes(of: inputs)
    let which = try GraphInputs.wholeNumbers(
      broadcast(inputs[0], input: 0, along: axes, sizes: sizes).contiguous(),
      name: graph.nodes[node.inputs[0].node].name)
    let (first, second) = (inputs[1].contiguous(), inputs[2].contiguous())
    let width = first.dtype.byteWidth ?? 0
    return Tensor(dtype: first.dtype, shape: first.shape) { bytes in
      first.withUnsafeBytes { a in
        second.withUnsafeBytes { b in
          for (index, mark) in which.enumerated() {
            let place = index * width..<(index + 1) * width
            UnsafeMutableRawBufferPointer(rebasing: bytes[place])
              .copyMemory(from: UnsafeRawBufferPointer(rebasing: (mark != 0 ? a : b)[place]))
          }
        }
      }
    }
  }

  /// For each query, key and column of distances: the column that holds a key's score, or nil if there is none.
  func shiftedColumn(query: Int, key: Int, queries: Int, distances: Int, isBidirectional: Bool) -> Int? {
    // The distance is that of the query, one of the last of the keys, to the key; columns fall from the largest.
    let column = key + queries - query - (isBidirectional ? 0 : 1)
    return (0..<distances).contains(column) ? column : nil
  }

  /// How many keys there are for so many columns of distances.
  func shiftedKeys(_ x: Tensor, isBidirectional: Bool) throws -> Int {
    let (queries, distances) = (x.shape[x.shape.count - 2], x.shape[x.shape.count - 1])
    let keys = isBidirectional ? distances - queries : distances
    guard keys >= queries else {
      throw mismatch(0, expected: "more distances than there are for \(queries) queries", found: x.shape)
    }
    return keys
  }
}
