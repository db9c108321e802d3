/// A setting of which the files of a model say two things, so that it can be read as two functions.
public struct OpenSetting: Sendable, Hashable {
  /// One way to read it.
  public struct Reading: Sendable, Hashable {
    /// What is computed then, and who reads it so.
    public let meaning: String
    /// The option that chooses it, or nil if the file itself has to be mended.
    public let option: String?

    /// Takes both fields.
    public init(_ meaning: String, option: String?) {
      self.meaning = meaning
      self.option = option
    }
  }

  /// What contradicts what, as a sentence without an end.
  public let contradiction: String
  /// The readings, the one that is used first.
  public let readings: [Reading]

  /// Takes both fields.
  public init(_ contradiction: String, readings: [Reading]) {
    self.contradiction = contradiction
    self.readings = readings
  }
}
