public import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension Trait where Self == TimeLimitTrait {
  /// Fails a test that hangs.
  ///
  /// That is after some minutes, or an hour for each where a sanitizer slows everything down, as scripts/sanitize says in
  /// the environment. The time that a test waits for others counts.
  public static func hangLimit(minutes: Int) -> Self {
    .timeLimit(.minutes(getenv("TFCONV_SANITIZER") == nil ? minutes : 60 * minutes))
  }
}
