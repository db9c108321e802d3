internal import TensorData

/// Reads an HDF5 file: every dataset of numbers is a tensor whose name is its path.
///
/// Links inside the file are followed, those that lead out of it never. A group that is its own member is legal; the walk
/// does not enter a group that it is inside of.
struct HDF5Reader {
  private let image: HDF5Image
  private let options: ReadOptions
  private var datasets: [(name: String, address: UInt64, dataset: HDF5Dataset)] = []
  private var known: [UInt64: HDF5Dataset] = [:]
  private var metadata: [MetadataEntry] = []
  private var notes: [String] = []
  /// The groups that the walk is inside of.
  private var path: Set<UInt64> = []
  private var linkCount = 0

  /// The deepest nesting of groups.
  private static let depthLimit = 64
  /// The most links of a file: hard links can make a small file's paths countless.
  private static let linkLimit = 1_000_000

  static func recognise(_ probe: FileProbe) -> Confidence {
    var offset = 0
    while offset < probe.byteCount {
      if probe.bytes(at: offset, count: 8) == HDF5Superblock.signature { return .certain }
      offset = offset == 0 ? 512 : 2 * offset
    }
    return .none
  }

  static func open(_ files: FileSet, _ options: ReadOptions) throws(WeightFileError) -> OpenedFile {
    guard files.isIndex else { return try open(files.main, options) }
    // The index has the model's scope before each name, the datasets have not (transformers, `save_pretrained` of TF2).
    return try ShardIndex(files, dropping: 1).open { (file) throws(WeightFileError) in try open(file, options) }
  }

  private static func open(_ file: MappedFile, _ options: ReadOptions) throws(WeightFileError) -> OpenedFile {
    let superblock = try HDF5Superblock(WholeFile(file))
    var reader = HDF5Reader(superblock.image, options)
    let root = try HDF5ObjectHeader(superblock.image, at: superblock.root)
    try reader.walk(root, superblock.root, "", 0)
    for attribute in try HDF5Attributes(superblock.image, root).texts {
      reader.metadata.append(MetadataEntry(key: attribute.name, value: attribute.text))
    }
    if superblock.surplus > 0 {
      reader.notes.append("\(superblock.surplus) bytes behind the declared end were ignored")
    }
    return try reader.opened()
  }

  private init(_ image: HDF5Image, _ options: ReadOptions) {
    self.image = image
    self.options = options
  }

  // MARK: Walking

  private mutating func walk(
    _ header: HDF5ObjectHeader, _ address: UInt64, _ name: String, _ depth: Int
  ) throws(WeightFileError) {
    guard HDF5Group.isGroup(header) else { return try add(header, address, name) }
    guard depth <= HDF5Reader.depthLimit else {
      throw image.error(.depth, object: name, "groups are nested more than \(HDF5Reader.depthLimit) deep")
    }
    guard path.insert(address).inserted else { return }
    defer { path.remove(address) }
    for link in try HDF5Group(image, header).links {
      let child = name.isEmpty ? link.name : "\(name)/\(link.name)"
      linkCount += 1
      guard linkCount <= HDF5Reader.linkLimit else {
        throw image.error(.limit, object: child, "more than \(HDF5Reader.linkLimit) links")
      }
      switch link.target {
      case .object(let address): try walk(HDF5ObjectHeader(image, at: address), address, child, depth + 1)
      case .soft(let target):
        notes.append("\"\(child.printable(limit: 120))\" is another name of \(target.printable(limit: 120))")
      case .external:
        notes.append("\"\(child.printable(limit: 120))\" leads to another file, which was not opened")
      }
    }
  }

  private mutating func add(
    _ header: HDF5ObjectHeader, _ address: UInt64, _ name: String
  ) throws(WeightFileError) {
    if let dataset = known[address] { return datasets.append((name, address, dataset)) }
    // An object without data, such as a committed type.
    guard header.messages.contains(where: { $0.type == 0x08 || $0.type == 0x01 || $0.type == 0x07 }) else {
      notes.append("\"\(name.printable(limit: 120))\" is neither a group nor a dataset and was left out")
      return
    }
    let (dataset, reason) = try HDF5Dataset.read(image, header, name: name, options)
    guard let dataset else {
      notes.append("\"\(name.printable(limit: 120))\" was left out: \(reason)")
      return
    }
    known[address] = dataset
    datasets.append((name, address, dataset))
  }

  // MARK: The result

  /// Two datasets must not lie on the same bytes; two names of one dataset do.
  private func checkOverlap() throws(WeightFileError) {
    var end = 0
    var owner: (address: UInt64, name: String)?
    let plain = datasets.filter { $0.dataset.isPlain && !$0.dataset.extent.isEmpty }
    for entry in plain.sorted(by: { $0.dataset.extent.lowerBound < $1.dataset.extent.lowerBound }) {
      if let owner, entry.dataset.extent.lowerBound < end, owner.address != entry.address {
        throw image.error(
          .overlap, at: entry.dataset.extent.lowerBound, object: entry.name,
          "its bytes are also those of \"\(owner.name.printable(limit: 120))\"")
      }
      end = max(end, entry.dataset.extent.upperBound)
      owner = (entry.address, entry.name)
    }
  }

  private func opened() throws(WeightFileError) -> OpenedFile {
    try checkOverlap()
    let image = image
    let order = datasets.indices.sorted {
      datasets[$0].dataset.extent.lowerBound < datasets[$1].dataset.extent.lowerBound
    }
    var listing = [Int](repeating: 0, count: order.count)
    for (position, index) in order.enumerated() { listing[index] = position }
    let sorted = order.map { datasets[$0] }
    let tensors = sorted.map { entry in
      StoredTensor(
        info: TensorInfo(name: entry.name, dtype: entry.dataset.dtype, shape: entry.dataset.shape),
        Extent(
          path: image.file.path, byteOffset: entry.dataset.extent.lowerBound, byteCount: entry.dataset.extent.count),
        encoding: entry.dataset.isPlain ? .plain : .chunks)
    }
    return OpenedFile(tensors: tensors, metadata: metadata, notes: notes, listing: listing) {
      (index) throws(WeightFileError) in
      TensorAssembly(whole: try sorted[index].dataset.tensor(image, name: sorted[index].name))
    }
  }
}

extension WeightFormat {
  /// The format of Keras and of transformers' TensorFlow models.
  public static let hdf5 = WeightFormat(
    name: "h5", extensions: [".h5", ".hdf5"],
    preferredNames: ["tf_model.h5", "tf_model.h5.index.json", "model.weights.h5"],
    indexEnding: ".h5.index.json", capabilities: [.names, .shards, .compression], recognise: HDF5Reader.recognise,
    open: HDF5Reader.open)
}
