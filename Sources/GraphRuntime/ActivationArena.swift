import Synchronization
import TensorData

/// Memory of activations that is used again as soon as a value is let go of: the layers of a model need the same few sizes.
final class ActivationArena: Sendable {
  /// Blocks that nobody uses, by their size.
  private let free = Mutex<[Int: [Block]]>([:])

  /// The address of memory that one owner at a time uses.
  private struct Block: @unchecked Sendable {
    let memory: UnsafeMutableRawPointer
  }

  deinit {
    free.withLock { free in
      for block in free.values.joined() { block.memory.deallocate() }
    }
  }

  /// A new F32 tensor and its elements, which must all be written before the tensor is read.
  ///
  /// - Parameter shape: the size of each axis.
  /// - Returns: the tensor, row-major, and where its elements lie.
  func float32(_ shape: [Int]) -> (tensor: Tensor, elements: UnsafeMutablePointer<Float>) {
    let byteCount = ActivationArena.rounded(shape.reduce(1, *) * MemoryLayout<Float>.stride)
    let block =
      free.withLock { $0[byteCount]?.popLast() }
      ?? Block(memory: .allocate(byteCount: byteCount, alignment: 64))
    let storage = ByteStorage(UnsafeRawBufferPointer(start: block.memory, count: byteCount)) { [self] _ in
      free.withLock { $0[byteCount, default: []].append(block) }
    }
    return (Tensor(dtype: .f32, shape: shape, storage: storage), block.memory.assumingMemoryBound(to: Float.self))
  }

  /// A few sizes for each power of two, so that growing values do not leave a block of every size behind.
  private static func rounded(_ byteCount: Int) -> Int {
    let count = max(byteCount, 256)
    let step = max(256, (1 << (Int.bitWidth - 1 - count.leadingZeroBitCount)) / 8)
    return (count + step - 1) / step * step
  }
}
