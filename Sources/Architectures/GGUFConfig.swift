/// What the metadata of GGUF files have in common while they stand in a file of their own.
///
/// Source: ggml, `docs/gguf.md`: the keys are the container's own.
enum GGUFConfig {
  /// The JSON file that holds the key-value pairs beside weights in another container.
  static let fileName = "gguf_metadata.json"
}
