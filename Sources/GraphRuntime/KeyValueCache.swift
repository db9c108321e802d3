import TensorData

/// The keys and values of earlier positions and the states of recurrences, for decoding step by step.
///
/// Writing a step changes nothing that earlier steps wrote, and a step that fails is simply written again: the session
/// moves on only when all of it has succeeded.
final class KeyValueCache {
  /// A growing tensor `[batch, heads, positions, head]`: what a head reads lies together.
  private struct Block {
    var memory: UnsafeMutableRawBufferPointer
    var storage: ByteStorage
    var capacity: Int

    init(byteCount: Int, capacity: Int) {
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(byteCount, 1), alignment: 64)
      self.memory = memory
      self.capacity = capacity
      storage = ByteStorage(UnsafeRawBufferPointer(memory)) { $0.deallocate() }
    }
  }

  private var blocks: [String: Block] = [:]
  private var masks: [String: [[Bool]]] = [:]
  /// The states of recurrences by the number of positions that they have seen.
  private var states: [String: [Int: Tensor]] = [:]
  /// How many positions the latest call appended.
  private(set) var newPositions = 0

  /// Writes new positions behind the earlier ones.
  ///
  /// - Parameters:
  ///   - name: what the positions belong to.
  ///   - new: `[batch, new positions, heads, head]`, row-major.
  ///   - past: how many positions come before.
  /// - Returns: a window on all positions, `[batch, past + new positions, heads, head]`.
  func append(_ name: String, _ new: Tensor, past: Int) -> Tensor {
    let (batch, heads, head) = (new.shape[0], new.shape[2], new.shape[3])
    let count = past + new.shape[1]
    let bytes = head * new.dtype.bitWidth / 8
    var block = blocks[name]
    if block == nil || (block?.capacity ?? 0) < count {
      let capacity = max(32, count + count / 2)
      let grown = Block(byteCount: batch * heads * capacity * bytes, capacity: capacity)
      if past > 0, let old = block {
        for row in 0..<batch * heads {
          let earlier = old.memory[row * old.capacity * bytes..<(row * old.capacity + past) * bytes]
          UnsafeMutableRawBufferPointer(rebasing: grown.memory[(row * capacity * bytes)...])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: earlier))
        }
      }
      block = grown
    }
    guard let block else { preconditionFailure("a block was just made") }
    blocks[name] = block
    newPositions = new.shape[1]
    let strides = [heads * block.capacity * head, head, block.capacity * head, 1]
    let place = UnsafeMutableRawBufferPointer(rebasing: block.memory[(past * bytes)...])
    Rearrange.copy(new, into: place, strides: strides)
    return Tensor(dtype: new.dtype, shape: [batch, count, heads, head], strides: strides, storage: block.storage)
  }

  /// A state of a recurrence after so many positions, or nil if it has seen none.
  func state(_ name: String, past: Int) -> Tensor? { past > 0 ? states[name]?[past] : nil }

  /// Keeps a state of a recurrence after so many positions; those that a failed step may have to begin from stay.
  func keep(_ name: String, _ state: Tensor, past: Int, newPositions: Int) {
    self.newPositions = newPositions
    states[name] = (states[name] ?? [:]).filter { $0.key == past - newPositions }
    states[name]?[past] = state
  }

  /// Adds the mask of new positions to the earlier ones.
  ///
  /// - Parameters:
  ///   - name: the attention node.
  ///   - new: for each sequence whether the new keys are seen.
  ///   - past: how many positions come before.
  /// - Returns: the mask of all positions.
  func append(mask name: String, _ new: [[Bool]], past: Int) -> [[Bool]] {
    let earlier = masks[name] ?? new.map { _ in [Bool](repeating: true, count: past) }
    let all = zip(earlier, new).map { Array($0.prefix(past)) + $1 }
    masks[name] = all
    return all
  }
}
