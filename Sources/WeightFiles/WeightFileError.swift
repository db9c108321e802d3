/// Why a weight file could not be read or written: which file, which tensor, which byte, and what to do about it.
public struct WeightFileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of defect in one word, stable for scripts.
  public enum Category: String, Sendable, CaseIterable {
    /// The file ends before what it declares.
    case truncated
    /// The file is not of this format.
    case badMagic = "bad-magic"
    /// A header breaks the grammar of its format.
    case badHeader = "bad-header"
    /// A text is no JSON.
    case badJSON = "bad-json"
    /// A text is not UTF-8.
    case badUTF8 = "bad-utf8"
    /// A value has the wrong type.
    case badType = "bad-type"
    /// A shape is no list of non-negative whole numbers.
    case badShape = "bad-shape"
    /// A name that the format does not allow.
    case badName = "bad-name"
    /// A compressed stream is invalid.
    case badDeflate = "bad-deflate"
    /// The same name or key twice.
    case duplicate
    /// Byte ranges overlap.
    case overlap
    /// Bytes that belong to no tensor.
    case hole
    /// Bytes after the declared end.
    case trailing
    /// An offset that is no multiple of the alignment, or an alignment that is no power of two.
    case alignment
    /// An offset or length beyond the file.
    case outOfBounds = "out-of-bounds"
    /// Declared sizes contradict each other.
    case sizeMismatch = "size-mismatch"
    /// A size does not fit in 63 bits.
    case overflow
    /// An element type that is unknown or cannot be represented.
    case unsupportedDType = "unsupported-dtype"
    /// A version of the format that is not known.
    case unsupportedVersion = "unsupported-version"
    /// A compression method other than stored and deflated.
    case unsupportedCompression = "unsupported-compression"
    /// Another feature of the format that is not supported.
    case unsupported
    /// Beyond a limit that guards against hostile files.
    case limit
    /// A checksum does not agree with the bytes.
    case crc
    /// A small input that would expand without bound.
    case bomb
    /// Objects that only Python's pickle could read.
    case pickle
    /// A path that leaves its directory.
    case traversal
    /// An encrypted archive member.
    case encrypted
    /// Two records of one fact disagree.
    case mismatch
    /// Something that is referred to is not there.
    case missing
    /// Nesting is too deep.
    case depth
    /// A directory, pipe or device where a file is needed.
    case notRegular = "not-regular"
    /// Several files would fit and none is preferred.
    case ambiguous
    /// The output exists already.
    case exists
    /// The operating system refused; `errorNumber` says why.
    case io
  }

  /// The kind of defect.
  public let category: Category
  /// The file.
  public let path: String
  /// The tensor or archive member concerned, if one is.
  public let tensor: String?
  /// Where in the file, in bytes from its start, if known.
  public let byteOffset: Int?
  /// What was expected, what was found, and what to do.
  public let message: String
  /// The operating system's error number when `category` is `io`.
  public let errorNumber: Int32?

  /// Takes the fields.
  ///
  /// - Parameters:
  ///   - category: the kind of defect.
  ///   - path: the file.
  ///   - tensor: the tensor concerned.
  ///   - byteOffset: the place in the file.
  ///   - message: what was expected, what was found, and what to do.
  ///   - errorNumber: the operating system's error number.
  public init(
    _ category: Category, path: String, tensor: String? = nil, byteOffset: Int? = nil, message: String,
    errorNumber: Int32? = nil
  ) {
    self.category = category
    self.path = path
    self.tensor = tensor
    self.byteOffset = byteOffset
    self.message = message
    self.errorNumber = errorNumber
  }

  /// Everything in one line, safe to print on a terminal.
  public var description: String {
    var text = path.printable()
    if let tensor { text += ": tensor \"\(tensor.printable(limit: 120))\"" }
    if let byteOffset { text += ": byte \(byteOffset)" }
    return text + ": \(message) [\(category.rawValue)]"
  }
}

extension String {
  /// The text with every character that a terminal could act on, or that hides others, written as `\u{...}`.
  ///
  /// - Parameter limit: how many characters are kept before the rest is left out.
  /// - Returns: a text of printable characters.
  public func printable(limit: Int = .max) -> String {
    var result = ""
    for (count, scalar) in unicodeScalars.enumerated() {
      if count == limit { return result + "… (\(utf8.count) bytes)" }
      switch scalar.value {
      case 0..<0x20, 0x7F...0x9F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF, 0xFFF9...0xFFFB,
        0xE0000...0xE007F:
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
