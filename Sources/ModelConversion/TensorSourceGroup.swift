import TensorData

/// Several sources as one: the tensors of the first, then those of the next.
struct TensorSourceGroup: TensorSource {
  let tensors: [TensorInfo]
  private let owners: [ByteKey: any TensorSource]

  init(_ sources: [any TensorSource]) {
    tensors = sources.flatMap(\.tensors)
    var owners: [ByteKey: any TensorSource] = [:]
    for source in sources {
      for info in source.tensors { owners[ByteKey(info.name)] = source }
    }
    self.owners = owners
  }

  func tensor(named name: String) throws -> Tensor {
    guard let owner = owners[ByteKey(name)] else { throw ModelError(.invalid, "there is no tensor \(name)") }
    return try owner.tensor(named: name)
  }
}
