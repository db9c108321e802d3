#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What is known of the place where output goes: whether it is a terminal, how wide it is, and whether colour is wanted.
struct TerminalInfo: Sendable {
  var isTerminal = false
  /// Columns; 80 where there is no terminal.
  var width = 80
  var allowsColor = false

  /// Asks the system about a descriptor.
  ///
  /// Colour is allowed on a terminal other than `dumb`, unless `NO_COLOR` is set to anything but an empty text
  /// (no-color.org).
  init(descriptor: Int32) {
    guard isatty(descriptor) == 1 else { return }
    isTerminal = true
    var size = winsize()
    if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { width = Int(size.ws_col) }
    allowsColor = (Self.environment("NO_COLOR") ?? "").isEmpty && Self.environment("TERM") != "dumb"
  }

  /// A made-up place.
  init(isTerminal: Bool, width: Int, allowsColor: Bool) {
    self.isTerminal = isTerminal
    self.width = width
    self.allowsColor = allowsColor
  }

  /// The value of an environment variable, or nil if it is not set.
  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}
