internal import CISAL

/// Expands one raw deflate stream (RFC 1951) in pieces of the caller's choosing.
final class Inflater {
  enum Failure: Error {
    /// The stream is no valid deflate.
    case invalid
    /// The compressed bytes end before the stream does.
    case truncated
  }

  private let state: UnsafeMutablePointer<inflate_state>
  private let input: UnsafeRawBufferPointer
  /// How much of the input has been handed to the library.
  private var fed = 0

  /// Starts at the first byte of a stream.
  ///
  /// - Parameter input: the compressed bytes; they must outlive the inflater.
  init(_ input: UnsafeRawBufferPointer) {
    self.input = input
    state = .allocate(capacity: 1)
    isal_inflate_init(state)
  }

  deinit { state.deallocate() }

  /// Whether the last block has been read.
  var isFinished: Bool { state.pointee.block_state == ISAL_BLOCK_FINISH }

  /// Compressed bytes that the stream did not use; meaningful once it is finished.
  var unusedByteCount: Int {
    input.count - fed + Int(state.pointee.avail_in) + Int(state.pointee.read_in_length) / 8
  }

  /// Fills `output` as far as the stream goes.
  ///
  /// - Parameter output: where the expanded bytes go.
  /// - Returns: how many bytes were written; fewer than asked for only at the end of the stream.
  /// - Throws: `Failure`.
  func read(into output: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    var written = 0
    while written < output.count {
      if state.pointee.avail_in == 0, fed < input.count { feed() }
      let room = min(output.count - written, 1 << 30)
      guard let start = output.baseAddress else { break }
      state.pointee.next_out = (start + written).assumingMemoryBound(to: UInt8.self)
      state.pointee.avail_out = UInt32(room)
      let code = isal_inflate(state)
      let produced = room - Int(state.pointee.avail_out)
      written += produced
      guard code >= 0 else { throw .invalid }
      if isFinished && state.pointee.tmp_out_processed >= state.pointee.tmp_out_valid { break }
      guard produced > 0 || fed < input.count || state.pointee.avail_in > 0 else { throw .truncated }
    }
    return written
  }

  private func feed() {
    let count = min(input.count - fed, 1 << 30)
    guard let start = input.baseAddress else { return }
    state.pointee.next_in = UnsafeMutablePointer(mutating: (start + fed).assumingMemoryBound(to: UInt8.self))
    state.pointee.avail_in = UInt32(count)
    fed += count
  }
}
