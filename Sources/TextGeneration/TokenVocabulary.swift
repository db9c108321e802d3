import StrictJSON

/// The tokens of a `tokenizer.json` by id: those of the model, and the added ones.
struct TokenVocabulary: Sendable {
  /// The token of each id.
  private(set) var tokens: [Int: String] = [:]
  /// The ids whose token is special: marks of the model, no part of the text.
  private(set) var specialIDs: Set<Int> = []

  /// Reads the members `model` and `added_tokens`.
  ///
  /// An added token has its content as it is written. (From version 0.23 on the tokenizers library shows tokens that
  /// are marked `normalized` as the file's normalizer changes them.)
  init(_ root: TokenizerMember) throws(TokenizerError) {
    let model = try root.required("model")
    if let type = model.optional("type"), !["BPE", "WordPiece", "WordLevel", "Unigram"].contains(try type.string()) {
      throw type.unsupported("BPE, WordPiece, WordLevel or Unigram")
    }
    let vocabulary = try model.required("vocab")
    // Files older than the member `type` are told apart by what they hold, as the library does.
    let isList = (model.optional("type")?.value.string ?? (vocabulary.value.array == nil ? "" : "Unigram")) == "Unigram"
    try isList ? readPieces(vocabulary) : readTokens(vocabulary)
    try readAdded(root)
  }

  /// Unigram: pieces with their scores; the position is the id.
  private mutating func readPieces(_ list: TokenizerMember) throws(TokenizerError) {
    guard let pieces = list.value.array else { throw list.malformed("an array of pieces") }
    tokens.reserveCapacity(pieces.count)
    for (id, piece) in pieces.enumerated() {
      guard let pair = piece.array, pair.count == 2, let token = pair[0].string, pair[1].double != nil else {
        throw TokenizerMember(value: piece, file: list.file, place: "\(list.place)[\(id)]")
          .malformed("a piece and its score")
      }
      tokens[id] = token
    }
  }

  /// The other models: an object from token to id.
  private mutating func readTokens(_ table: TokenizerMember) throws(TokenizerError) {
    guard let object = table.value.object else { throw table.malformed("an object of tokens") }
    tokens.reserveCapacity(object.members.count)
    for member in object.members {
      let entry = TokenizerMember(value: member.value, file: table.file, place: "\(table.place)[\(quoted(member.key))]")
      let id = try entry.count()
      if let other = tokens.updateValue(member.key, forKey: id) {
        throw entry.malformed("an id of its own (token \(quoted(other)) has the same)")
      }
    }
  }

  private mutating func readAdded(_ root: TokenizerMember) throws(TokenizerError) {
    guard let list = root.optional("added_tokens") else { return }
    var modelIDs: [[UInt8]: Int] = [:]
    let added = try list.elements()
    if !added.isEmpty { for (id, token) in tokens { modelIDs[Array(token.utf8)] = id } }
    var special: Set<[UInt8]> = []
    var contents: [Int: String] = [:]
    for entry in added {
      let content = try entry.required("content").string()
      let idMember = try entry.required("id")
      let id = try idMember.count()
      // The library ignores an added token without content.
      if content.isEmpty { continue }
      if let known = modelIDs[Array(content.utf8)], known != id {
        throw idMember.malformed("\(known), the id of \(quoted(content)) in the model's vocabulary")
      }
      if let other = contents.updateValue(content, forKey: id), !other.utf8.elementsEqual(content.utf8) {
        throw idMember.malformed("an id of its own (added token \(quoted(other)) has the same)")
      }
      if try entry.optional("special")?.bool() ?? false { special.insert(Array(content.utf8)) }
    }
    tokens.merge(contents) { _, added in added }
    guard !special.isEmpty else { return }
    for (id, token) in tokens where special.contains(Array(token.utf8)) { specialIDs.insert(id) }
  }

  private func quoted(_ token: String) -> String { JSONValue.string(token).text() }
}
