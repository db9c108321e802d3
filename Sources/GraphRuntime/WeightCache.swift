import Synchronization
import TensorData

/// Parameters that are kept from run to run, in the form in which nodes use them.
final class WeightCache: Sendable {
  private struct Content {
    var tensors: [ByteKey: Tensor] = [:]
    var linears: [Int: PreparedLinear] = [:]
    var vectors: [ByteKey: Elements<Float>] = [:]
  }

  private let content = Mutex(Content())

  /// The tensor kept under that name, made on first use.
  func tensor(_ name: String, make: () throws -> Tensor) rethrows -> Tensor {
    let key = ByteKey(name)
    if let known = content.withLock({ $0.tensors[key] }) { return known }
    let made = try make()
    content.withLock { $0.tensors[key] = made }
    return made
  }

  /// The weights of the node, prepared on first use.
  func linear(_ node: Int, make: () throws -> PreparedLinear) rethrows -> PreparedLinear {
    if let known = content.withLock({ $0.linears[node] }) { return known }
    let made = try make()
    content.withLock { $0.linears[node] = made }
    return made
  }

  /// The elements of the parameter of that name, converted on first use.
  func vector(_ name: String, make: () throws -> Elements<Float>) rethrows -> Elements<Float> {
    let key = ByteKey(name)
    if let known = content.withLock({ $0.vectors[key] }) { return known }
    let made = try make()
    content.withLock { $0.vectors[key] = made }
    return made
  }
}
