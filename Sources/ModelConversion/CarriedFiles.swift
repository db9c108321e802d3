/// The files that belong to a model beside its weights and configuration: tokenizer, generation settings, licence.
enum CarriedFiles {
  private static let names: Set<String> = [
    "merges.txt", "special_tokens_map.json", "added_tokens.json", "generation_config.json", "spiece.model",
    "sentencepiece.bpe.model", "chat_template.jinja", "chat_template.json", "modules.json",
    "sentence_bert_config.json",
  ]
  private static let beginnings = ["tokenizer", "vocab", "LICENSE", "LICENCE", "NOTICE"]

  /// The names of such files in a directory.
  ///
  /// - Throws: `ModelError` if the directory cannot be read.
  static func names(in directory: String) throws -> [String] {
    try FileSystem.names(in: directory).filter { name in
      try (names.contains(name) || beginnings.contains { name.hasPrefix($0) })
        && FileSystem.kind(of: FileSystem.join(directory, name)) == .file
    }
  }
}
