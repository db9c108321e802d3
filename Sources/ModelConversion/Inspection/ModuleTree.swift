public import TensorData

/// Stored tensors as the tree that their names spell, with equal neighbours such as the layers of a model rolled up.
///
/// Names are taken apart at dots and slashes. Neighbours whose names differ in their last number alone are put in the order
/// of that number, and runs of them with the same contents become one row: `h.0 … 11`.
public struct ModuleTree: Sendable {
  /// One tensor as the tree counts it.
  public struct Leaf: Sendable {
    /// The whole name.
    public var name: String
    /// The element type.
    public var dtype: DType
    /// The size of each axis.
    public var shape: [Int]
    /// The elements that count as parameters.
    public var parameterCount: Int
    /// The bytes of all elements.
    public var byteCount: Int
    /// What is to be said of it, or an empty text; tensors with different remarks are not rolled up together.
    public var remark: String

    /// Takes the fields.
    ///
    /// - Parameters:
    ///   - name: the whole name.
    ///   - dtype: the element type.
    ///   - shape: the size of each axis.
    ///   - parameterCount: the elements that count as parameters.
    ///   - byteCount: the bytes of all elements.
    ///   - remark: what is to be said of it.
    public init(name: String, dtype: DType, shape: [Int], parameterCount: Int, byteCount: Int, remark: String = "") {
      self.name = name
      self.dtype = dtype
      self.shape = shape
      self.parameterCount = parameterCount
      self.byteCount = byteCount
      self.remark = remark
    }
  }

  /// The order of siblings.
  public enum Order: Sendable {
    /// As the tensors were given.
    case given
    /// By name, byte by byte.
    case name
    /// Most parameters first.
    case parameters
  }

  /// How far the tree is shown.
  public struct Detail: Sendable, Equatable {
    /// Names are cut after this many parts; nil cuts none.
    var maximumParts: Int?
    /// Whether a module whose one or two tensors lie directly in it is one row.
    var mergesSmallModules: Bool
    /// Whether equal neighbours are one row.
    var mergesRuns: Bool

    /// Modules whose one or two tensors lie directly in them are one row, and so are equal neighbours.
    public static let modules = Detail(maximumParts: nil, mergesSmallModules: true, mergesRuns: true)
    /// Every tensor has its row and nothing is rolled up.
    public static let everyTensor = Detail(maximumParts: nil, mergesSmallModules: false, mergesRuns: false)

    /// Names are cut after this many parts; equal neighbours are one row.
    public static func parts(_ count: Int) -> Detail {
      Detail(maximumParts: count, mergesSmallModules: false, mergesRuns: true)
    }
  }

  /// A module or a tensor.
  ///
  /// Numbers of nodes and tensors are narrow, and -1 stands for none: most of the time that a file of very many tensors
  /// takes is for memory.
  struct Node {
    /// The tensor, or -1 for a module.
    var leaf: Int32
    /// A tensor in whose name the part stands, and where.
    var origin: Int32
    var start: Int32
    var end: Int32
    /// The byte before the part; 0 for none.
    var separator: UInt8
    var parent: Int32
    var firstChild: Int32 = -1
    var lastChild: Int32 = -1
    var next: Int32 = -1
    var childCount: Int32 = 0
    /// A hash of the separator and the part.
    var label: UInt64
    var parameterCount = 0
    var byteCount = 0
    /// Equal for nodes with the same contents, in whatever order, and whatever the nodes are called.
    var signature: UInt64 = 0
  }

  let leaves: [Leaf]
  var nodes: [Node] = [
    Node(leaf: -1, origin: -1, start: 0, end: 0, separator: 0, parent: -1, label: 0)
  ]
  /// The largest number of parts of a name.
  public internal(set) var depth = 0

  /// Builds the tree.
  ///
  /// - Parameter leaves: the tensors, in the order in which they are to be shown.
  public init(_ leaves: [Leaf]) {
    self.leaves = leaves
    build()
    summarise()
  }

  /// The part of the name that a node adds.
  func part(of node: Int) -> String {
    let node = nodes[node]
    guard node.origin >= 0 else { return "" }
    return leaves[Int(node.origin)].name.withNameBytes {
      String(decoding: $0[Int(node.start)..<Int(node.end)], as: UTF8.self)
    }
  }

  /// The separator before that part.
  func separator(of node: Int) -> String {
    let byte = nodes[node].separator
    return byte == 0 ? "" : String(Unicode.Scalar(byte))
  }

  /// The tensor that a node is; nil for a module.
  func leaf(of node: Int) -> Int? { nodes[node].leaf < 0 ? nil : Int(nodes[node].leaf) }

  /// The nodes below a node, in the order of the tensors.
  func children(of node: Int) -> [Int] {
    var children: [Int] = []
    children.reserveCapacity(Int(nodes[node].childCount))
    var next = nodes[node].firstChild
    while next >= 0 {
      children.append(Int(next))
      next = nodes[Int(next)].next
    }
    return children
  }
}
