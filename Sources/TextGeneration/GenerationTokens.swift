public import StrictJSON

/// What a `generation_config.json` says about generating text: its tokens, and what it asks for beside them.
public struct GenerationTokens: Sendable, Hashable {
  /// The tokens that end a row: `eos_token_id`, a number or a list.
  public let endTokens: [Int]
  /// What fills rows that have ended: `pad_token_id`.
  public let padToken: Int?
  /// What the decoder of an encoder-decoder starts with: `decoder_start_token_id`, or else `bos_token_id`.
  public let decoderStartToken: Int?
  /// Members that would make `generate` of transformers choose other tokens, and that are not carried out.
  ///
  /// `repetition_penalty` is one. Whoever generates should tell the user. Sampling settings are not among them: these
  /// are the caller's choice.
  public let unmetMembers: [String]

  /// Takes the tokens; nothing is unmet.
  init(endTokens: [Int], padToken: Int?, decoderStartToken: Int?) {
    self.endTokens = endTokens
    self.padToken = padToken
    self.decoderStartToken = decoderStartToken
    unmetMembers = []
  }

  /// Reads a configuration.
  ///
  /// - Parameter config: the content of `generation_config.json`, or, where a model has none, of `config.json`.
  /// - Throws: `configuration` if a token id is not a whole number.
  public init(config: JSONValue) throws(GenerationError) {
    endTokens = try GenerationTokens.tokens("eos_token_id", in: config)
    padToken = try GenerationTokens.tokens("pad_token_id", in: config).first
    let start = try GenerationTokens.tokens("decoder_start_token_id", in: config).first
    let begin = try GenerationTokens.tokens("bos_token_id", in: config).first
    decoderStartToken = start ?? begin
    unmetMembers = GenerationTokens.neutralValues.compactMap { name, neutral in
      guard let value = config[name], value != .null, value.double != neutral || value.double == nil else { return nil }
      return name
    }
  }

  // swift-format-ignore
  /// The members that change which token is chosen, and the number that stands for "not at all" (`null` always does).
  ///
  /// Source: transformers, `generation/configuration_utils.py`.
  private static let neutralValues: [(name: String, neutral: Double?)] = [
    ("num_beams", 1), ("num_beam_groups", 1), ("penalty_alpha", nil), ("diversity_penalty", 0),
    ("repetition_penalty", 1), ("encoder_repetition_penalty", 1), ("no_repeat_ngram_size", 0),
    ("encoder_no_repeat_ngram_size", 0), ("min_length", 0), ("min_new_tokens", 0), ("bad_words_ids", nil),
    ("force_words_ids", nil), ("forced_bos_token_id", nil), ("forced_eos_token_id", nil),
    ("suppress_tokens", nil), ("begin_suppress_tokens", nil), ("sequence_bias", nil), ("constraints", nil),
    ("exponential_decay_length_penalty", nil), ("guidance_scale", 1), ("watermarking_config", nil),
  ]

  private static func tokens(_ key: String, in config: JSONValue) throws(GenerationError) -> [Int] {
    guard let value = config[key], value != .null else { return [] }
    var ids: [Int] = []
    for element in value.array ?? [value] {
      guard let id = element.int else {
        throw .configuration(key: key, expected: "a whole number or a list of them", found: value.text())
      }
      ids.append(id)
    }
    return ids
  }
}
