import Architectures
import ModelConversion
import ParityChecks
import StrictJSON
import TensorData
import TestSupport
import WeightFiles

/// A copy of a fixture that a test damages: its tensors in memory, its configuration.
struct DamagedModel {
  let name: String
  let original: Model
  private(set) var source = MemorySource()
  private(set) var config: ConfigFile

  /// Copies a fixture.
  init(_ name: String) throws {
    self.name = name
    original = try Model.open(Fixtures.path("models/\(name)"))
    for info in original.checkpoint.tensors {
      source.add(info.name, try original.checkpoint.tensor(named: info.name))
    }
    guard let config = original.configs.first else { preconditionFailure("\(name) has no configuration") }
    self.config = config
  }

  /// Sets a key of the configuration.
  mutating func set(_ key: String, _ value: JSONValue) { config.object[key] = value }

  /// Replaces a tensor by what a function makes of its values.
  mutating func change(_ tensor: String, _ body: ([Float], [Int]) -> [Float]) throws {
    let stored = try source.tensor(named: tensor)
    source.add(tensor, Tensor(.f32, stored.shape, body(try stored.floats(), stored.shape)))
  }

  /// Replaces a tensor by its values in another order of axes, under the old shape.
  ///
  /// - Parameters:
  ///   - tensor: the stored name.
  ///   - sizes: the sizes into which the tensor is split.
  ///   - order: the order in which those axes are written.
  /// - Throws: what reading the tensor throws.
  mutating func reorder(_ tensor: String, _ sizes: [Int], _ order: [Int]) throws {
    let stored = try source.tensor(named: tensor)
    source.add(tensor, stored.reshaped(sizes).permuted(order).reshaped(stored.shape))
  }

  /// Adds or replaces a tensor.
  mutating func put(_ tensor: String, _ value: Tensor) { source.add(tensor, value) }

  /// Exchanges two tensors of one shape.
  mutating func exchange(_ first: String, _ second: String) throws {
    let tensor = try source.tensor(named: first)
    source.add(first, try source.tensor(named: second))
    source.add(second, tensor)
  }

  /// Exchanges the tensors of all layers as if their numbers had been sorted as text.
  mutating func sortLayersAsText(_ prefix: String, count: Int) throws {
    let order = (0..<count).sorted { String($0) < String($1) }
    let copy = source
    for (layer, from) in order.enumerated() {
      for info in copy.tensors where info.name.hasPrefix("\(prefix)\(from).") {
        source.add(
          "\(prefix)\(layer)." + info.name.dropFirst("\(prefix)\(from).".count), try copy.tensor(named: info.name))
      }
    }
  }

  /// Compares the original with the copy.
  func compare() throws -> ParityReport {
    var request = MappingRequest()
    request.configs = [config]
    var reference = MappingRequest()
    reference.configs = original.configs
    var options = ParityOptions()
    options.inputs = [SeededInputs.batches(for: try original.mapped().graph(), seed: 1)[1]]
    return try ParityCheck.compare(
      ParitySide(name: name, source: original.checkpoint, request: reference),
      ParitySide(name: "copy", source: source, request: request), options: options)
  }
}
