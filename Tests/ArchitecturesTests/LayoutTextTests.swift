import Architectures
import TensorData
import Testing

/// The text of a layout and the reader that takes it back.
@Suite struct LayoutTextTests {
  @Test func everyLayoutReadsBackTheTextThatItPrints() throws {
    for architecture in ArchitectureRegistry.all {
      for layout in architecture.layouts {
        let text = layout.text(architecture)
        let back = try LayoutTextReader.read(text, file: "printed")
        #expect(back.architecture.name == architecture.name)
        #expect(back.layout.text(architecture) == text, "\(architecture.name).\(layout.name)")
        #expect(back.layout.config.keys.map(\.name) == layout.config.keys.map(\.name))
      }
    }
  }

  @Test func aKnownLayoutWithoutItsPrefixesPrintsThatItHasNone() throws {
    let without = try LayoutTextReader.read("layout bert.flax\nprefix with", file: "mine.txt")
    #expect(without.layout.prefixedBy == [] && BERT.layout(named: "flax")?.prefixedBy != [])
    let text = without.layout.text(BERT.self)
    #expect(text.contains("\nprefix with\n"))
    #expect(try LayoutTextReader.read(text, file: "printed").layout.prefixedBy == [])
  }

  @Test func aFileHoldsOneLayout() {
    let error = #expect(throws: LayoutError.self) {
      try LayoutTextReader.read(
        "layout bert.hf\npooler.weight = p : embed pooled\nlayout gpt2.hf", file: "mine.txt")
    }
    #expect(error?.message == "mine.txt:3:1: a second layout; the rows above are those of hf")
  }

  @Test func aTextUnderANewNameStandsOnItsOwn() throws {
    let text = GPT2.layouts[0].text(GPT2.self).replacing("layout gpt2.hf", with: "layout gpt2.mine")
    let own = try LayoutTextReader.read(text, file: "mine.txt")
    #expect(own.layout.name == "mine")
    #expect(own.layout.rows.count == GPT2.layouts[0].rows.count)
    var request = MappingRequest()
    request.ownLayouts = [own]
    #expect(request.layouts(of: GPT2.self).last?.name == "mine")
    #expect(request.layouts(of: BERT.self).count == BERT.layouts.count)
  }

  @Test func aLayoutLikeAKnownOneStandsBesideIt() throws {
    let own = try LayoutTextReader.read(
      "layout gpt2.mine like gpt2.hf\nfinal_norm.weight = norm.w : embed", file: "mine.txt")
    #expect(own.layout.name == "mine")
    #expect(own.layout.rows.count == GPT2.layouts[0].rows.count)
    #expect(own.layout.prefixedBy == GPT2.layouts[0].prefixedBy)
    #expect(own.layout.rows.first { $0.canonical == "final_norm.weight" }?.names == ["norm.w"])
    var request = MappingRequest()
    request.ownLayouts = [own]
    #expect(request.layouts(of: GPT2.self).map(\.name) == GPT2.layouts.map(\.name) + ["mine"])
  }

  @Test func rowsReplaceThoseOfAKnownLayout() throws {
    let own = try LayoutTextReader.read(
      """
      layout bert.hf   # only one row differs
      pooler.weight = head.pool.w : embed pooled
        alias head.pool.weight
      ignore head.junk.{block} holds constant=0.5 because a leftover
      ignore ending .momentum holds anything because optimiser slot
      """, file: "rows.txt")
    let row = try #require(own.layout.rows.first { $0.canonical == "pooler.weight" })
    #expect(row.names.map(\.description) == ["head.pool.w", "head.pool.weight"])
    #expect(row.axes == "embed pooled")
    #expect(own.layout.rows.count == BERT.layouts[0].rows.count)
    #expect(own.layout.accounted.count == BERT.layouts[0].accounted.count + 2)
    var request = MappingRequest()
    request.ownLayouts = [own]
    #expect(request.layouts(of: BERT.self).count == BERT.layouts.count)
  }

  @Test(arguments: [
    ("pooler.weight = x : embed pooled", "f:1:1:", "before the line that names the layout"),
    ("layout bert", "f:1:1:", "expected layout ARCHITECTURE.NAME"),
    ("layout bert.own from bert.hf", "f:1:1:", "like LAYOUT"),
    ("layout bert.own like bert.hg", "f:1:22:", "bert has no layout bert.hg"),
    ("layout brt.hf", "f:1:8:", "there is no architecture brt"),
    ("layout bert.hf\npoolr.weight = x : embed pooled", "f:2:1:", "bert has no parameter poolr.weight"),
    ("layout bert.hf\npooler.weight : x = embed pooled", "f:2:1:", "expected PARAMETER = NAME : AXES"),
    ("layout bert.hf\n\n pooler.weight = x{ : embed pooled", "f:3:18:", "x{ is no name"),
    ("layout bert.hf\npooler.weight = x : embed (pooled", "f:2:21:", "are no axes"),
    ("layout bert.hf\npooler.weight = x : embed", "f:2:21:", "but pooler.weight has embed pooled"),
    ("layout bert.hf\npooler.weight = x : embed pooled at qkv", "f:2:34:", "expected at AXIS=POSITION"),
    ("layout bert.hf\n  alias x", "f:2:3:", "belongs below the row"),
    ("layout bert.hf\nignore x because y", "f:2:1:", "holds VALUE because REASON"),
    ("layout bert.hf\ntied often", "f:2:1:", "expected tied keep"),
    ("layout bert.hf\nconfig conf.json", "f:2:8:", "no layout of bert has a configuration file conf.json"),
    ("# nothing", "f names no layout", ""),
  ])
  func aMistakeIsAnsweredWithLineAndColumn(text: String, place: String, sentence: String) {
    let error = #expect(throws: LayoutError.self) { try LayoutTextReader.read(text, file: "f") }
    #expect(error?.message.hasPrefix(place) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains(sentence) == true || sentence.isEmpty, "\(error?.message ?? "")")
  }
}
