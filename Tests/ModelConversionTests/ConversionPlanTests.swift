import Architectures
import TensorData
import TestSupport
import Testing
import WeightFiles

@testable import ModelConversion

/// Plans: every source byte has a fate, and what was staged appears only when it is committed.
@Suite struct ConversionPlans {
  let folder = TemporaryFolder()

  private func plan(
    _ path: String, _ format: WeightFormat, _ layout: String?, _ change: (inout ConversionOptions) -> Void = { _ in }
  ) throws -> ConversionPlan {
    var options = ConversionOptions(format: format)
    options.layout = layout
    change(&options)
    return try ConversionPlan(Model.open(path), options)
  }

  @Test(arguments: Fixtures.models, ["hf", "tf1", "flax", nil])
  func theLedgerAccountsForEveryByte(model: String, layout: String?) throws {
    let path = Fixtures.path("models/\(model)")
    let plan: ConversionPlan
    do {
      plan = try self.plan(path, .npz, layout)
    } catch let error as LayoutError {
      #expect(error.kind == .notRepresentable)
      return
    }
    let source = plan.source.checkpoint.tensors
    #expect(plan.ledger.byteCount == source.reduce(0) { $0 + $1.byteCount })
    #expect(plan.ledger.entries.map(\.name) == source.map(\.name))
    let totals = Ledger.Fate.allCases.map(plan.ledger.total)
    #expect(totals.reduce(0) { $0 + $1.bytes } == plan.ledger.byteCount)
    #expect(totals.reduce(0) { $0 + $1.tensors } == source.count)
    let kinds = plan.kinds
    #expect(kinds.unchanged + kinds.renamed + kinds.rearranged + kinds.fused == plan.outputs.count)
    if layout == "hf" || layout == nil { #expect(kinds.unchanged == plan.outputs.count) }
  }

  @Test func tensorsThatAreLeftOutHaveAReason() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy["lm_head.weight"] = copy["transformer.wte.weight"]
    copy["transformer.h.0.attn.masked_bias"] = Tensor(.f32, [], [-1e4] as [Float])
    copy["extra"] = Tensor(.u8, [3], [1, 2, 3] as [UInt8])
    let plan = try plan(copy.write(in: folder), .npz, "tf1") { $0.mapping.allowedUnmapped = ["extra"] }
    func entry(_ name: String) -> Ledger.Entry? { plan.ledger.entries.first { $0.name == name } }
    #expect(entry("lm_head.weight")?.fate == .tied)
    #expect(entry("transformer.h.0.attn.masked_bias")?.fate == .buffer)
    #expect(entry("transformer.h.0.attn.masked_bias")?.detail == "mask value buffer")
    #expect(entry("extra")?.fate == .unmapped)
    #expect(entry("transformer.wte.weight")?.detail == "model/wte")
    #expect(plan.ledger.total(.unmapped).bytes == 3)
  }

  @Test func whatIsNotCommittedDisappearsWithItsDirectory() throws {
    let destination = try ConversionDestination(folder.file("out"), ConversionOptions(format: .npz))
    do {
      let staged = try plan(Fixtures.path("models/gpt2-lm"), .npz, "tf1").stage(to: destination)
      #expect(folder.names == ["out"])
      #expect(TemporaryFolder.names(in: folder.file("out")).allSatisfy { $0.hasSuffix(".partial") })
      #expect(try staged.readBack().tensors.count == 28)
    }
    #expect(folder.names.isEmpty)
    try plan(Fixtures.path("models/gpt2-lm"), .npz, "tf1").stage(to: destination).commit()
    #expect(
      TemporaryFolder.names(in: folder.file("out")) == [
        "config.json", "generation_config.json", "hparams.json", "model.npz",
      ])
  }

  @Test func aDirectoryThatWasThereStays() throws {
    let options = ConversionOptions(format: .npz)
    let destination = try ConversionDestination(folder.file("mine"), options)
    try destination.makeDirectories([]).keep()
    do { _ = try plan(Fixtures.path("models/gpt2-lm"), .npz, nil).stage(to: destination) }
    #expect(folder.names == ["mine"])
    #expect(TemporaryFolder.names(in: folder.file("mine")).isEmpty)
  }

  @Test func whatTheFormatCannotHoldIsFoundBeforeAnythingIsWritten() throws {
    let plan = try plan(Fixtures.path("models/gpt2-lm"), .npy, nil)
    let destination = try ConversionDestination(folder.file("a.npy"), plan.options)
    let error = #expect(throws: ModelError.self) { try plan.check(destination) }
    #expect(error?.kind == .cannotConvert)
  }

  @Test func typesThatCannotBeWrittenAreRefused() throws {
    var copy = try ModelCopy("gpt2-lm")
    copy["transformer.ln_f.bias"] = Tensor(.i32, [33], [Int32](repeating: 1, count: 33))
    let path = try copy.write(in: folder)
    let error = #expect(throws: ModelError.self) { try plan(path, .npz, "tf1") { $0.dtype = .f32 } }
    #expect(error?.message == "model/ln_f/b: I32 is no type of weights")
  }

  @Test func aHeadIsKeptDroppedOrMadeAsThePolicySays() throws {
    var copy = try ModelCopy("gpt2-lm")
    let without = try copy.write("without", in: folder)
    copy["lm_head.weight"] = copy["transformer.wte.weight"]
    let with = try copy.write("with", in: folder)
    for (path, policy, isThere) in [
      (without, TiedPolicy.keep, false), (without, .drop, false), (without, .materialize, true), (with, .keep, true),
      (with, .drop, false), (with, .materialize, true),
    ] {
      let plan = try plan(path, .safetensors, "hf") { $0.tied = policy }
      #expect(plan.outputs.contains { $0.info.name == "lm_head.weight" } == isThere, "\(path) \(policy)")
    }
  }
}
