public import TensorData
public import WeightFiles

/// Inputs and outputs that the original framework recorded: an `.npz` with members `in_NAME` and `out_NAME`.
public struct GoldenFile: Sendable {
  /// The recorded inputs by name.
  public let inputs: [String: Tensor]
  /// The recorded outputs by name.
  public let outputs: [String: Tensor]
  /// Members that are neither.
  public let others: [String]
  /// What tfconv recorded beside them, or nil if another program made the file.
  let record: GoldenRecord?

  /// Reads a golden file.
  ///
  /// - Parameter checkpoint: the opened file.
  /// - Throws: what reading a member throws.
  public init(_ checkpoint: Checkpoint) throws {
    var inputs: [String: Tensor] = [:]
    var outputs: [String: Tensor] = [:]
    var others: [String] = []
    let record = try GoldenRecord.read(checkpoint)
    let known = record == nil ? [] : GoldenRecord.memberNames
    for info in checkpoint.tensors where !known.contains(info.name) {
      if info.name.hasPrefix("in_") {
        inputs[String(info.name.dropFirst(3))] = try checkpoint.tensor(named: info.name)
      } else if info.name.hasPrefix("out_") {
        outputs[String(info.name.dropFirst(4))] = try checkpoint.tensor(named: info.name)
      } else {
        others.append(info.name)
      }
    }
    self.inputs = inputs
    self.outputs = outputs
    self.others = others
    self.record = record
  }
}
