import ParityChecks
import TensorData
import TestSupport
import WeightFiles

/// A golden file of the given members, written and read back.
func recordedGolden(_ members: [(String, Tensor)], format: WeightFormat = .npz) throws -> GoldenFile {
  let folder = TemporaryFolder()
  let outputs = OutputSet(replace: true)
  let entries = members.map { name, tensor in
    WriteEntry(TensorInfo(name: name, dtype: tensor.dtype, shape: tensor.shape)) { tensor }
  }
  let path = folder.file("golden\(format.fileExtension)")
  _ = try format.write(entries, to: path, in: outputs)
  try outputs.commit()
  return try GoldenFile(Checkpoint.open(path))
}
