/// The inputs of a graph do not fit it.
public struct ShapeError: Error, CustomStringConvertible, Equatable {
  /// One sentence: the input, what was expected, what was found.
  public let description: String

  init(_ description: String) { self.description = description }
}

extension Graph {
  /// The size of every axis, given the shapes of the inputs.
  ///
  /// - Parameters:
  ///   - inputShapes: the shape of each given input; those with a default may be left out.
  ///   - past: how many positions a cache already holds; they lengthen the axes `…_keys`.
  /// - Returns: the graph's own sizes, those of the inputs' axes, and of `seq_keys` and the like.
  /// - Throws: if an input is unknown, has the wrong rank, or two inputs disagree.
  public func sizes(inputShapes: [String: [Int]], past: Int = 0) throws(ShapeError) -> [String: Int] {
    var sizes = sizes
    for name in inputShapes.keys.sorted() where !inputs.contains(where: { $0.name == name }) {
      throw ShapeError("the graph has no input \(name); it has \(inputs.map(\.name).joined(separator: ", "))")
    }
    for input in inputs {
      guard let shape = inputShapes[input.name] else { continue }
      guard shape.count == input.axes.count else {
        throw ShapeError("\(input.name) has the shape \(shape), but its axes are \(input.axes)")
      }
      for (axis, size) in zip(input.axes, shape) {
        if let known = sizes[axis], known != size {
          throw ShapeError(
            "\(input.name) has \(size) on the axis \(axis), where the model or another input has \(known)")
        }
        sizes[axis] = size
      }
    }
    for axis in Set(inputs.flatMap(\.axes)) {
      if let queries = sizes[axis] { sizes["\(axis)_keys"] = queries + past }
    }
    return sizes
  }

  /// The shape of a node's result under the given sizes.
  ///
  /// - Parameters:
  ///   - node: the node.
  ///   - sizes: as `sizes(inputShapes:past:)` gives them.
  /// - Returns: a size for each axis; an axis that no input fixed is an error.
  /// - Throws: if an axis has no size.
  public func shape(of node: Node, sizes: [String: Int]) throws(ShapeError) -> [Int] {
    var shape: [Int] = []
    for axis in node.axes {
      guard let size = sizes[axis] else { throw ShapeError("\(node.name): nothing says how long the axis \(axis) is") }
      shape.append(size)
    }
    return shape
  }
}
