/// One step of turning tokens into text, as the tokenizers library defines it.
///
/// Source: huggingface/tokenizers, `tokenizers/src/decoders/`. Strings are changed code point by code point: Swift's own
/// comparison of strings would take composed and decomposed letters for equal.
enum DecoderStep: Sendable, Hashable {
  /// Tokens in the byte alphabet become one text.
  case byteLevel
  /// Tokens without the prefix begin a new word; `cleanup` closes the gap before punctuation.
  case wordPiece(prefix: String, cleanup: Bool)
  /// The mark of a space becomes a space, in the first token nothing unless no space was prepended.
  case metaspace(replacement: Unicode.Scalar, dropsFirst: Bool)
  /// The suffix that ends a word becomes a space, in the last token nothing.
  case bpe(suffix: String)
  /// A text inside each token becomes another.
  case replace(pattern: String, content: String)
  /// Tokens such as `<0x61>` become bytes.
  case byteFallback
  /// All tokens become one.
  case fuse
  /// Up to so many of one character are taken from the ends of each token.
  case strip(content: Unicode.Scalar, start: Int, stop: Int)

  /// The tokens after this step.
  func apply(_ tokens: [String]) -> [String] {
    switch self {
    case .byteLevel: return [String(decoding: tokens.flatMap(ByteAlphabet.decode), as: UTF8.self)]
    case .wordPiece(let prefix, let cleanup):
      return tokens.enumerated().map { index, token in
        let word = index == 0 ? token : token.droppingPrefix(prefix) ?? " " + token
        return cleanup ? DecoderStep.cleaned(word) : word
      }
    case .metaspace(let replacement, let dropsFirst):
      return tokens.enumerated().map { index, token in
        var result = String.UnicodeScalarView()
        for scalar in token.unicodeScalars {
          if scalar != replacement { result.append(scalar) } else if index > 0 || !dropsFirst { result.append(" ") }
        }
        return String(result)
      }
    case .bpe(let suffix):
      return tokens.enumerated().map { index, token in
        token.replacingBytes(of: suffix, with: index == tokens.count - 1 ? "" : " ")
      }
    case .replace(let pattern, let content): return tokens.map { $0.replacingBytes(of: pattern, with: content) }
    case .byteFallback: return DecoderStep.joiningBytes(tokens)
    case .fuse: return [tokens.joined()]
    case .strip(let content, let start, let stop):
      return tokens.map { token in
        var scalars = Substring(token).unicodeScalars
        scalars.removeFirst(scalars.prefix(start).prefix { $0 == content }.count)
        scalars.removeLast(scalars.suffix(stop).reversed().prefix { $0 == content }.count)
        return String(scalars)
      }
    }
  }

  // swift-format-ignore
  /// What `cleanup` of `decoders/wordpiece.rs` replaces, in its order.
  private static let cleanups: [(String, String)] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
    (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ]

  private static func cleaned(_ token: String) -> String {
    cleanups.reduce(token) { $0.replacingBytes(of: $1.0, with: $1.1) }
  }

  /// Joins runs of byte tokens; a run that is not UTF-8 gives one U+FFFD for each byte.
  private static func joiningBytes(_ tokens: [String]) -> [String] {
    var result: [String] = []
    var run: [UInt8] = []
    func close() {
      guard !run.isEmpty else { return }
      if let text = String(validating: run, as: UTF8.self) {
        result.append(text)
      } else {
        result.append(contentsOf: repeatElement("\u{FFFD}", count: run.count))
      }
      run = []
    }
    for token in tokens {
      if let byte = byte(of: token) {
        run.append(byte)
      } else {
        close()
        result.append(token)
      }
    }
    close()
    return result
  }

  /// The byte that `<0x61>` names: two hexadecimal digits, or, as Rust reads numbers, a plus sign and one digit.
  private static func byte(of token: String) -> UInt8? {
    let bytes = Array(token.utf8)
    guard bytes.count == 6, bytes.starts(with: "<0x".utf8), bytes[5] == UInt8(ascii: ">"),
      bytes[3] != UInt8(ascii: "-")
    else { return nil }
    return UInt8(String(decoding: bytes[3..<5], as: UTF8.self), radix: 16)
  }
}

extension String {
  /// The rest of the string after a prefix that is there byte for byte; nil if it is not there.
  fileprivate func droppingPrefix(_ prefix: String) -> String? {
    guard utf8.starts(with: prefix.utf8) else { return nil }
    return String(decoding: utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
  }

  /// The string with every occurrence of `pattern`, from the left and without overlap, replaced.
  fileprivate func replacingBytes(of pattern: String, with replacement: String) -> String {
    let text = Array(utf8)
    let pattern = Array(pattern.utf8)
    precondition(!pattern.isEmpty, "an empty pattern is refused when the file is read")
    var result: [UInt8] = []
    var index = 0
    while index < text.count {
      if text[index...].starts(with: pattern) {
        result.append(contentsOf: replacement.utf8)
        index += pattern.count
      } else {
        result.append(text[index])
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
