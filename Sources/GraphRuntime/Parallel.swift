internal import CKernels

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
      var split = Split(count: count, parts: parts, body: body)
      withUnsafeMutablePointer(to: &split) { split in
        tfconv_parallel(
          Int32(clamping: threads), parts,
          { context, part in
            guard let split = context?.assumingMemoryBound(to: Split.self).pointee else { return }
            split.body(split.count * part / split.parts..<split.count * (part + 1) / split.parts)
          }, split)
      }
    }
  }

  /// What the threads share: they touch different rows and all end before `rows` returns.
  private struct Split {
    let count: Int
    let parts: Int
    let body: (Range<Int>) -> Void
  }
}
