/// The axes of a stored tensor, outermost first, as text: `"(heads head) embed"`.
///
/// Names in parentheses share one stored dimension, outer first; a number is an axis of that constant size (`"1 embed"`).
/// A number in braces, `"width{layer} width{layer+1}"`, makes an axis of its own for each index, where the size differs from
/// one layer to the next.
/// Two spellings of one parameter differ only in their axes, so every transposition, split and fusion between them, and
/// its inverse, follows from the two texts.
public struct Axes: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// For each stored dimension the names of the axes in it.
  public let groups: [[String]]
  /// Whether a name has a number in braces.
  private let hasHoles: Bool

  /// Takes the groups as they are.
  public init(groups: [[String]]) {
    self.groups = groups
    hasHoles = groups.joined().contains { $0.utf8.contains(UInt8(ascii: "{")) }
  }

  /// Reads the text of a literal; traps if it is malformed, because a literal is the programmer's.
  public init(stringLiteral text: String) {
    guard let axes = Axes(parsing: text) else { preconditionFailure("malformed axes: \(text)") }
    self = axes
  }

  /// Reads a text such as `"(heads head) embed"`; nil if the parentheses or names are malformed.
  public init?(parsing text: String) {
    var bytes = text
    guard let groups = bytes.withUTF8(Axes.parse), groups.joined().allSatisfy(Axes.isName) else { return nil }
    self.init(groups: groups)
  }

  private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> [[String]]? {
    var groups: [[String]] = []
    var open: [String]?
    var position = 0
    while position < bytes.count {
      guard bytes[position] != UInt8(ascii: " ") else {
        position += 1
        continue
      }
      if bytes[position] == UInt8(ascii: "(") {
        guard open == nil else { return nil }
        open = []
        position += 1
      }
      let start = position
      while position < bytes.count, isNameByte(bytes[position]) { position += 1 }
      guard position > start else { return nil }
      let name = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
      if open != nil { open?.append(name) } else { groups.append([name]) }
      if position < bytes.count, bytes[position] == UInt8(ascii: ")") {
        guard let group = open else { return nil }
        groups.append(group)
        open = nil
        position += 1
      }
      guard position == bytes.count || bytes[position] == UInt8(ascii: " ") else { return nil }
    }
    return open == nil ? groups : nil
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
    case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "+"): true
    default: false
    }
  }

  /// Whether a name is plain, or plain with one number in braces at its end.
  private static func isName(_ name: String) -> Bool {
    guard let hole = Hole(name) else { return !name.utf8.contains { [0x7B, 0x7D, 0x2B].contains($0) } }
    return !hole.name.isEmpty && !hole.axis.isEmpty
  }

  /// A name that ends with a number in braces: an index, and what is added to it.
  private struct Hole {
    let name: Substring
    let axis: Substring
    let added: Int

    init?(_ text: String) {
      guard text.hasSuffix("}"), let start = text.firstIndex(of: "{") else { return nil }
      let terms = text[text.index(after: start)...].dropLast().split(separator: "+", omittingEmptySubsequences: false)
      guard terms.count <= 2, let added = terms.count == 2 ? Int(terms[1]) : 0 else { return nil }
      (name, axis, self.added) = (text[..<start], terms[0], added)
      guard !(name + axis).utf8.contains(where: { [0x7B, 0x7D, 0x2B].contains($0) }) else { return nil }
    }
  }

  /// The axes of one layer: `width{layer+1}` is `width3` in layer 2.
  ///
  /// - Parameter indices: the index of each axis that stands in braces; a name without its index stays.
  /// - Returns: the same axes under names of their own.
  public func filled(_ indices: [String: Int]) -> Axes {
    guard hasHoles else { return self }
    return Axes(groups: groups.map { $0.map { Axes.filled($0, indices) } })
  }

  /// The name of one axis in one layer.
  ///
  /// - Parameters:
  ///   - name: the name, perhaps with a number in braces.
  ///   - indices: the index of each axis that stands in braces.
  /// - Returns: the name with the number.
  public static func filled(_ name: String, _ indices: [String: Int]) -> String {
    guard name.hasSuffix("}"), let hole = Hole(name), let index = indices[String(hole.axis)] else { return name }
    return "\(hole.name)\(index + hole.added)"
  }

  /// The names of all axes in stored order, without constants.
  public var names: [String] { groups.joined().filter { Int($0) == nil } }

  /// The text, as `init(parsing:)` reads it.
  public var description: String {
    groups.map { $0.count == 1 ? $0[0] : "(\($0.joined(separator: " ")))" }.joined(separator: " ")
  }

  /// The stored shape that these axes have under the given sizes.
  ///
  /// - Parameter sizes: the size of each named axis.
  /// - Returns: a size for each group, or nil if an axis has no size, or the elements cannot be counted.
  public func shape(_ sizes: [String: Int]) -> [Int]? {
    var expanded: [[Int]] = []
    for group in groups {
      var inner: [Int] = []
      for name in group {
        guard let size = Int(name) ?? sizes[name] else { return nil }
        inner.append(size)
      }
      expanded.append(inner)
    }
    guard Tensor.elementCount(of: expanded.joined()) != nil else { return nil }
    return expanded.map { $0.reduce(1, *) }
  }

  /// A window on `tensor`, stored with these axes, whose axes are `order`, one dimension each.
  ///
  /// - Parameters:
  ///   - tensor: the stored tensor; its shape must be `shape(sizes)`.
  ///   - order: the axes of the result, outermost first.
  ///   - sizes: the size of each axis.
  ///   - at: positions on the stored axes that `order` does not have (a part of a fused tensor, a layer of a stack).
  /// - Returns: a tensor on the same bytes.
  public func view(of tensor: Tensor, as order: [String], sizes: [String: Int], at: [String: Int]) -> Tensor {
    let expanded = strides(shape: tensor.shape, strides: tensor.strides, sizes: sizes)
    let window = Axes.window(expanded, as: order, at: at)
    guard let width = tensor.dtype.byteWidth else { preconditionFailure("\(tensor.dtype) cannot be viewed") }
    return Tensor(
      dtype: tensor.dtype, shape: window.map(\.size), strides: window.map(\.stride), storage: tensor.storage,
      byteOffset: tensor.byteOffset + Axes.offset(expanded, at: at) * width)
  }

  /// Where the elements of a window with axes `order` lie inside a row-major tensor stored with these axes.
  ///
  /// - Parameters:
  ///   - order: the axes of the window.
  ///   - sizes: the size of each axis.
  ///   - at: positions on the other stored axes.
  /// - Returns: the window's strides and the position of its first element, in elements.
  public func placement(of order: [String], sizes: [String: Int], at: [String: Int]) -> (strides: [Int], offset: Int) {
    guard let shape = shape(sizes) else { preconditionFailure("an axis of \(self) has no size") }
    let expanded = strides(shape: shape, strides: Tensor.rowMajorStrides(shape), sizes: sizes)
    return (Axes.window(expanded, as: order, at: at).map(\.stride), Axes.offset(expanded, at: at))
  }

  private struct Stride {
    var name: String
    var size: Int
    var stride: Int
  }

  private func strides(shape: [Int], strides: [Int], sizes: [String: Int]) -> [Stride] {
    precondition(shape.count == groups.count, "\(self) does not have the rank of \(shape)")
    var result: [Stride] = []
    for (index, group) in groups.enumerated() {
      var stride = strides[index]
      var inner: [Stride] = []
      for name in group.reversed() {
        guard let size = Int(name) ?? sizes[name] else { preconditionFailure("axis \(name) has no size") }
        inner.append(Stride(name: name, size: size, stride: stride))
        stride *= size
      }
      precondition(inner.reduce(1) { $0 * $1.size } == shape[index], "\(self) does not have the shape \(shape)")
      result += inner.reversed()
    }
    return result
  }

  private static func window(_ expanded: [Stride], as order: [String], at: [String: Int]) -> [Stride] {
    order.map { name in
      guard let found = expanded.first(where: { $0.name == name }) else { preconditionFailure("no axis \(name)") }
      return found
    }
  }

  private static func offset(_ expanded: [Stride], at: [String: Int]) -> Int {
    expanded.reduce(0) { $0 + (at[$1.name] ?? 0) * $1.stride }
  }
}
