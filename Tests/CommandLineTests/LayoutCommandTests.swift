import Architectures
import TestSupport
import Testing

@testable import tfconv

/// The commands `layouts` and `explain`, and the options `--map` and `--vocab`.
@Suite struct LayoutCommandTests {
  private let folder = TemporaryFolder()
  private let gpt2 = Fixtures.model("gpt2-tatoeba-tiny")

  @Test func theTablesInTheDocumentationAreCurrent() {
    expectRecorded(LayoutsMarkdown.text, at: "docs/LAYOUTS.md")
  }

  @Test func everyLayoutIsListed() throws {
    let result = try tfconv("layouts").expect(0)
    for architecture in ArchitectureRegistry.all {
      for layout in architecture.layouts { #expect(result.output.contains("\(architecture.name).\(layout.name) ")) }
    }
  }

  @Test func oneLayoutIsPrintedAsText() throws {
    #expect(try tfconv("layouts", "show", "bert.tf1").expect(0).output == BERT.layouts[1].text(BERT.self))
    try tfconv("layouts", "show", "brt.tf1").expect(2, "there is no layout brt.tf1", "did you mean bert.tf1?")
    try tfconv("layouts", "show").expect(2, "show needs a layout")
    try tfconv("layouts", "list").expect(2, "there is no action list")
  }

  @Test func aNameIsExplained() throws {
    try tfconv("explain", "h.3.attn.c_attn.weight").expect(
      0, "block.3.attention.q.weight", "part qkv 0", "model/h3/attn/c_attn/w")
    try tfconv("explain", "bert.pooler.dense.weigth").expect(
      4, "no layout has a tensor bert.pooler.dense.weigth", "the nearest name is bert.pooler.dense.weight")
  }

  @Test func aUsersOwnLayoutIsWrittenAndReadBack() throws {
    let own = GPT2.layouts[0].text(GPT2.self).replacing("layout gpt2.hf", with: "layout gpt2.mine")
      .replacing("[transformer.]h.{block}.mlp.c_fc.weight : embed ff", with: "stack/{block:02}/up : ff embed")
    _ = folder.write(Array(own.utf8), to: "mine.txt")
    try tfconv(
      "convert", gpt2, "-o", folder.file("mine"), "--to", "npz:mine", "--map", folder.file("mine.txt"), "--verify"
    ).expect(0, "verify   PASS")
    try tfconv("inspect", folder.file("mine"), "--filter", "stack*").expect(0, "stack")
    try tfconv("convert", folder.file("mine"), "-o", folder.file("lost"), "--to", "safetensors:hf").expect(
      4, "the tensors look like gpt2.", "stack/00/up")
    try tfconv(
      "convert", folder.file("mine"), "-o", folder.file("back"), "--to", "safetensors:hf", "--map",
      folder.file("mine.txt")
    ).expect(0)
    #expect(
      TemporaryFolder.read(folder.file("back/model.safetensors")) == TemporaryFolder.read("\(gpt2)/model.safetensors"))
  }

  @Test func aMistakeInTheUsersLayoutNamesLineAndColumn() throws {
    _ = folder.write(Array("layout gpt2.hf\nfinal_nrm.weight = x : embed\n".utf8), to: "rows.txt")
    try tfconv("convert", gpt2, "-o", folder.file("o"), "--to", "npz:tf1", "--map", folder.file("rows.txt")).expect(
      3, "rows.txt:2:1: gpt2 has no parameter final_nrm.weight", "did you mean final_norm.weight?")
  }

  @Test func theVocabularyIsCutAndPadded() throws {
    try tfconv("convert", gpt2, "-o", folder.file("cut"), "--to", "safetensors:hf", "--vocab", "1000", "--verify")
      .expect(
        0, "verify   PASS", "the vocabulary changes from 1024 to 1000: 24 rows are cut off")
    try tfconv("inspect", folder.file("cut")).expect(0, "vocab 1000 (vocab_size)", "[1000, 128]")
    try tfconv(
      "convert", gpt2, "-o", folder.file("padded"), "--to", "npz:flax", "--vocab", "1025", "--vocab-fill", "0.5"
    ).expect(0, "1 rows of 0.5 are added")
    try tfconv("inspect", folder.file("padded")).expect(0, "[1025, 128]")
    try tfconv("convert", gpt2, "-o", folder.file("o"), "--vocab", "1000").expect(
      2, "--vocab needs to know the layout that is written")
  }

  @Test func keptTensorsAreF32() throws {
    try tfconv("convert", gpt2, "-o", folder.file("half"), "--dtype", "f16").expect(0)
    try tfconv("convert", folder.file("half"), "-o", folder.file("bf16"), "--dtype", "bf16", "--keep-f32", "*wte*")
      .expect(0)
    try tfconv("inspect", folder.file("bf16")).expect(0, "BF16", "F32 524.3 kB")
  }
}
