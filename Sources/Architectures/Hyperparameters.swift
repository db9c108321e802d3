/// One value of a model's configuration.
public enum Hyperparameter: Sendable, Hashable, CustomStringConvertible {
  /// A whole number.
  case int(Int)
  /// A real number.
  case double(Double)
  /// A yes or no.
  case bool(Bool)
  /// A name.
  case string(String)

  /// The value as text.
  public var description: String {
    switch self {
    case .int(let value): "\(value)"
    case .double(let value): "\(value)"
    case .bool(let value): value ? "true" : "false"
    case .string(let value): value
    }
  }
}

/// The hyper-parameters of one model under canonical names, each with the place it came from.
///
/// Sizes have the names of the axes (`embed`, `heads`, `block`); the others are listed in each architecture's file.
public struct Hyperparameters: Sendable {
  /// A value and where it came from.
  public struct Entry: Sendable {
    /// The value.
    public var value: Hyperparameter
    /// "config.json: n_head", "shape of wte.weight", "default of transformers".
    public var origin: String

    /// The origin of a value that neither the file nor its configuration gives, in a comparison of two models.
    static let borrowed = "as in the model it is compared with"
    /// Whether the value is that of the model that this one is compared with.
    public var isBorrowed: Bool { origin == Entry.borrowed }
  }

  /// The values by canonical name.
  public private(set) var entries: [String: Entry] = [:]
  /// The parts (heads, decoder) that the model has.
  public var parts: Set<String> = []
  /// What a user should know about the files that the values came from.
  public var notes: [String] = []
  /// What a configuration says, but not in words that are understood; only a look at a model has such values.
  var unread: Set<String> = []

  /// No hyper-parameters.
  public init() {}

  /// Sets a value.
  public mutating func set(_ name: String, _ value: Hyperparameter, origin: String) {
    entries[name] = Entry(value: value, origin: origin)
  }

  /// Removes a value.
  public mutating func remove(_ name: String) { entries[name] = nil }

  /// The value of that name.
  public subscript(name: String) -> Hyperparameter? { entries[name]?.value }

  /// The whole number of that name, or nil.
  public func int(_ name: String) -> Int? {
    if case .int(let value) = self[name] { value } else { nil }
  }

  /// The number of that name, or nil.
  public func double(_ name: String) -> Double? {
    switch self[name] {
    case .double(let value): value
    case .int(let value): Double(value)
    default: nil
    }
  }

  /// The yes or no of that name; no if there is none.
  public func flag(_ name: String) -> Bool {
    if case .bool(let value) = self[name] { value } else { false }
  }

  /// The name of that name, or nil.
  public func string(_ name: String) -> String? {
    if case .string(let value) = self[name] { value } else { nil }
  }

  /// All whole numbers, as sizes of axes.
  public var sizes: [String: Int] {
    entries.compactMapValues { if case .int(let value) = $0.value { value } else { nil } }
  }
}
