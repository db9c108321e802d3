public import StrictJSON

/// Turns token ids into text, as the `tokenizer.json` of a model says.
///
/// The text is that of `Tokenizer.decode` in the tokenizers library (huggingface/tokenizers,
/// `tokenizers/src/tokenizer/mod.rs`), byte for byte. Where that library aborts (the decoder Strip on a token
/// whose two ends meet, or that is shorter than the end), nothing of the token is left.
public struct TokenDecoder: Sendable {
  private let vocabulary: TokenVocabulary
  /// Nil if the file has no decoder: tokens are then joined with spaces.
  private let steps: [DecoderStep]?

  /// Reads a tokenizer.
  ///
  /// Models: BPE, WordPiece, WordLevel, Unigram. Decoders: ByteLevel, WordPiece, Metaspace, BPEDecoder, Replace (of plain
  /// text), ByteFallback, Fuse, Strip, Sequence. What only matters to the way from text to ids is not looked at.
  ///
  /// - Parameters:
  ///   - json: the content of a `tokenizer.json`.
  ///   - file: the file's name, for errors.
  /// - Throws: `unsupported` for another model, decoder or version, `malformed` for a file that is not what the format says.
  public init(json: JSONValue, file: String) throws(TokenizerError) {
    let root = TokenizerMember(value: json, file: file, place: "")
    if let version = root.optional("version"), try version.string() != "1.0" { throw version.unsupported("\"1.0\"") }
    vocabulary = try TokenVocabulary(root)
    if let decoder = root.optional("decoder") { steps = try DecoderStep.steps(decoder) } else { steps = nil }
  }

  /// The text of a sequence of ids.
  ///
  /// Ids that no token has add nothing to the text, as in the library: models often have more rows in their embedding
  /// than their tokenizer has tokens. Bytes that are not UTF-8 become U+FFFD.
  ///
  /// - Parameters:
  ///   - ids: the token ids.
  ///   - skipSpecialTokens: whether tokens such as `</s>` are left out.
  /// - Returns: the text.
  public func text(_ ids: [Int], skipSpecialTokens: Bool = true) -> String {
    let tokens = ids.compactMap { id in
      skipSpecialTokens && vocabulary.specialIDs.contains(id) ? nil : vocabulary.tokens[id]
    }
    guard let steps else { return tokens.joined(separator: " ") }
    return steps.reduce(tokens) { $1.apply($0) }.joined()
  }

  /// The token of an id as the vocabulary spells it, nil if there is none.
  public func token(_ id: Int) -> String? { vocabulary.tokens[id] }
}
