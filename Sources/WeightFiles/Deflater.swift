internal import CISAL
internal import CLibdeflate
internal import CZlib

/// Compresses one raw deflate stream (RFC 1951) with the library that is best at the level asked for.
struct Deflater {
  /// 1 to 12.
  let level: Int

  private static let blockLength = 1 << 20

  /// Compresses pieces that follow each other.
  ///
  /// - Parameters:
  ///   - pieces: the bytes.
  ///   - consumed: told how many bytes have gone in since the last time.
  ///   - emit: takes the compressed bytes, a block at a time.
  /// - Throws: what `emit` throws.
  func compress(
    _ pieces: [UnsafeRawBufferPointer], consumed: (Int) -> Void,
    _ emit: (UnsafeRawBufferPointer) throws(WeightFileError) -> Void
  ) throws(WeightFileError) {
    switch level {
    case ...3: try compressWithISAL(pieces, consumed, emit)
    case ...9: try compressWithZlib(pieces, consumed, emit)
    default:
      try compressWithLibdeflate(pieces, emit)
      consumed(pieces.reduce(0) { $0 + $1.count })
    }
  }

  private func compressWithISAL(
    _ pieces: [UnsafeRawBufferPointer], _ consumed: (Int) -> Void,
    _ emit: (UnsafeRawBufferPointer) throws(WeightFileError) -> Void
  ) throws(WeightFileError) {
    let stream = UnsafeMutablePointer<isal_zstream>.allocate(capacity: 1)
    let output = UnsafeMutableRawBufferPointer.allocate(byteCount: Deflater.blockLength, alignment: 64)
    // The sizes of igzip_lib.h's ISAL_DEF_LVL*_DEFAULT, whose nested macros Swift cannot import, rounded up.
    let work = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 << 20, alignment: 64)
    defer {
      stream.deallocate()
      output.deallocate()
      work.deallocate()
    }
    isal_deflate_init(stream)
    stream.pointee.level = UInt32(level)
    stream.pointee.level_buf = work.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.level_buf_size = UInt32(work.count)
    try Deflater.forEachChunk(pieces) { (chunk, isLast) throws(WeightFileError) in
      stream.pointee.next_in = UnsafeMutablePointer(mutating: chunk.baseAddress?.assumingMemoryBound(to: UInt8.self))
      stream.pointee.avail_in = UInt32(chunk.count)
      stream.pointee.end_of_stream = isLast ? 1 : 0
      repeat {
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(output.count)
        let code = isal_deflate(stream)
        precondition(code == COMP_OK, "ISA-L refuses its parameters: \(code)")
        try emit(UnsafeRawBufferPointer(rebasing: output[..<(output.count - Int(stream.pointee.avail_out))]))
      } while stream.pointee.avail_out == 0
        || isLast && stream.pointee.internal_state.state != ZSTATE_END
      consumed(chunk.count)
    }
  }

  private func compressWithZlib(
    _ pieces: [UnsafeRawBufferPointer], _ consumed: (Int) -> Void,
    _ emit: (UnsafeRawBufferPointer) throws(WeightFileError) -> Void
  ) throws(WeightFileError) {
    var stream = z_stream()
    let output = UnsafeMutableRawBufferPointer.allocate(byteCount: Deflater.blockLength, alignment: 64)
    defer { output.deallocate() }
    let started = deflateInit2_(
      &stream, Int32(level), Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(started == Z_OK, "zlib refuses its parameters: \(started)")
    defer { deflateEnd(&stream) }
    try Deflater.forEachChunk(pieces) { (chunk, isLast) throws(WeightFileError) in
      stream.next_in = UnsafeMutablePointer(mutating: chunk.baseAddress?.assumingMemoryBound(to: UInt8.self))
      stream.avail_in = UInt32(chunk.count)
      repeat {
        stream.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.avail_out = UInt32(output.count)
        deflate(&stream, isLast ? Z_FINISH : Z_NO_FLUSH)
        try emit(UnsafeRawBufferPointer(rebasing: output[..<(output.count - Int(stream.avail_out))]))
      } while stream.avail_out == 0
      consumed(chunk.count)
    }
  }

  /// libdeflate compresses whole buffers only: the pieces are joined in memory.
  private func compressWithLibdeflate(
    _ pieces: [UnsafeRawBufferPointer], _ emit: (UnsafeRawBufferPointer) throws(WeightFileError) -> Void
  ) throws(WeightFileError) {
    let count = pieces.reduce(0) { $0 + $1.count }
    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: 64)
    defer { input.deallocate() }
    var position = 0
    for piece in pieces where piece.count > 0 {
      UnsafeMutableRawBufferPointer(rebasing: input[position...]).copyMemory(from: piece)
      position += piece.count
    }
    guard let compressor = libdeflate_alloc_compressor(Int32(level)) else {
      preconditionFailure("libdeflate has no level \(level)")
    }
    defer { libdeflate_free_compressor(compressor) }
    let bound = libdeflate_deflate_compress_bound(compressor, count)
    let output = UnsafeMutableRawBufferPointer.allocate(byteCount: bound, alignment: 64)
    defer { output.deallocate() }
    let written = libdeflate_deflate_compress(compressor, input.baseAddress, count, output.baseAddress, output.count)
    precondition(written > 0, "libdeflate exceeded its own bound")
    try emit(UnsafeRawBufferPointer(rebasing: output[..<written]))
  }

  /// Cuts the pieces into chunks whose length fits the libraries' 32-bit counters; the last one may be empty.
  private static func forEachChunk(
    _ pieces: [UnsafeRawBufferPointer],
    _ body: (UnsafeRawBufferPointer, _ isLast: Bool) throws(WeightFileError) -> Void
  ) throws(WeightFileError) {
    let chunkLength = 4 << 20
    for piece in pieces {
      for start in stride(from: 0, to: piece.count, by: chunkLength) {
        try body(piece.slice(start..<min(start + chunkLength, piece.count)), false)
      }
    }
    try body(UnsafeRawBufferPointer(start: nil, count: 0), true)
  }
}
