import GraphRuntime
import TensorData
import TensorGraph
import TestSupport
import Testing
import WeightFiles

/// One case of `fixtures/operations`: tensors that torch computed, by name.
struct RecordedOperation {
  let tensors: [String: Tensor]

  init(_ name: String) throws {
    let file = try Checkpoint.open(Fixtures.path("operations/operations.npz"))
    var tensors: [String: Tensor] = [:]
    for info in file.tensors where info.name.hasPrefix("\(name)/") {
      tensors[String(info.name.dropFirst(name.count + 1))] = try file.tensor(named: info.name)
    }
    try #require(!tensors.isEmpty, "no case \(name)")
    self.tensors = tensors
  }

  subscript(_ name: String) -> Tensor {
    get throws { try #require(tensors[name], "no tensor \(name)") }
  }
}

/// How far the largest element may be from what torch computed in float64, relative to the largest.
func tolerance(of precision: Precision) -> Double { precision == .f64 ? 1e-13 : 2e-6 }

/// Compares a value with what torch computed.
func expect(
  _ found: Tensor?, _ recorded: Tensor, _ precision: Precision, _ comment: Comment? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let found = try #require(found, sourceLocation: sourceLocation)
  #expect(found.shape == recorded.shape, comment, sourceLocation: sourceLocation)
  #expect(found.dtype == precision.dtype, comment, sourceLocation: sourceLocation)
  guard found.shape == recorded.shape else { return }
  let distance = try worstRelative(found, recorded.doubles())
  #expect(distance < tolerance(of: precision), comment, sourceLocation: sourceLocation)
}
