internal import CISAL
internal import CLibdeflate
internal import CZlib

/// Compresses a segment of a raw deflate stream (RFC 1951) with the library that is best at the level asked for.
///
/// Segments know nothing of each other and end on whole bytes, so that several threads can make them; what they give,
/// put together, is one stream. A stream of levels 10 to 12 has a single segment.
final class Deflater {
  private var compressor: any SegmentCompressor
  private var output: [UInt8] = []

  /// Starts a segment.
  ///
  /// - Parameters:
  ///   - level: 1 to 12.
  ///   - byteCount: how many bytes will come.
  init(level: Int, byteCount: Int) {
    // Weights hardly shrink; incompressible blocks of 64 kB grow by five bytes.
    output.reserveCapacity(byteCount + byteCount >> 12 + 1024)
    compressor =
      switch level {
      case ...3: ISALCompressor(level: level)
      case ...9: ZlibCompressor(level: level)
      default: LibdeflateCompressor(level: level)
      }
  }

  /// Whether streams of that level can have several segments.
  static func hasSegments(level: Int) -> Bool { level <= 9 }

  /// Takes the next bytes.
  func append(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count > 0 else { return }
    compressor.append(bytes, to: &output)
  }

  /// Ends the segment.
  ///
  /// - Parameter endsStream: whether it is the last one of its stream.
  /// - Returns: the compressed bytes.
  func finish(endsStream: Bool) -> [UInt8] {
    compressor.finish(endsStream: endsStream, &output)
    return output
  }
}

/// A library that compresses a segment.
private protocol SegmentCompressor {
  mutating func append(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8])
  mutating func finish(endsStream: Bool, _ output: inout [UInt8])
}

/// Bytes that a library gets or gives at a time; they fit its 32-bit counters.
private let blockLength = 256 << 10

/// Intel ISA-L, levels 1 to 3.
private final class ISALCompressor: SegmentCompressor {
  private let stream = UnsafeMutablePointer<isal_zstream>.allocate(capacity: 1)
  private let block = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: blockLength)
  // The sizes of igzip_lib.h's ISAL_DEF_LVL*_DEFAULT, whose nested macros Swift cannot import, rounded up.
  private let work = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 2 << 20)

  init(level: Int) {
    isal_deflate_init(stream)
    stream.pointee.level = UInt32(level)
    stream.pointee.level_buf = work.baseAddress
    stream.pointee.level_buf_size = UInt32(work.count)
  }

  deinit {
    stream.deallocate()
    block.deallocate()
    work.deallocate()
  }

  func append(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    for start in stride(from: 0, to: bytes.count, by: blockLength) {
      run(bytes.slice(start..<min(start + blockLength, bytes.count)), &output)
    }
  }

  func finish(endsStream: Bool, _ output: inout [UInt8]) {
    stream.pointee.end_of_stream = endsStream ? 1 : 0
    stream.pointee.flush = UInt16(endsStream ? NO_FLUSH : FULL_FLUSH)
    run(UnsafeRawBufferPointer(start: nil, count: 0), &output)
  }

  private func run(_ bytes: UnsafeRawBufferPointer, _ output: inout [UInt8]) {
    stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = UInt32(bytes.count)
    repeat {
      stream.pointee.next_out = block.baseAddress
      stream.pointee.avail_out = UInt32(block.count)
      let code = isal_deflate(stream)
      precondition(code == COMP_OK, "ISA-L refuses its parameters: \(code)")
      output.append(contentsOf: block[..<(block.count - Int(stream.pointee.avail_out))])
    } while stream.pointee.avail_out == 0
      || stream.pointee.end_of_stream == 1 && stream.pointee.internal_state.state != ZSTATE_END
  }
}

/// zlib, levels 4 to 9.
private final class ZlibCompressor: SegmentCompressor {
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private let block = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: blockLength)

  init(level: Int) {
    stream.initialize(to: z_stream())
    let code = deflateInit2_(
      stream, Int32(level), Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(code == Z_OK, "zlib refuses its parameters: \(code)")
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
    block.deallocate()
  }

  func append(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    for start in stride(from: 0, to: bytes.count, by: blockLength) {
      run(bytes.slice(start..<min(start + blockLength, bytes.count)), Z_NO_FLUSH, &output)
    }
  }

  func finish(endsStream: Bool, _ output: inout [UInt8]) {
    run(UnsafeRawBufferPointer(start: nil, count: 0), endsStream ? Z_FINISH : Z_FULL_FLUSH, &output)
  }

  private func run(_ bytes: UnsafeRawBufferPointer, _ flush: Int32, _ output: inout [UInt8]) {
    stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = UInt32(bytes.count)
    repeat {
      stream.pointee.next_out = block.baseAddress
      stream.pointee.avail_out = UInt32(block.count)
      deflate(stream, flush)
      output.append(contentsOf: block[..<(block.count - Int(stream.pointee.avail_out))])
    } while stream.pointee.avail_out == 0
  }
}

/// libdeflate, levels 10 to 12; it compresses whole buffers only, so the bytes are collected first.
private struct LibdeflateCompressor: SegmentCompressor {
  let level: Int
  private var input: [UInt8] = []

  init(level: Int) { self.level = level }

  mutating func append(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) { input.append(contentsOf: bytes) }

  mutating func finish(endsStream: Bool, _ output: inout [UInt8]) {
    precondition(endsStream, "libdeflate has no streams of several segments")
    guard let compressor = libdeflate_alloc_compressor(Int32(level)) else {
      preconditionFailure("libdeflate has no level \(level)")
    }
    defer { libdeflate_free_compressor(compressor) }
    let bound = libdeflate_deflate_compress_bound(compressor, input.count)
    output = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      count = libdeflate_deflate_compress(compressor, input, input.count, buffer.baseAddress, buffer.count)
    }
    precondition(!output.isEmpty, "libdeflate exceeded its own bound")
  }
}
