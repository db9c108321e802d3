import ParityChecks
import TensorData
import WeightFiles

/// Inputs of `verify`, `run` and `golden make` in an `.npz`: `in_NAME` for one batch, `INDEX/in_NAME` for several.
enum InputFile {
  /// Reads the batches of a file; outputs that are recorded beside them are passed over.
  ///
  /// - Parameter path: the file.
  /// - Returns: the batches in the order of their indices, at least one.
  /// - Throws: what reading throws; a failure if the file holds no input, or one of them twice.
  static func read(_ path: String) throws -> [SeededInputs.Batch] {
    let file = try Checkpoint.open(path)
    var batches: [Int?: [String: Tensor]] = [:]
    for info in file.tensors {
      let parts = info.name.split(separator: "/", maxSplits: 1)
      let index = parts.count == 2 ? Int(parts[0]) : nil
      let member = index == nil ? info.name : String(parts[1])
      if member.hasPrefix("out_") { continue }
      let name = member.hasPrefix("in_") ? String(member.dropFirst(3)) : member
      guard batches[index]?[name] == nil else {
        throw CommandFailure(status: .invalidInput, message: "\(path) holds the input \(name) twice")
      }
      batches[index, default: [:]][name] = try file.tensor(named: info.name)
    }
    guard !batches.isEmpty else {
      throw CommandFailure(
        status: .invalidInput, message: "\(path) holds no inputs", details: ["a member is called in_NAME, or NAME"])
    }
    return batches.sorted { ($0.key ?? -1) < ($1.key ?? -1) }.map { index, inputs in
      SeededInputs.Batch(name: index.map { "\(path) \($0)" } ?? path, inputs: inputs)
    }
  }

  /// Reads a file that holds a single batch.
  ///
  /// - Parameter path: the file.
  /// - Returns: its inputs.
  /// - Throws: what reading throws; a failure if there are several batches.
  static func readOne(_ path: String) throws -> [String: Tensor] {
    let batches = try read(path)
    guard batches.count == 1 else {
      throw CommandFailure(
        status: .invalidInput, message: "\(path) holds \(batches.count) batches of inputs, one is needed")
    }
    return batches[0].inputs
  }

  /// Writes the inputs of every batch.
  ///
  /// - Parameters:
  ///   - batches: the batches.
  ///   - path: the file.
  ///   - replacesExisting: whether a file that exists may be replaced.
  /// - Throws: what writing throws.
  static func write(_ batches: [SeededInputs.Batch], to path: String, replacesExisting: Bool) throws {
    var entries: [WriteEntry] = []
    for (index, batch) in batches.enumerated() {
      for (name, tensor) in batch.inputs.sorted(by: { $0.key < $1.key }) {
        let member = batches.count == 1 ? "in_\(name)" : "\(index)/in_\(name)"
        entries.append(WriteEntry(TensorInfo(name: member, dtype: tensor.dtype, shape: tensor.shape)) { tensor })
      }
    }
    let files = OutputSet(replace: replacesExisting)
    _ = try WeightFormat.npz.write(entries, to: path, in: files)
    try files.commit()
  }
}
