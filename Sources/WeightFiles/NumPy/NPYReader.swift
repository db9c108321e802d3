internal import TensorData

/// Reads a NumPy `.npy` file, which holds one array without a name.
enum NPYReader {
  static func recognise(_ probe: FileProbe) -> Confidence {
    probe.head.starts(with: NPYHeader.magic) ? .certain : .none
  }

  static func open(_ files: FileSet, _ options: ReadOptions) throws(WeightFileError) -> OpenedFile {
    let file = files.main
    let place = BytePlace(path: file.path)
    let storage = try file.contents()
    let bytes = storage.bytes
    let dataOffset = try NPYHeader.dataOffset(prefix: file.head, total: bytes.count, place)
    let header = try NPYHeader(bytes.slice(0..<dataOffset), total: bytes.count, assume: options.assume, place)
    let end = dataOffset + header.byteCount
    guard bytes.count == end else {
      throw place.error(
        .trailing, at: end, "\(bytes.count - end) bytes follow the array; a second array in the file would be lost")
    }
    let name = tensorName(of: file.path)
    let tensor = StoredTensor(
      info: TensorInfo(name: name, dtype: header.dtype, shape: header.shape),
      Extent(path: file.path, byteOffset: dataOffset, byteCount: header.byteCount))
    return OpenedFile(tensors: [tensor], notes: header.note.map { [$0] } ?? [], listing: [0]) { _ in
      TensorAssembly(whole: header.tensor(in: storage, at: dataOffset))
    }
  }

  /// The name that the array of a file gets: the file's own without its extension.
  private static func tensorName(of path: String) -> String {
    let name = path.pathName
    guard let stem = name.removing(end: ".npy"), !stem.isEmpty else { return name }
    return stem
  }
}
