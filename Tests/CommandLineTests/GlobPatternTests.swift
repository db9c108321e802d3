import TestSupport
import Testing

@testable import tfconv

@Suite struct GlobPatternTests {
  @Test(arguments: [
    ("*", ""), ("*", "a.b/c"), ("*.weight", "h.0.attn.weight"), ("h.*.weight", "h.0.attn.c_attn.weight"),
    ("enc*dec*k", "encoder/decoder/layer/k"), ("h.?.w", "h.3.w"), ("h.[0-3].w", "h.2.w"), ("h.[!0-3].w", "h.7.w"),
    ("h.[^0-3].w", "h.7.w"), ("[]a]", "]"), ("[a-]", "-"), ("a[b", "a[b"), ("\\*", "*"), ("a\\", "a\\"), ("**a**", "a"),
    ("", ""), ("?", "é"), ("*a*b*c", "xxaxxbxxbc"), ("h\\[0\\]", "h[0]"),
  ])
  func namesThatFitMatch(pattern: String, name: String) {
    #expect(GlobPattern(pattern).matches(name))
  }

  @Test(arguments: [
    ("", "a"), ("a", ""), ("a", "ab"), ("*.weight", "h.weights"), ("h.?.w", "h.12.w"), ("h.[0-3].w", "h.4.w"),
    ("h.[!0-3].w", "h.2.w"), ("\\*", "a"), ("A", "a"), ("[z-a]", "b"), ("?", "e\u{301}"), ("\u{E9}", "e\u{301}"),
    ("*a*b", "ba"),
  ])
  func namesThatDoNotFitDoNotMatch(pattern: String, name: String) {
    #expect(!GlobPattern(pattern).matches(name))
  }

  @Test(.hangLimit(minutes: 1)) func manyStarsTakeNoExponentialTime() {
    let name = String(repeating: "a", count: 2000)
    #expect(!GlobPattern(String(repeating: "a*", count: 100) + "b").matches(name))
  }
}
