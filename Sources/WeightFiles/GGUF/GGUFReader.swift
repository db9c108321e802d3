internal import StrictJSON
internal import TensorData

/// Reads a GGUF file: plain tensors where they lie, quantised ones decoded to F32 when they are asked for.
enum GGUFReader {
  static func recognise(_ probe: FileProbe) -> Confidence {
    probe.head.starts(with: GGUFHeader.magic) ? .certain : .none
  }

  static func open(_ files: FileSet, _ options: ReadOptions) throws(WeightFileError) -> OpenedFile {
    let file = try WholeFile(files.main)
    let header = try GGUFHeader(file.bytes, path: file.path)
    let first = opened(header, file)
    guard let shards = try GGUFShards(header, path: file.path) else { return first }
    return try shards.joined(first, files)
  }

  /// One file, or one shard of several.
  static func opened(_ header: GGUFHeader, _ file: WholeFile) -> OpenedFile {
    let order = header.tensors.indices.sorted { header.tensors[$0].byteOffset < header.tensors[$1].byteOffset }
    var listing = [Int](repeating: 0, count: order.count)
    for (position, index) in order.enumerated() { listing[index] = position }
    let entries = order.map { header.tensors[$0] }
    let tensors = entries.map { entry in
      StoredTensor(
        info: TensorInfo(name: entry.name, dtype: entry.dtype, shape: entry.shape),
        Extent(path: file.path, byteOffset: entry.byteOffset, byteCount: entry.byteCount), encoding: entry.encoding)
    }
    let configuration = InnerConfiguration(name: "gguf_metadata.json", text: header.configuration.text())
    return OpenedFile(
      tensors: tensors,
      metadata: header.metadata.map { MetadataEntry(key: $0.key, content: $0.value.json ?? .string($0.value.text)) },
      configurations: [configuration], notes: header.notes, listing: listing
    ) { (index) throws(WeightFileError) in TensorAssembly(whole: try read(entries[index], in: file)) }
  }

  private static func read(_ entry: GGUFHeader.Entry, in file: WholeFile) throws(WeightFileError) -> Tensor {
    switch entry.type.content {
    case .plain(let dtype):
      return Tensor(dtype: dtype, shape: entry.shape, storage: file.storage, byteOffset: entry.byteOffset)
    case .blocks(let decode):
      let blocks = entry.byteCount / entry.type.byteCount
      return Tensor(dtype: .f32, shape: entry.shape) { destination in
        guard let start = file.bytes.baseAddress, let result = destination.baseAddress, blocks > 0 else { return }
        decode(start + entry.byteOffset, result.assumingMemoryBound(to: Float.self), blocks)
      }
    case .intermediate:
      throw WeightFileError(
        .unsupportedDType, path: file.path, tensor: entry.name, byteOffset: entry.byteOffset,
        message: "blocks of type \(entry.type.name) exist only inside ggml's computations")
    }
  }
}

extension GGUFHeader.Entry {
  /// The type in which its values are handed out.
  fileprivate var dtype: DType {
    if case .plain(let dtype) = type.content { dtype } else { .f32 }
  }

  /// How its bytes become elements.
  fileprivate var encoding: Encoding {
    if case .plain = type.content { .plain } else { .blocks(type.name) }
  }
}

extension WeightFormat {
  /// llama.cpp's format: typed metadata, and tensors that may be quantised.
  public static let gguf = WeightFormat(
    name: "gguf", extensions: [".gguf"], preferredNames: ["model.gguf"], capabilities: [.names, .shards],
    recognise: GGUFReader.recognise, open: GGUFReader.open)
}
