import StrictJSON
import TensorData
import TestSupport
import Testing

/// Whole models that were cut off instead of rounded: one cause, told once, by every command that judges them.
@Suite struct ModelsCutOff {
  let folder = TemporaryFolder()

  /// A model whose every weight keeps its upper bits alone, as `weights.view(uint32) >> 16` leaves them.
  private func cutOff(_ model: String, isStoredWide: Bool) throws -> String {
    var copy = try ModelCopy(model)
    for (name, tensor) in copy.tensors where tensor.dtype == .f32 {
      let bits = tensor.elements(as: UInt32.self)
      copy[name] =
        isStoredWide
        ? Tensor(.f32, tensor.shape, bits.map { $0 & 0xFFFF_0000 })
        : Tensor(.bf16, tensor.shape, bits.map { UInt16($0 >> 16) })
    }
    return try copy.write("cut", in: folder)
  }

  @Test(arguments: ["bert-mlm", "gpt2-lm", "t5-v10"], [true, false])
  func oneCauseIsToldOnce(model: String, isStoredWide: Bool) throws {
    let original = Fixtures.model(model)
    let cut = try cutOff(model, isStoredWide: isStoredWide)
    let told = "was cut off after 16 bits, not rounded, to BF16"
    let text = try tfconv("verify", original, cut).expect(1, "parameters: each \(told); the first is", "one cause of ")
    #expect(text.output.split(separator: "\n").count { $0.contains(told) } <= 4)
    let report = try JSONValue(parsing: tfconv("verify", original, cut, "--json").output)
    #expect(report["blame"]?["nodes"]?.array?.count == 1)
    #expect(report["blame"]?["shared"]?.array?.first?["sentence"]?.string == told)
    try tfconv("diff", original, cut).expect(1, "parameters: each \(told)")
    let golden = folder.file("g.npz")
    try tfconv("golden", "make", original, "-o", golden).expect(0)
    let check = try tfconv("golden", "check", golden, cut).expect(1, "more parameters: each \(told)")
    #expect(check.output.split(separator: "\n").count { $0.contains(told) } <= 4)
  }
}
