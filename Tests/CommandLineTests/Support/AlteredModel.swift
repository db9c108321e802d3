import TestSupport
import WeightFiles

/// A copy of a reference model in which something was changed.
struct AlteredModel {
  let folder = TemporaryFolder()

  /// The path to give to a command.
  var path: String { folder.path }

  /// Copies a model.
  ///
  /// - Parameters:
  ///   - name: a folder of fixtures/models.
  ///   - config: changes the text of config.json.
  ///   - weights: changes the bytes of the weight file; it is told where each tensor begins.
  /// - Throws: what opening the model throws, or a tensor that it does not have.
  init(
    _ name: String, config: (String) -> String = { $0 },
    weights: (inout [UInt8], (String) throws -> Int) throws -> Void = { _, _ in }
  ) throws {
    let source = Fixtures.path("models/\(name)")
    let text = String(decoding: TemporaryFolder.read("\(source)/config.json"), as: UTF8.self)
    folder.write(Array(config(text).utf8), to: "config.json")
    let checkpoint = try Checkpoint.open("\(source)/model.safetensors")
    var bytes = TemporaryFolder.read("\(source)/model.safetensors")
    try weights(&bytes) { tensor in
      guard let stored = checkpoint.stored(named: tensor) else { throw CaptureError(message: "no \(tensor)") }
      return stored.byteOffset
    }
    folder.write(bytes, to: "model.safetensors")
  }

  /// A copy in which the first element of a float32 tensor has the other sign.
  static func negatingFirst(of tensor: String, in name: String) throws -> AlteredModel {
    try AlteredModel(name, weights: { bytes, offset in bytes[try offset(tensor) + 3] ^= 0x80 })
  }

  /// A copy in which the first element of a float32 tensor is NaN.
  static func spoilingFirst(of tensor: String, in name: String) throws -> AlteredModel {
    try AlteredModel(
      name,
      weights: { bytes, offset in
        let start = try offset(tensor)
        bytes.replaceSubrange(start..<(start + 4), with: [0, 0, 0xC0, 0x7F])
      })
  }
}
