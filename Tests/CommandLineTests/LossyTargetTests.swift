import TestSupport
import Testing

/// Targets whose layout has no place for parts of a model: what is lost is named, the rest is compared, and only a loss that
/// was declared passes.
///
/// Public reports: llama.cpp#13858 (BERT's pooler in GGUF files), mlx-examples' BERT without heads.
@Suite struct LossyTargets {
  let folder = TemporaryFolder()

  /// Models, a layout without a place for a part of them, what is lost, and an output that needs it.
  static let cases = [
    ("bert-base-model", "npz:gguf", "pooler.weight", "pooler_output", "bert.gguf"),
    ("bert-mlm", "npz:gguf", "mlm.transform.weight", "logits", "bert.gguf"),
    ("bert-pretraining", "npz:gguf", "nsp.bias", "seq_relationship_logits", "bert.gguf"),
    ("bert-mlm", "npz:mlx", "mlm.norm.bias", "logits", "bert.mlx"),
  ]

  @Test(arguments: cases) func theRestIsComparedAndTheLossIsNamed(
    _ model: String, _ target: String, _ lost: String, _ output: String, _ layout: String
  ) throws {
    let (original, lossy) = (Fixtures.model(model), folder.file("lossy"))
    try tfconv("convert", original, "-o", lossy, "--to", target, "--allow-lossy", "--verify").expect(
      0, "no place for", "verify   PASS", "without a place, as allowed")
    for (first, second) in [(original, lossy), (lossy, original)] {
      let named = "): only in \(original); \(layout) has no place for it"
      let needing = "\(output) needs what the layout of the other model has no place for; it was not compared"
      try tfconv("verify", first, second).expect(7, "\(lost) (", named, needing, "INCONCLUSIVE")
      try tfconv("verify", first, second, "--allow-lossy").expect(0, named, needing, "as --allow-lossy says", "PASS")
      try tfconv("diff", first, second).expect(1, named)
      try tfconv("verify", first, second, "--json").expect(7, "\"relation\": \"unheld\"", "\"unheld_outputs\"")
    }
    try tfconv("inspect", lossy).expect(0)
  }

  @Test func anOutputThatBothComputeFromOtherPartsIsNeverAPass() throws {
    // The file without the head that classifies is taken for one that predicts: its logits are others.
    let (original, lossy) = (Fixtures.model("gpt2-seqcls"), folder.file("lossy"))
    try tfconv("convert", original, "-o", lossy, "--to", "npz:tf1", "--allow-lossy").expect(0, "lost: score.weight")
    try tfconv("verify", lossy, original, "--allow-lossy").expect(
      7, "score.weight: only in \(original); gpt2.tf1 has no place for it", "logits needs what the layout of one model",
      "INCONCLUSIVE")
  }

  @Test func whatBothHaveMustAgreeAllTheSame() throws {
    var copy = try ModelCopy("bert-base-model")
    copy.edit("encoder.layer.1.output.dense.weight") { $0[5] += 0.5 }
    let lossy = folder.file("lossy")
    try tfconv("convert", copy.write(in: folder), "-o", lossy, "--to", "npz:gguf", "--allow-lossy").expect(0)
    try tfconv("verify", Fixtures.model("bert-base-model"), lossy, "--allow-lossy").expect(
      1, "block.1.ff.down.weight", "FAIL")
  }

  @Test func aHeadThatIsMissingThoughTheLayoutHasAPlaceFails() throws {
    var copy = try ModelCopy("bert-base-model")
    copy["pooler.dense.weight"] = nil
    copy["pooler.dense.bias"] = nil
    try tfconv("verify", Fixtures.model("bert-base-model"), copy.write(in: folder), "--allow-lossy").expect(
      1, "pooler.weight (pooler.dense.weight): only in", "pooler_output exists in only one of the models")
  }
}
