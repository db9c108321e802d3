/// A place that errors are reported at: a file, or a part of it with offsets of its own.
struct BytePlace: Sendable {
  var path: String
  var tensor: String?
  /// Where the part begins in the file; nil if its bytes lie nowhere as such, because they are compressed.
  var base: Int? = 0

  /// An error at an offset from the beginning of the part.
  func error(_ category: WeightFileError.Category, at offset: Int, _ message: String) -> WeightFileError {
    WeightFileError(category, path: path, tensor: tensor, byteOffset: base.map { $0 + offset }, message: message)
  }
}
