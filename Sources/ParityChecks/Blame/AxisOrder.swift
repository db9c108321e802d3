import TensorData

/// One way in which the elements of a tensor may have been laid out: its axes in another order, some of them split.
///
/// The values of the reference, written out in `order`, were read back as if they lay in the order of `axes`.
struct AxisOrder {
  /// The axes in the order that was meant.
  let axes: [String]
  /// For each axis in the order that was found, its position in `axes`.
  let order: [Int]
  /// The sizes of `axes`.
  let shape: [Int]

  /// What a reader finds who takes the values for row-major in `axes`.
  func applied(to reference: Tensor) -> Tensor {
    reference.reshaped(shape).permuted(order)
  }

  /// What the reference must have been if this is what a reader found.
  func undone(on found: Tensor) -> Tensor {
    var back = order
    for (position, axis) in order.enumerated() { back[axis] = position }
    return found.reshaped(order.map { shape[$0] }).permuted(back)
  }

  /// The order that was found: `head heads embed`.
  var found: String { order.map { axes[$0] }.joined(separator: " ") }

  /// What such an order is called.
  var diagnosis: Diagnosis {
    let sentence =
      "its values lie in the order (\(found)) where (\(axes.joined(separator: " "))) is read"
    if isRotation {
      return Diagnosis(.transposed, "is transposed: \(sentence)")
    }
    if axes.contains("half") {
      return Diagnosis(.axisOrder, "has the two halves of each head interleaved: \(sentence)")
    }
    if let heads = axes.firstIndex(of: "heads"), let head = axes.firstIndex(of: "head"), heads < head,
      order.firstIndex(of: head) == heads, order.firstIndex(of: heads) == head
    {
      return Diagnosis(.axisOrder, "has its heads interleaved: \(sentence)")
    }
    if axes.contains("qkv") { return Diagnosis(.axisOrder, "has q, k and v interleaved: \(sentence)") }
    return Diagnosis(.axisOrder, "has its axes in another order: \(sentence)")
  }

  /// Whether the order is that of a transposed matrix: the last axes came first.
  private var isRotation: Bool {
    guard let first = order.first, first > 0 else { return false }
    return order == Array(first..<order.count) + Array(0..<first)
  }

  /// Every other order of axes that are longer than one; also each head in two halves, as rotary embeddings pair them.
  ///
  /// - Parameters:
  ///   - axes: the axes as they are read.
  ///   - shape: their sizes.
  /// - Returns: transpositions first, then the rest.
  static func all(_ axes: [String], _ shape: [Int]) -> [AxisOrder] {
    let long = axes.indices.filter { shape[$0] > 1 }
    guard !long.isEmpty, long.count <= 4 else { return [] }
    let names = long.map { axes[$0] }
    let sizes = long.map { shape[$0] }
    var orders = permutations(long.count).dropFirst().map { AxisOrder(axes: names, order: $0, shape: sizes) }
    orders.sort { $0.isRotation && !$1.isRotation }
    if let head = names.firstIndex(of: "head"), sizes[head] % 2 == 0, sizes[head] > 2 {
      orders += halves(names, sizes, head)
    }
    return orders
  }

  private static func halves(_ names: [String], _ sizes: [Int], _ head: Int) -> [AxisOrder] {
    let before = Array(0..<head)
    let after = Array((head + 2)..<(names.count + 1))
    func split(_ name: [String], _ size: [Int]) -> AxisOrder {
      AxisOrder(
        axes: Array(names[..<head]) + name + Array(names[(head + 1)...]), order: before + [head + 1, head] + after,
        shape: Array(sizes[..<head]) + size + Array(sizes[(head + 1)...]))
    }
    return [split(["half", "pair"], [2, sizes[head] / 2]), split(["pair", "half"], [sizes[head] / 2, 2])]
  }

  /// All orders of so many things, the identity first.
  static func permutations(_ count: Int) -> [[Int]] {
    guard count > 0 else { return [[]] }
    var all: [[Int]] = []
    for rest in permutations(count - 1) {
      for place in (0...rest.count).reversed() {
        var order = rest
        order.insert(count - 1, at: place)
        all.append(order)
      }
    }
    return all
  }
}
