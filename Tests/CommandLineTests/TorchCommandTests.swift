import TensorData
import TestSupport
import Testing
import WeightFiles

/// PyTorch checkpoints in every command: whole, sharded, and inside a training run's.
@Suite struct TorchCommands {
  let folder = TemporaryFolder()
  private let sharded = Fixtures.path("formats/torch/hf_gpt2_sharded")
  private let flat = Fixtures.path("formats/torch/training_flat.bin")
  private let training = Fixtures.path("formats/torch/training.ckpt")

  @Test func aShardedModelIsInspectedConvertedVerifiedAndRun() throws {
    try tfconv("inspect", sharded).expect(0, "gpt2", "pytorch", "2 files")
    for target in [folder.file("out"), folder.file("out.npz")] {
      try tfconv("convert", sharded, "-o", target, "--verify").expect(0)
      try tfconv("verify", sharded, target).expect(0)
      try tfconv("diff", sharded, target).expect(0)
    }
    try tfconv("convert", sharded, "-o", folder.file("tf1.npz"), "--to", "npz:tf1").expect(0)
    try tfconv("verify", sharded, folder.file("tf1.npz")).expect(0)
    try tfconv("run", sharded, "--prompt-ids", "1,2,3", "--generate", "2").expect(0)
    #expect(try Checkpoint.open(folder.file("out/model.safetensors")).format == .safetensors)
  }

  @Test func theDigestIsThatOfTheSameTensorsElsewhere() throws {
    try tfconv("convert", sharded, "-o", folder.file("out"), "--no-copy-files").expect(0)
    let digests = try [sharded, folder.file("out")].map { path in
      try tfconv("hash", path).output.split(separator: "\n").last
    }
    #expect(digests[0] == digests[1])
  }

  @Test func anOptimizerBesideTheModelIsLeftOutByName() throws {
    let left = "left out beside the model: optimizer_states (6 tensors)"
    try tfconv("inspect", training).expect(0, "gpt2", left)
    try tfconv("convert", training, "-o", folder.file("a.safetensors")).expect(0, left)
    try tfconv("verify", training, folder.file("a.safetensors")).expect(0)
    try tfconv("verify", training, flat).expect(0)
    try tfconv("convert", training, "-o", folder.file("b.npz"), "--to", "npz:tf1", "--subtree", "state_dict").expect(
      0, left)
    try tfconv("verify", flat, folder.file("b.npz")).expect(0)
    let read = try Checkpoint.open(folder.file("a.safetensors"))
    #expect(read.contains("transformer.wte.weight") && !read.contains("state_dict.transformer.wte.weight"))
    // Counted and hashed is everything that the file holds.
    try tfconv("hash", training).expect(0, "optimizer_states.0.state.0.exp_avg", "state_dict.lm_head.weight")
  }

  @Test func twoModelsInOneFileAreNotChosenFromInSilence() throws {
    let file = Fixtures.path("formats/torch/training_two_models.pt")
    try tfconv("convert", file, "-o", folder.file("a.safetensors")).expect(
      3, "holds 2 models: model, ema", "name one: --subtree model")
    try tfconv("inspect", file).expect(0, "40 tensors")
    try tfconv("hash", file).expect(0, "ema.lm_head.weight")
    try tfconv("convert", file, "-o", folder.file("a.safetensors"), "--subtree", "model").expect(0)
    try tfconv("verify", flat, folder.file("a.safetensors")).expect(0)
    try tfconv("verify", file, folder.file("a.safetensors"), "--subtree", "ema").expect(1)
    try tfconv("convert", file, "-o", folder.file("b.safetensors"), "--subtree", "nothing").expect(
      3, "no tensor lies under nothing; there are model, ema, optimizer")
  }

  @Test func valuesThatTwoNamesShareCountOnce() throws {
    // Of 341 elements 48 are those of `base` under the name `same`.
    try tfconv("inspect", Fixtures.path("formats/torch/zip_views.pt")).expect(0, "parameters    293 elements")
    // The index of a sharded model counts them once as well, so that there is nothing to note.
    let result = try tfconv("inspect", sharded).expect(0, "15,888 unique")
    #expect(!result.output.contains("the index says"))
  }

  @Test func whatHoldsCodeOrNoTensorsIsRefused() throws {
    for (name, word) in [
      ("torchscript.pt", "a TorchScript program (PyTorch), which holds code"),
      ("tar_2016.pt", "a PyTorch checkpoint of 2016"),
      ("zip_whole_module.pt", "which could run code; save the state_dict alone"),
      ("zip_quantized.pt", "a quantised tensor"), ("zip_sparse.pt", "a sparse tensor"),
      ("two_saves.pt", "a second save"),
    ] {
      let file = Fixtures.path("formats/torch/\(name)")
      for arguments in [["inspect", file], ["convert", file, "-o", folder.file("a.npz")], ["verify", file, file]] {
        try BuiltProgram.run(arguments).expect(3, word)
      }
    }
    #expect(folder.names == [])
  }

  @Test func filesThatTrainingLeavesBesideAModelAreNotTakenForIt() throws {
    folder.write(TemporaryFolder.read(flat), to: "pytorch_model.bin")
    folder.write(TemporaryFolder.read(Fixtures.path("formats/torch/training.config.json")), to: "config.json")
    for name in ["training_args.bin", "optimizer.pt", "scheduler.pt", "rng_state.pth"] { folder.write([1], to: name) }
    try tfconv("inspect", folder.path).expect(0, "gpt2")
  }

  @Test func aCheckpointIsReadButNotWritten() throws {
    for place in ["a.bin", "a.pt", "a.pth", "a.ckpt"] {
      try tfconv("convert", flat, "-o", folder.file(place)).expect(4, "are not written")
    }
    try tfconv("convert", flat, "-o", folder.file("a"), "--to", "pytorch").expect(
      4, "pytorch is read, but not written", "give --to safetensors")
    #expect(folder.names == [])
  }
}
