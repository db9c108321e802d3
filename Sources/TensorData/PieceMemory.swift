/// Memory in which one thread makes pieces of tensors, one at a time; it grows to the largest piece.
public final class PieceMemory: @unchecked Sendable {
  private var blocks: [UnsafeMutableRawBufferPointer?] = [nil, nil]

  /// Starts without memory.
  public init() {}

  deinit { for block in blocks { block?.deallocate() } }

  func piece(_ byteCount: Int) -> UnsafeMutableRawBufferPointer { block(0, byteCount) }

  func stored(_ byteCount: Int) -> UnsafeMutableRawBufferPointer { block(1, byteCount) }

  private func block(_ index: Int, _ byteCount: Int) -> UnsafeMutableRawBufferPointer {
    if let block = blocks[index], block.count >= byteCount {
      return UnsafeMutableRawBufferPointer(rebasing: block[..<byteCount])
    }
    blocks[index]?.deallocate()
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: max(byteCount, 1 << 16), alignment: 4096)
    blocks[index] = block
    return UnsafeMutableRawBufferPointer(rebasing: block[..<byteCount])
  }
}
