public import TensorData

/// Why a graph cannot be run on what it was given.
public enum RuntimeError: Error, Hashable, CustomStringConvertible {
  /// An input that the outputs depend on was not given and has no default.
  case missingInput(name: String, axes: [String])
  /// There is no output of that name.
  case unknownOutput(name: String, known: [String])
  /// There is no input of that name.
  case unknownInput(name: String, known: [String])
  /// An input is not what it must be; the problem completes a sentence that begins with its name.
  case unfitInput(name: String, problem: String)
  /// No output was asked for and none can be computed from the inputs.
  case noOutput(missing: [String])
  /// The inputs do not fit the graph; the sentence comes from the graph.
  case inputShapes(String)
  /// An input holds something else than whole numbers.
  case inputValues(name: String, dtype: DType, detail: String)
  /// An input of real numbers has a type that holds none, or numbers that the type of the run does not hold.
  case inputType(name: String, dtype: DType, detail: String)
  /// A number indexes past a table: token, position or label.
  case indexOutOfRange(name: String, position: [Int], value: Int, limit: Int, table: String)
  /// The source gave a parameter of another shape.
  case parameterShape(node: String, parameter: String, axes: [String], expected: [Int], found: [Int])
  /// The source gave a parameter that holds no floating-point numbers.
  case parameterType(node: String, parameter: String, found: DType)
  /// A value has another shape than the node needs.
  case valueShape(node: String, value: String, expected: String, found: [Int])
  /// A dimension does not fit the 32-bit numbers of OpenBLAS.
  case dimensionTooLarge(node: String, dimension: Int)
  /// A recurrence runs from the last position to the first, which a run step by step does not know.
  case notStepwise(String)
  /// OpenBLAS cannot be loaded; the sentence says what to do.
  case libraryUnavailable(String)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .missingInput(let name, let axes):
      "the input \(name) [\(axes.joined(separator: " "))] is needed and was not given"
    case .unknownOutput(let name, let known):
      "the model has no output \(name); it has \(known.joined(separator: ", "))"
    case .unknownInput(let name, let known):
      "the model has no input \(name); it has \(known.joined(separator: ", "))"
    case .unfitInput(let name, let problem): "\(name) \(problem)"
    case .noOutput(let missing):
      "no output can be computed: of the inputs, \(missing.joined(separator: ", ")) are missing"
    case .inputShapes(let sentence): sentence
    case .inputValues(let name, let dtype, let detail):
      "the input \(name) must hold whole numbers, but is \(dtype.rawValue): \(detail)"
    case .inputType(let name, let dtype, let detail):
      "the input \(name) must hold numbers, but is \(dtype.rawValue): \(detail)"
    case .indexOutOfRange(let name, let position, let value, let limit, let table):
      "\(name)\(position) is \(value), but \(table) has \(limit) rows, so the largest index is \(limit - 1)"
    case .parameterShape(let node, let parameter, let axes, let expected, let found):
      "\(node): the parameter \(parameter) [\(axes.joined(separator: " "))] should have the shape \(expected), "
        + "but has \(found)"
    case .parameterType(let node, let parameter, let found):
      "\(node): the parameter \(parameter) is \(found.rawValue), which holds no floating-point numbers"
    case .valueShape(let node, let value, let expected, let found):
      "\(node): \(value) should have \(expected), but has the shape \(found)"
    case .dimensionTooLarge(let node, let dimension):
      "\(node): a dimension of \(dimension) is more than OpenBLAS can address; use float64 precision"
    case .notStepwise(let name):
      "\(name) reads positions from the last to the first, so that nothing can be computed step by step"
    case .libraryUnavailable(let sentence): sentence
    }
  }
}
