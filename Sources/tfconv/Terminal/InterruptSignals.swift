#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Ends the process in order when it is interrupted: temporaries are removed, then it exits with 128 + the signal.
///
/// The signals are blocked in every thread and awaited by one thread of their own, so that the clean-up runs as
/// ordinary code rather than inside a signal handler. Signals that were ignored at the start (`nohup`, background jobs
/// of scripts) stay ignored. A second signal during the clean-up ends the process at once.
enum InterruptSignals {
  /// SIGINT ends in 130, SIGTERM in 143, SIGHUP (the terminal was closed) in 129.
  private static let handled = [SIGINT, SIGTERM, SIGHUP]

  /// Written before the thread that reads them exists, and never again.
  private nonisolated(unsafe) static var watched = sigset_t()
  private nonisolated(unsafe) static var cleanup: @convention(c) () -> Void = {}

  /// Starts to watch; to be called once, from the main thread, before any other thread exists.
  ///
  /// - Parameter cleanup: removes what must not stay behind.
  static func watch(cleanup: @escaping @convention(c) () -> Void) {
    self.cleanup = cleanup
    sigemptyset(&watched)
    for signal in handled where !isIgnored(signal) { sigaddset(&watched, signal) }
    guard pthread_sigmask(SIG_BLOCK, &watched, nil) == 0 else { return }
    var thread = pthread_t()
    if pthread_create(&thread, nil, awaitSignal, nil) == 0 {
      pthread_detach(thread)
    } else {
      pthread_sigmask(SIG_UNBLOCK, &watched, nil)
    }
  }

  private static let awaitSignal: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { _ in
    var signal: Int32 = 0
    while sigwait(&watched, &signal) != 0 {}
    pthread_sigmask(SIG_UNBLOCK, &watched, nil)
    cleanup()
    // The prompt that follows starts on a line of its own, after the ^C or a progress bar.
    if isatty(STDERR_FILENO) == 1 { _ = write(STDERR_FILENO, "\n", 1) }
    _exit(128 + signal)
  }

  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(signal, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
