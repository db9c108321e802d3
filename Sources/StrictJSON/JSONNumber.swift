/// A number as its digits, so that large integers and `1e-12` come out as they went in.
public struct JSONNumber: Sendable, Equatable {
  /// The number in JSON's grammar.
  public let text: String

  /// A whole number.
  public init(_ value: Int) { text = String(value) }

  /// The shortest digits that read back as `value`, which must be finite: JSON has no other numbers.
  public init(_ value: Double) {
    precondition(value.isFinite, "JSON cannot hold \(value)")
    text = value.description
  }

  /// Keeps digits that were read from a text.
  init(source: String) { text = source }

  /// The whole number; nil if it is written with a fraction or an exponent, or does not fit.
  public var int: Int? { Int(text) }

  /// The nearest double; infinite for a number beyond its range.
  public var double: Double { Double(text) ?? .nan }
}
