internal import Dispatch

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Splits rows among threads.
///
/// Each row is computed as it would be alone, so results do not depend on the split.
enum Parallel {
  /// The number of processors that this process may use.
  static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Calls `body` with ranges of rows that together cover all of them, on up to `threads` threads.
  ///
  /// - Parameters:
  ///   - count: how many rows.
  ///   - threads: how many threads may work.
  ///   - work: how many elementary steps a row takes; little work is not split.
  ///   - body: handles a range of rows; it may write only what belongs to them.
  static func rows(_ count: Int, threads: Int, work: Int, _ body: (Range<Int>) -> Void) {
    let parts = min(threads, count, max(1, count * work / 32_768))
    guard parts > 1 else {
      if count > 0 { body(0..<count) }
      return
    }
    withoutActuallyEscaping(body) { body in
      let shared = SharedBody(call: body)
      DispatchQueue.concurrentPerform(iterations: parts) { part in
        shared.call(count * part / parts..<count * (part + 1) / parts)
      }
    }
  }

  /// Lets the threads share a closure: they touch different rows and all end before `rows` returns.
  private struct SharedBody: @unchecked Sendable {
    let call: (Range<Int>) -> Void
  }
}
