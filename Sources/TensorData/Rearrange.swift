internal import CKernels

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The strided copies of the package: every transposition, split and fusion ends here.
public enum Rearrange {
  /// Copies the elements of a strided tensor to where `strides` put them.
  ///
  /// - Parameters:
  ///   - source: the elements.
  ///   - destination: memory that starts with the element at index zero on every axis.
  ///   - strides: for each axis of `source` the distance in the destination, in elements.
  public static func copy(_ source: Tensor, into destination: UnsafeMutableRawBufferPointer, strides: [Int]) {
    guard source.elementCount > 0 else { return }
    guard let width = source.dtype.byteWidth else {
      source.withUnsafeBytes { destination.copyMemory(from: $0) }
      return
    }
    guard let from = source.storage.bytes.baseAddress, let to = destination.baseAddress else { return }
    let last = zip(source.shape, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
    precondition((last + 1) * width <= destination.count, "the copy leaves its destination")
    let axes = coalesced(shape: source.shape, from: source.strides, to: strides)
    withExtendedLifetime(source.storage) {
      copyAxes(axes[...], from: from + source.byteOffset, to: to, width: width)
    }
  }

  private struct Axis {
    var size: Int
    var from: Int
    var to: Int
  }

  /// Orders the axes by their destination and joins those that are one axis on both sides.
  private static func coalesced(shape: [Int], from: [Int], to: [Int]) -> [Axis] {
    var axes: [Axis] = []
    for index in shape.indices where shape[index] != 1 {
      axes.append(Axis(size: shape[index], from: from[index], to: to[index]))
    }
    axes.sort { $0.to > $1.to }
    var joined: [Axis] = []
    for axis in axes {
      if let outer = joined.last, outer.from == axis.from * axis.size, outer.to == axis.to * axis.size {
        joined[joined.count - 1] = Axis(size: outer.size * axis.size, from: axis.from, to: axis.to)
      } else {
        joined.append(axis)
      }
    }
    return joined
  }

  private static func copyAxes(
    _ axes: ArraySlice<Axis>, from: UnsafeRawPointer, to: UnsafeMutableRawPointer, width: Int
  ) {
    guard let inner = axes.last else {
      memcpy(to, from, width)
      return
    }
    // The two innermost axes of a transposition are the one that is dense in the destination and the one that is
    // dense in the source; they go through the blocked kernel together.
    let outer = axes.dropLast()
    guard let rowIndex = outer.indices.min(by: { outer[$0].from < outer[$1].from }) else {
      tfconv_copy_2d(from, 0, inner.from, to, 0, inner.to, 1, inner.size, width)
      return
    }
    var rest = outer
    let row = rest.remove(at: rowIndex)
    forEach(rest, from: from, to: to, width: width) { from, to in
      tfconv_copy_2d(from, row.from, inner.from, to, row.to, inner.to, row.size, inner.size, width)
    }
  }

  private static func forEach(
    _ axes: ArraySlice<Axis>, from: UnsafeRawPointer, to: UnsafeMutableRawPointer, width: Int,
    _ body: (UnsafeRawPointer, UnsafeMutableRawPointer) -> Void
  ) {
    guard let axis = axes.first else { return body(from, to) }
    for index in 0..<axis.size {
      forEach(
        axes.dropFirst(), from: from + index * axis.from * width, to: to + index * axis.to * width, width: width, body)
    }
  }

  /// Whether two blocks hold the same bytes.
  static func equal(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    guard a.count == b.count else { return false }
    guard a.count > 0, let first = a.baseAddress, let second = b.baseAddress else { return true }
    return memcmp(first, second, a.count) == 0
  }

  /// How the bytes that both blocks have compare: less than zero if the first is the lesser.
  static func order(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int32 {
    guard let first = a.baseAddress, let second = b.baseAddress else { return 0 }
    return memcmp(first, second, min(a.count, b.count))
  }
}
