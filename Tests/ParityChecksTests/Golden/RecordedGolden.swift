import ParityChecks
import TensorData
import TestSupport
import WeightFiles

/// A golden file of the given members, written and read back.
func recordedGolden(_ members: [(String, Tensor)]) throws -> GoldenFile {
  let folder = TemporaryFolder()
  let outputs = OutputSet(replace: true)
  let entries = members.map { name, tensor in
    WriteEntry(TensorInfo(name: name, dtype: tensor.dtype, shape: tensor.shape)) { tensor }
  }
  _ = try WeightFormat.npz.write(entries, to: folder.file("golden.npz"), in: outputs)
  try outputs.commit()
  return try GoldenFile(Checkpoint.open(folder.file("golden.npz")))
}
