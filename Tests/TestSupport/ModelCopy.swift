public import StrictJSON
public import TensorData
import WeightFiles

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A reference model in memory, to be damaged and written for a test.
public struct ModelCopy {
  /// The names and values in the order of the file.
  public var tensors: [(name: String, tensor: Tensor)]
  /// The members of `config.json`.
  public var config: JSONObject
  /// Whether `config.json` is written.
  public var hasConfig = true

  /// Reads a model of fixtures/models.
  public init(_ fixture: String) throws {
    let folder = Fixtures.path("models/\(fixture)")
    let checkpoint = try Checkpoint.open("\(folder)/model.safetensors")
    tensors = try checkpoint.tensors.map { ($0.name, try checkpoint.tensor(named: $0.name)) }
    let text = String(decoding: TemporaryFolder.read("\(folder)/config.json"), as: UTF8.self)
    config = try JSONValue(parsing: text).object ?? JSONObject()
  }

  /// The members of a file in fixtures, without a configuration.
  public init(recording fixture: String) throws {
    let file = try Checkpoint.open(Fixtures.path(fixture))
    self.init(tensors: try file.tensors.map { ($0.name, try file.tensor(named: $0.name)) })
  }

  /// Tensors of any names, without a configuration.
  public init(tensors: [(name: String, tensor: Tensor)]) {
    self.tensors = tensors
    config = JSONObject()
    hasConfig = false
  }

  /// The tensor of that name; setting replaces it, adds it at the end, or removes it on nil.
  public subscript(name: String) -> Tensor? {
    get { tensors.first { $0.name == name }?.tensor }
    set {
      guard let newValue else { return tensors.removeAll { $0.name == name } }
      if let index = tensors.firstIndex(where: { $0.name == name }) {
        tensors[index].tensor = newValue
      } else {
        tensors.append((name, newValue))
      }
    }
  }

  /// Gives a tensor another name.
  public mutating func rename(_ name: String, to other: String) {
    self[other] = self[name]
    self[name] = nil
  }

  /// Exchanges the values of two tensors.
  public mutating func exchange(_ a: String, _ b: String) { (self[a], self[b]) = (self[b], self[a]) }

  /// Transposes a square matrix.
  public mutating func transpose(_ name: String) {
    guard let tensor = self[name], tensor.shape.count == 2, tensor.shape[0] == tensor.shape[1] else {
      preconditionFailure("\(name) is no square matrix")
    }
    self[name] = tensor.permuted([1, 0]).contiguous()
  }

  /// Changes the float32 values of a tensor.
  public mutating func edit(_ name: String, _ change: (inout [Float]) -> Void) {
    guard let tensor = self[name] else { preconditionFailure("there is no \(name)") }
    var values = tensor.elements(as: Float.self)
    change(&values)
    self[name] = Tensor(.f32, tensor.shape, values)
  }

  /// Writes the model into a new directory of a folder and returns its path.
  public func write(_ name: String = "model", in folder: TemporaryFolder) throws -> String {
    let path = folder.file(name)
    precondition(mkdir(path, 0o777) == 0, "cannot make \(path)")
    let entries = tensors.map { name, tensor in
      WriteEntry(TensorInfo(name: name, dtype: tensor.dtype, shape: tensor.shape)) { tensor }
    }
    let outputs = OutputSet(replace: false)
    _ = try WeightFormat.safetensors.write(
      entries, metadata: [MetadataEntry(key: "format", value: "pt")], to: "\(path)/model.safetensors", in: outputs)
    if hasConfig {
      try outputs.add(Array(JSONValue.object(config).text(indent: 2).utf8), path: "\(path)/config.json")
    }
    try outputs.commit()
    return path
  }
}
