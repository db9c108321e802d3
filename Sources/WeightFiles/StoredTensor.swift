public import TensorData

/// Bytes of a file that lie together.
public struct Extent: Sendable, Hashable {
  /// The file.
  public let path: String
  /// Where they begin.
  public let byteOffset: Int
  /// How many there are.
  public let byteCount: Int

  /// Takes the three.
  public init(path: String, byteOffset: Int, byteCount: Int) {
    self.path = path
    self.byteOffset = byteOffset
    self.byteCount = byteCount
  }
}

/// How stored bytes become elements.
public enum Encoding: Sendable, Equatable {
  /// They are the elements, in some order.
  case plain
  /// They are a deflate stream.
  case deflated
  /// They are blocks of quantised elements of this type, which are decoded to what the tensor is listed as.
  case blocks(String)
  /// They are cut into chunks, which may be compressed.
  case chunks
}

/// One tensor of a checkpoint and where its bytes lie.
public struct StoredTensor: Sendable {
  /// Name, element type and shape.
  public let info: TensorInfo
  /// How its bytes are encoded.
  public let encoding: Encoding
  /// The name of an earlier tensor whose stored elements are the very same, or nil.
  public let sameAs: String?

  private let first: Extent
  private let further: [Extent]

  /// Takes the description.
  ///
  /// - Parameters:
  ///   - info: name, element type and shape.
  ///   - extent: where the bytes lie, or the first of them.
  ///   - further: where the others lie, in order.
  ///   - encoding: how they become elements.
  ///   - sameAs: the name of an earlier tensor whose stored elements are the same.
  init(
    info: TensorInfo, _ extent: Extent, further: [Extent] = [], encoding: Encoding = .plain, sameAs: String? = nil
  ) {
    self.info = info
    first = extent
    self.further = further
    self.encoding = encoding
    self.sameAs = sameAs
  }

  /// The same under another name.
  func renamed(_ name: String, sameAs: String?) -> StoredTensor {
    StoredTensor(
      info: TensorInfo(name: name, dtype: info.dtype, shape: info.shape), first, further: further, encoding: encoding,
      sameAs: sameAs)
  }

  /// Where the bytes lie, in the order in which they are needed.
  public var extents: [Extent] { [first] + further }
  /// The file that holds the first of them.
  public var path: String { first.path }
  /// Where its stored bytes begin in that file.
  public var byteOffset: Int { first.byteOffset }
  /// How many bytes it takes in the files.
  public var storedByteCount: Int { further.reduce(first.byteCount) { $0 + $1.byteCount } }
  /// Whether the stored bytes are a deflate stream.
  public var isCompressed: Bool { encoding == .deflated }
}
