/// A name compared byte by byte.
///
/// Tensor names are byte strings: `"é"` composed and decomposed are two names, while Swift's `String` calls them equal.
/// Dictionaries of tensors are keyed by this type.
public struct ByteKey: Hashable, Sendable, Comparable {
  /// The name.
  public let name: String

  /// Wraps a name.
  public init(_ name: String) { self.name = name }

  /// Whether both names are the same bytes.
  public static func == (a: ByteKey, b: ByteKey) -> Bool { a.name.hasSameBytes(as: b.name) }

  /// Whether one name comes before the other by its UTF-8 bytes, as Rust and Python's `bytes` sort.
  public static func < (a: ByteKey, b: ByteKey) -> Bool { a.name.bytesPrecede(b.name) }

  /// Feeds the bytes to the hasher.
  public func hash(into hasher: inout Hasher) {
    var name = name
    name.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(0xFF as UInt8)
  }
}
