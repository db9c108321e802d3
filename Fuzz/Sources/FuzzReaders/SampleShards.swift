import TensorData
import WeightFiles

/// The shards that fuzzed indexes refer to.
enum SampleShards {
  /// Writes two shards, the first with tensor `a`, the second with `b` and `c`.
  ///
  /// - Parameter folder: a folder that exists.
  /// - Throws: what writing throws.
  static func write(to folder: String) throws {
    let outputs = OutputSet(replace: true)
    for (number, names) in [["a"], ["b", "c"]].enumerated() {
      let entries = names.map { name in
        let tensor = Tensor(dtype: .f32, shape: [2]) { $0.copyBytes(from: [0, 0, 128, 63, 0, 0, 0, 64]) }
        return WriteEntry(TensorInfo(name: name, dtype: .f32, shape: [2])) { tensor }
      }
      _ = try WeightFormat.safetensors.write(
        entries, to: "\(folder)/model-0000\(number + 1)-of-00002.safetensors", in: outputs)
    }
    try outputs.commit()
  }
}
