/// The text of a progress bar at one moment.
struct ProgressLine: Sendable {
  /// What is counted.
  enum Unit: Sendable {
    case bytes
    case items
  }

  let label: String
  let unit: Unit
  /// The work in all, in units; 0 if unknown.
  let total: Int
  var done = 0
  var seconds = 0.0

  /// The line, at most `width - 1` columns so that no terminal wraps it: label, bar, share, rate and time left.
  func text(width: Int) -> String {
    let amount = unit == .bytes ? NumberText.bytes(done) : NumberText.grouped(done)
    let whole = unit == .bytes ? NumberText.bytes(total) : NumberText.grouped(total)
    var tail = total > 0 ? "\(amount) / \(whole)" : amount
    if seconds > 0, done > 0 {
      let rate = Double(done) / seconds
      let perSecond = Int(exactly: rate.rounded()) ?? 0
      if unit == .bytes { tail += "  \(NumberText.bytes(perSecond))/s" }
      if total > done { tail += "  \(NumberText.duration(seconds: Double(total - done) / rate)) left" }
    }
    let head = label.escapingControlCharacters() + "  "
    let room = min(30, width - 1 - head.columnCount - tail.columnCount - 2)
    guard total > 0, room >= 8 else { return String((head + tail).unicodeScalars.prefix(max(0, width - 1))) }
    let filled = Int(min(1, Double(done) / Double(total)) * Double(room))
    return head + String(repeating: "█", count: filled) + String(repeating: "░", count: room - filled) + "  " + tail
  }
}
