internal import TensorData

/// What a pickle stream says, as nodes that refer to each other: classes and functions are names, and nothing is called.
///
/// The nodes lie in one list and know each other by position, so that neither cycles nor a hundred thousand nested tuples
/// do harm when they are walked or freed.
struct Pickle: Sendable {
  /// The position of a node.
  typealias Reference = Int32

  /// One object of the stream.
  enum Node: Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    /// A whole number that does not fit in 64 bits.
    case largeInteger
    case float(Double)
    /// UTF-8, by its place in the storage.
    case text(Range<Int>)
    case bytes(Range<Int>)
    case tuple([Reference])
    case list([Reference])
    case set([Reference])
    /// Keys and values in turn.
    case dictionary([Reference])
    /// A class or function, known by name alone.
    case symbol(PickleSymbol)
    /// What the stream leaves to the file around it: a tuple that names a storage.
    case persistent(Reference)
    /// A call that makes a tensor out of its arguments, which nobody makes.
    case call(PickleSymbol, Reference)
    /// An object of a class that is known to be harmless and of no interest.
    case opaque
  }

  /// The bytes in which texts lie.
  let storage: ByteStorage
  /// Every object.
  var nodes: [Node]
  /// The object that the stream is about.
  var root: Reference
  /// Where the stream ends in the storage.
  var end: Int
  /// The names of the classes whose objects are opaque, in the order in which they occur.
  var opaqueNames: [String]
  /// How many calls there are that make tensors.
  var tensorCalls: Int

  subscript(reference: Reference) -> Node { nodes[Int(reference)] }

  /// The text of a node; bytes count as one if they are UTF-8, because Python 2 knew no other.
  func text(_ reference: Reference) -> String? {
    switch self[reference] {
    case .text(let range), .bytes(let range):
      return withExtendedLifetime(storage) { String(validating: storage.bytes.slice(range), as: UTF8.self) }
    default: return nil
    }
  }

  /// The items of a tuple or list, or nil.
  func items(_ reference: Reference) -> [Reference]? {
    switch self[reference] {
    case .tuple(let items), .list(let items): items
    default: nil
    }
  }
}
