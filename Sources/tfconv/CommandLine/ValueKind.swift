/// What the value of an option or positional must look like, checked while the command line is parsed.
enum ValueKind: Sendable {
  case text
  case file
  /// The name of a command.
  case command
  case choice([String])
  case integer(ClosedRange<Int>)
  case number(NumberRange)
  case size
  case keyValue
  /// Words between commas.
  case list
  /// Whole numbers, zero or more each, between commas.
  case integerList

  /// The numbers that an option accepts.
  enum NumberRange: Sendable {
    case nonNegative
    case positive
    /// Above 0, at most 1.
    case fraction
    /// Any.
    case finite
  }

  /// `text` in the spelling that commands rely on, or nil if it is not of this kind.
  func accepted(_ text: String) -> String? {
    switch self {
    case .text, .file, .command: text.isEmpty ? nil : text
    case .choice(let values): values.first { $0 == text } ?? values.first { $0.lowercased() == text.lowercased() }
    case .integer(let range): Int(text).flatMap { range.contains($0) ? String($0) : nil }
    case .number(let range): Double(text).flatMap { range.contains($0) ? text : nil }
    case .size: ByteSize(parsing: text).map { String($0.count) }
    case .keyValue: text.firstIndex(of: "=").flatMap { $0 == text.startIndex ? nil : text }
    case .list: text.splitAtCommas().allSatisfy { !$0.isEmpty } ? text : nil
    case .integerList: text.splitAtCommas().allSatisfy { (Int($0) ?? -1) >= 0 } ? text : nil
    }
  }

  /// What is accepted, to follow "expects".
  var expectation: String {
    switch self {
    case .text: "a text that is not empty"
    case .file: "a path"
    case .command: "the name of a command"
    case .choice(let values): "one of " + values.joined(separator: ", ")
    case .integer(let range) where range.upperBound == Int.max && range.lowerBound == Int.min: "a whole number"
    case .integer(let range) where range.upperBound == Int.max: "a whole number, \(range.lowerBound) or more"
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .number(.nonNegative): "a number, 0 or more"
    case .number(.positive): "a number above 0"
    case .number(.fraction): "a number above 0, at most 1"
    case .number(.finite): "a number"
    case .size: "a size such as 5GB, 500MB, 2GiB or a number of bytes, above 0"
    case .keyValue: "KEY=VALUE"
    case .list: "words separated by commas"
    case .integerList: "whole numbers, 0 or more, separated by commas"
    }
  }
}

extension ValueKind.NumberRange {
  /// Whether `value` is finite and inside the range.
  func contains(_ value: Double) -> Bool {
    guard value.isFinite else { return false }
    return switch self {
    case .nonNegative: value >= 0
    case .positive: value > 0
    case .fraction: value > 0 && value <= 1
    case .finite: true
    }
  }
}

extension String {
  /// The parts between commas, empty ones included.
  func splitAtCommas() -> [String] {
    split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }
}
