internal import TensorData

/// Turns the tensors of a checkpoint and the places of their storages into an opened file.
struct TorchReader: Sendable {
  /// Where a storage lies.
  struct Block: Sendable {
    /// The member of the archive; nil in the form before version 1.6.
    var entry: ZipEntry?
    /// Where its bytes begin in the file; of a deflated member, where its stream does.
    var byteOffset: Int
    var byteCount: Int
  }

  let path: String
  /// The whole file.
  let file: WholeFile
  let contents: TorchContents
  /// The storages by their keys.
  let blocks: [ByteKey: Block]
  let notes: [String]

  /// The opened file, with the tensors in the order of their bytes.
  func opened() throws(WeightFileError) -> OpenedFile {
    var placed: [(tensor: TorchTensor, block: Block)] = []
    for tensor in contents.tensors { placed.append((tensor, try block(of: tensor))) }
    let order = placed.indices.sorted { a, b in
      let places = [a, b].map { (placed[$0].block.byteOffset + placed[$0].tensor.hull.lowerBound, $0) }
      return places[0] < places[1]
    }
    var listing = [Int](repeating: 0, count: order.count)
    for (position, index) in order.enumerated() { listing[index] = position }
    let sorted = order.map { placed[$0] }
    var firsts: [Window: String] = [:]
    let stored = sorted.map { item in
      let first = firsts[Window(item.tensor)]
      if first == nil, !item.tensor.shape.contains(0) { firsts[Window(item.tensor)] = item.tensor.name }
      return storedTensor(item.tensor, item.block, sameAs: first)
    }
    let keys = sorted.map { ByteKey($0.tensor.storage.key) }
    var members: [ByteKey: Int] = [:]
    for key in keys where members[key] == nil { members[key] = members.count }
    let verified = VerifiedMembers(count: members.count)
    let numbers = keys.map { members[$0] ?? 0 }
    var opened = OpenedFile(
      tensors: stored, metadata: contents.values, notes: notes + contents.notes, listing: listing
    ) { (index) throws(WeightFileError) in
      TensorAssembly(whole: try read(sorted[index].tensor, sorted[index].block, numbers[index], verified))
    }
    opened.branches = branches
    opened.uncheckedContent = { (index) throws(WeightFileError) in
      guard !verified.contains(numbers[index]) else { return nil }
      return try unchecked(sorted[index].tensor, sorted[index].block) { verified.insert(numbers[index]) }
    }
    return opened
  }

  /// The dictionaries at the top under which tensors lie, in the order of the pickle.
  private var branches: [String] {
    var result: [String] = []
    for tensor in contents.tensors {
      guard tensor.path.count > 1, let first = tensor.path.first else { continue }
      if !result.contains(where: { $0.utf8.elementsEqual(first.utf8) }) { result.append(first) }
    }
    return result
  }

  /// Two tensors with equal windows are the same values, stored once.
  private struct Window: Hashable {
    let key: ByteKey
    let hull: Range<Int>
    let shape: [Int]
    let strides: [Int]

    init(_ tensor: TorchTensor) {
      key = ByteKey(tensor.storage.key)
      hull = tensor.hull
      shape = tensor.shape
      strides = tensor.strides
    }
  }

  private func block(of tensor: TorchTensor) throws(WeightFileError) -> Block {
    guard let block = blocks[ByteKey(tensor.storage.key)] else {
      throw WeightFileError(
        .missing, path: path, tensor: tensor.name,
        message: "its storage \(tensor.storage.key.printable(limit: 40)) is not among those that the file lists")
    }
    return block
  }

  private func storedTensor(_ tensor: TorchTensor, _ block: Block, sameAs first: String?) -> StoredTensor {
    let isDeflated = block.entry?.isDeflated ?? false
    let extent =
      isDeflated
      ? Extent(path: path, byteOffset: block.byteOffset, byteCount: block.entry?.storedByteCount ?? 0)
      : Extent(path: path, byteOffset: block.byteOffset + tensor.hull.lowerBound, byteCount: tensor.hull.count)
    return StoredTensor(
      info: TensorInfo(name: tensor.name, dtype: tensor.dtype, shape: tensor.shape), extent,
      encoding: isDeflated ? .deflated : .plain, sameAs: first)
  }

  // MARK: Reading

  private func read(
    _ tensor: TorchTensor, _ block: Block, _ number: Int, _ verified: VerifiedMembers
  ) throws(WeightFileError) -> Tensor {
    guard let entry = block.entry else { return window(tensor, file.storage, block.byteOffset) }
    let bytes = member(entry, tensor)
    guard entry.isDeflated else {
      if !verified.contains(number) {
        try bytes.verify()
        verified.insert(number)
      }
      return window(tensor, file.storage, block.byteOffset)
    }
    let storage = try ByteStorage(byteCount: entry.byteCount) { (output) throws(WeightFileError) in
      try bytes.expand(skipping: 0, into: output)
    }
    return window(tensor, storage, 0)
  }

  /// A tensor that is all of a stored member, before the member's checksum has been compared.
  private func unchecked(
    _ tensor: TorchTensor, _ block: Block, passed: @escaping @Sendable () -> Void
  ) throws(WeightFileError) -> (TensorAssembly, PendingChecksum)? {
    guard let entry = block.entry, !entry.isDeflated, tensor.hull == 0..<entry.byteCount else { return nil }
    let values = window(tensor, file.storage, block.byteOffset)
    guard values.isContiguous, values.byteCount == entry.byteCount else { return nil }
    let bytes = member(entry, tensor)
    let checksum = PendingChecksum(before: CRC32()) { (crc) throws(WeightFileError) in
      try bytes.check(crc)
      passed()
    }
    return (TensorAssembly(whole: values), checksum)
  }

  private func member(_ entry: ZipEntry, _ tensor: TorchTensor) -> ZipMemberBytes {
    ZipMemberBytes(file: file, entry: entry, name: tensor.name, zeroMeansUnchecked: true)
  }

  private func window(_ tensor: TorchTensor, _ storage: ByteStorage, _ start: Int) -> Tensor {
    Tensor(
      dtype: tensor.dtype, shape: tensor.shape, strides: tensor.strides, storage: storage,
      byteOffset: start + tensor.hull.lowerBound)
  }
}
