#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Puts descriptors 0, 1 and 2 and the signals of failed writes into the state that the rest of the program assumes.
enum StandardDescriptors {
  /// Makes a closed pipe and a file over its limit errors of `write` rather than the end of the process, and occupies
  /// those of the three descriptors that the caller closed, so that no file opened later receives messages meant for
  /// them.
  ///
  /// They are opened in the direction that cannot be used: a result for a closed standard output is still an error.
  static func prepare() {
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
    where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", mode)
    }
  }
}
