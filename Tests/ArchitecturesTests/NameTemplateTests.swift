import Testing

@testable import Architectures

@Suite struct NameTemplates {
  /// Texts, indices and the names they stand for.
  private let spellings: [(text: String, numbers: [String: Int], name: String)] = [
    ("h.{block}.w", ["block": 10], "h.10.w"),
    ("block_{block:03}/w", ["block": 7], "block_007/w"),
    ("layers/encoder{_block}/w", ["block": 0], "layers/encoder/w"),
    ("layers/encoder{_block}/w", ["block": 12], "layers/encoder_12/w"),
    ("norm{_2*block}/w", ["block": 3], "norm_6/w"),
    ("norm_{2*block+1}/w", ["block": 0], "norm_1/w"),
    ("layer{_#encoder+decoder}/w", ["encoder": 12, "decoder": 2], "layer_14/w"),
    ("norm_{2*#encoder+3*decoder+1}/w", ["encoder": 4, "decoder": 2], "norm_15/w"),
    ("bert/<model>/h{block}/w", ["block": 1], "bert/scope_1/h1/w"),
  ]

  @Test func everySpellingReadsBackWhatItWrote() throws {
    for (text, numbers, name) in spellings {
      let template = try #require(NameTemplate(parsing: text))
      #expect(template.description == text)
      #expect(template.filled(numbers, scope: "scope_1") == name)
      var sizes: [String: Int] = [:]
      for axis in template.counts { sizes[axis] = numbers[axis] }
      let indices = try #require(template.match(name, sizes: sizes)?.indices)
      for axis in template.holes { #expect(indices[axis] == numbers[axis], "\(text)") }
    }
  }

  @Test func aNameMatchesOnlyTheWayItIsWritten() {
    for (text, name) in [
      ("h.{block}.w", "h.01.w"), ("h.{block}.w", "h..w"), ("block_{block:03}/w", "block_07/w"),
      ("encoder{_block}/w", "encoder_0/w"), ("encoder{_block}/w", "encoder_01/w"), ("norm_{2*block+1}/w", "norm_4/w"),
      ("norm_{2*block+1}/w", "norm_0/w"), ("<model>/w", "/w"), ("<model>/w", "a/b/w"),
      ("h.{block}.w", "h.1234567890.w"),
    ] {
      #expect(NameTemplate(parsing: text)?.match(name) == nil, "\(text) \(name)")
    }
  }

  @Test func malformedTemplatesAreRefused() {
    for text in [
      "h.{block.w", "h.}", "{}", "{block:x}", "{2*}", "{a+b}", "{-1+a}", "{#}", "<scope>/w", "[bert.w", "{3}", "",
    ] {
      #expect(NameTemplate(parsing: text) == nil, "\(text)")
    }
  }

  @Test func anIndexStaysBelowItsSize() {
    let template: NameTemplate = "layer{_encoder}/w"
    #expect(template.match("layer_3/w", sizes: ["encoder": 3]) == nil)
    #expect(template.match("layer_2/w", sizes: ["encoder": 3])?.indices == ["encoder": 2])
  }

  @Test func theOptionalPrefixIsSeenAndWritten() {
    let template: NameTemplate = "[bert.]x.{block}"
    #expect(template.match("bert.x.1")?.hasPrefix == true)
    #expect(template.match("x.1")?.hasPrefix == false)
    #expect(template.filled(["block": 1], withPrefix: false) == "x.1")
  }
}
