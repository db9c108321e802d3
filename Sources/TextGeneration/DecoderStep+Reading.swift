/// Reading of the member `decoder` of a `tokenizer.json`.
extension DecoderStep {
  /// The steps that a decoder stands for, sequences laid out flat.
  ///
  /// - Parameter decoder: the member.
  /// - Returns: the steps in order.
  /// - Throws: `unsupported` for a type that is not implemented, `malformed`.
  static func steps(_ decoder: TokenizerMember) throws(TokenizerError) -> [DecoderStep] {
    let type = try decoder.required("type")
    switch try type.string() {
    case "Sequence":
      var steps: [DecoderStep] = []
      for member in try decoder.required("decoders").elements() { steps += try self.steps(member) }
      return steps
    case "ByteLevel": return [.byteLevel]
    case "WordPiece":
      return [
        .wordPiece(
          prefix: try decoder.required("prefix").string(), cleanup: try decoder.required("cleanup").bool())
      ]
    case "Metaspace": return [try metaspace(decoder)]
    case "BPEDecoder": return [.bpe(suffix: try decoder.required("suffix").nonEmptyString())]
    case "Replace": return [try replace(decoder)]
    case "ByteFallback": return [.byteFallback]
    case "Fuse": return [.fuse]
    case "Strip":
      return [
        .strip(
          content: try decoder.required("content").scalar(), start: try decoder.required("start").count(),
          stop: try decoder.required("stop").count())
      ]
    default:
      throw type.unsupported(
        "one of ByteLevel, WordPiece, Metaspace, BPEDecoder, Replace, ByteFallback, Fuse, Strip, Sequence")
    }
  }

  private static func metaspace(_ decoder: TokenizerMember) throws(TokenizerError) -> DecoderStep {
    let replacement = try decoder.required("replacement").scalar()
    let schemeMember = decoder.optional("prepend_scheme")
    let scheme = try schemeMember?.string() ?? "always"
    guard ["always", "first", "never"].contains(scheme) else {
      throw (schemeMember ?? decoder).malformed("always, first or never")
    }
    if let legacy = decoder.optional("add_prefix_space"), try !legacy.bool(), scheme != "never" {
      throw legacy.malformed("true, or \"prepend_scheme\" to be \"never\"")
    }
    return .metaspace(replacement: replacement, dropsFirst: scheme != "never")
  }

  private static func replace(_ decoder: TokenizerMember) throws(TokenizerError) -> DecoderStep {
    let pattern = try decoder.required("pattern")
    if let expression = pattern.optional("Regex") {
      throw expression.unsupported("a plain text to replace, not a regular expression")
    }
    return .replace(
      pattern: try pattern.required("String").nonEmptyString(), content: try decoder.required("content").string())
  }
}
