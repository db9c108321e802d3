import TensorData
import TestSupport
import WeightFiles

/// Tensors of random bits, and ways to get them through files.
enum SampleTensors {
  static let shapes: [[Int]] = [
    [], [0], [1], [7], [2, 3], [3, 0, 2], [1, 1, 1, 1], [5, 7], [2, 3, 5, 4], [0, 1 << 31], [129, 257],
  ]

  static func tensor(_ dtype: DType, _ shape: [Int], seed: UInt64) -> Tensor {
    var generator = SplitMix64(seed: seed)
    return Tensor(dtype: dtype, shape: shape) { bytes in
      for offset in stride(from: 0, to: bytes.count, by: 8) {
        let word = dtype == .bool ? generator.next() & 0x0101_0101_0101_0101 : generator.next()
        withUnsafeBytes(of: word) { source in
          let end = min(offset + 8, bytes.count)
          UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<end]).copyBytes(from: source[..<(end - offset)])
        }
      }
    }
  }

  /// One tensor for each shape that the types can have.
  static func all(_ dtypes: [DType]) -> [(name: String, tensor: Tensor)] {
    var result: [(name: String, tensor: Tensor)] = []
    for dtype in dtypes {
      for (index, shape) in shapes.enumerated() where dtype.byteCount(elementCount: shape.reduce(1, *)) != nil {
        let name = "\(dtype.rawValue.lowercased())/t.\(index)"
        result.append((name, tensor(dtype, shape, seed: UInt64(result.count))))
      }
    }
    return result
  }

  static func entries(_ tensors: [(name: String, tensor: Tensor)]) -> [WriteEntry] {
    tensors.map { name, tensor in
      WriteEntry(TensorInfo(name: name, dtype: tensor.dtype, shape: tensor.shape)) { tensor }
    }
  }

  static func write(
    _ entries: [WriteEntry], _ format: WeightFormat, metadata: [MetadataEntry] = [], to path: String,
    options: WriteOptions = WriteOptions(), replace: Bool = false
  ) throws {
    let outputs = OutputSet(replace: replace)
    _ = try format.write(entries, metadata: metadata, to: path, in: outputs, options: options)
    try outputs.commit()
  }
}

/// The category under which `body` refuses, or nil if it does not.
func refusal(_ body: () throws -> Void) -> WeightFileError.Category? {
  do {
    try body()
    return nil
  } catch let error as WeightFileError {
    return error.category
  } catch {
    return nil
  }
}

/// The category under which bytes are refused as a file of that name, opened and read; nil if they are accepted.
func refusal(of bytes: [UInt8], as name: String, options: ReadOptions = ReadOptions()) -> WeightFileError.Category? {
  refusal {
    let storage = ByteStorage(byteCount: bytes.count) { $0.copyBytes(from: bytes) }
    try Checkpoint.open(MappedFile(path: name, storage: storage), options: options).verifyContents()
  }
}
