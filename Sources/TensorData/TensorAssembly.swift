/// A row-major tensor that is made of windows on stored ones, piece by piece and in any order, so that making it takes
/// no more memory than a piece.
///
/// Every conversion of a tensor is one of these: unchanged bytes are lent where they lie, or read past them if that costs
/// less (`ByteStorage`); transpositions, fusions and casts are done in one pass over the piece that is asked for.
public struct TensorAssembly: Sendable {
  /// A window on stored values and where it lies in the assembled tensor.
  public struct Part: Sendable {
    let window: Tensor
    let origin: [Int]

    /// Takes both.
    ///
    /// - Parameters:
    ///   - window: the values, with as many axes as the assembled tensor.
    ///   - origin: where the window's first element lies on each of them.
    public init(_ window: Tensor, at origin: [Int]) {
      precondition(window.shape.count == origin.count, "a position on each axis")
      self.window = window
      self.origin = origin
    }
  }

  /// The type of the assembled elements.
  public let dtype: DType
  /// The bytes of the assembled tensor.
  public let byteCount: Int
  /// Told what the cast of each piece did to its values; called from the thread that makes the piece.
  public var tally: (@Sendable (CastReport) -> Void)?

  /// The type of the stored elements.
  public let storedType: DType
  /// The stored tensor that this one is without any change; nil if it is made of several or converted.
  public let window: Tensor?

  /// The axes of the assembled tensor, without those that can be joined with their neighbours.
  let shape: [Int]
  /// The parts on these axes.
  let parts: [Part]

  /// A tensor as it is.
  ///
  /// - Parameter tensor: the values, with any strides.
  public init(whole tensor: Tensor) {
    dtype = tensor.dtype
    byteCount = tensor.byteCount
    storedType = tensor.dtype
    window = tensor
    (parts, shape) = TensorAssembly.joiningAxes(
      [Part(tensor, at: Array(repeating: 0, count: tensor.shape.count))], tensor.shape)
  }

  /// A tensor as it is, or cast.
  ///
  /// - Parameters:
  ///   - tensor: the values, with any strides.
  ///   - dtype: the type of the result; nil keeps the tensor's.
  /// - Throws: `CastError` if there is no such conversion.
  public init(_ tensor: Tensor, as dtype: DType? = nil) throws(CastError) {
    try self.init(
      [Part(tensor, at: Array(repeating: 0, count: tensor.shape.count))], shape: tensor.shape,
      as: dtype ?? tensor.dtype)
  }

  /// Windows side by side.
  ///
  /// - Parameters:
  ///   - parts: windows of one element type that together cover the tensor.
  ///   - shape: the axes of the result, outermost first.
  ///   - dtype: the type of the result.
  /// - Throws: `CastError` if there is no such conversion.
  public init(_ parts: [Part], shape: [Int], as dtype: DType) throws(CastError) {
    guard let storedType = parts.first?.window.dtype, parts.allSatisfy({ $0.window.dtype == storedType }) else {
      preconditionFailure("parts of one type, at least one")
    }
    guard Cast.isSupported(from: storedType, to: dtype) else { throw .unsupported(from: storedType, to: dtype) }
    guard let byteCount = dtype.byteCount(elementCount: shape.reduce(1, *)) else {
      preconditionFailure("\(dtype) \(shape) is no whole number of bytes")
    }
    self.dtype = dtype
    self.byteCount = byteCount
    self.storedType = storedType
    window = nil
    (self.parts, self.shape) = TensorAssembly.joiningAxes(parts, shape)
  }

  /// Whether the bytes lie in memory as they are wanted.
  public var isWindow: Bool { storedType == dtype && isRun }

  /// The end of the best piece that begins at a position: whole elements, and whole rows where they fit.
  ///
  /// - Parameters:
  ///   - start: where it begins, in bytes.
  ///   - limit: the most bytes that it may have, but for a single element.
  /// - Returns: where it ends.
  public func pieceEnd(from start: Int, limit: Int) -> Int {
    guard start + limit < byteCount, let width = dtype.byteWidth else { return min(start + limit, byteCount) }
    let end = max(start + width, (start + limit) / width * width)
    guard !isRun else { return end }
    // Sixteen rows side by side are what the transposing kernel moves at once.
    var row = width
    for size in shape.reversed() {
      guard 16 * row * size <= limit else { break }
      row *= size
    }
    let whole = end / (16 * row) * (16 * row)
    return whole > start ? whole : end
  }

  /// Lends a piece of the tensor's bytes.
  ///
  /// - Parameters:
  ///   - range: the bytes, whole elements.
  ///   - memory: where they are made, or copied to as a whole: a large tensor is asked for in pieces.
  ///   - body: reads them.
  /// - Returns: what `body` returns.
  /// - Throws: `CastError` if a whole number is not representable, what `body` throws.
  public func withBytes<R>(
    _ range: Range<Int>, in memory: PieceMemory, _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R {
    if isWindow {
      let result = try body(run(range, memory.piece))
      withExtendedLifetime(parts) {}
      return result
    }
    let piece = memory.piece(range.count)
    try make(range, into: piece, memory)
    return try body(UnsafeRawBufferPointer(piece))
  }

  /// The whole tensor, in memory of its own unless it is a window.
  ///
  /// - Parameter shape: its sizes.
  /// - Returns: a contiguous tensor.
  /// - Throws: `CastError` if a whole number is not representable.
  public func tensor(shape: [Int]) throws(CastError) -> Tensor {
    if isWindow {
      return Tensor(
        dtype: dtype, shape: shape, storage: parts[0].window.storage, byteOffset: parts[0].window.byteOffset)
    }
    return try Tensor(dtype: dtype, shape: shape) { (destination) throws(CastError) in
      let memory = PieceMemory()
      var start = 0
      while start < byteCount {
        let end = pieceEnd(from: start, limit: 1 << 20)
        try make(start..<end, into: UnsafeMutableRawBufferPointer(rebasing: destination[start..<end]), memory)
        start = end
      }
    }
  }

  /// Says that a piece, or all, will not be read again soon, so that pages of mapped files can be given back.
  ///
  /// - Parameter range: bytes of the assembled tensor; nil for all of it.
  public func forget(_ range: Range<Int>? = nil) {
    if let range, isRun {
      let place = storedRange(range)
      parts[0].window.storage.forget(place)
    } else if range == nil {
      for part in parts where part.window.elementCount > 0 { part.window.storage.forget(part.window.hull) }
    }
  }

  // MARK: Making pieces

  /// Whether the stored elements lie in the wanted order without gaps, so that any piece is as good as another.
  public var isRun: Bool { parts.count == 1 && parts[0].window.isContiguous && parts[0].window.shape == shape }

  /// The bytes in the storage of which a range of the result is made.
  private func storedRange(_ range: Range<Int>) -> Range<Int> {
    let offset = parts[0].window.elementCount == 0 ? 0 : parts[0].window.byteOffset
    guard storedType != dtype else { return offset + range.lowerBound..<offset + range.upperBound }
    let (from, to) = (storedType.bitWidth / 8, dtype.bitWidth / 8)
    return offset + range.lowerBound / to * from..<offset + range.upperBound / to * from
  }

  private func run(
    _ range: Range<Int>, _ memory: (Int) -> UnsafeMutableRawBufferPointer
  ) -> UnsafeRawBufferPointer {
    parts[0].window.storage.passing(storedRange(range), memory)
  }

  private func make(
    _ range: Range<Int>, into piece: UnsafeMutableRawBufferPointer, _ memory: PieceMemory
  ) throws(CastError) {
    guard let width = dtype.byteWidth, let storedWidth = storedType.byteWidth else {
      preconditionFailure("packed types are lent, not made")
    }
    precondition(range.lowerBound % width == 0 && range.upperBound % width == 0, "a piece of whole elements")
    let elements = range.lowerBound / width..<range.upperBound / width
    if isRun {
      try convert(run(range, memory.stored), into: piece)
    } else if storedType == dtype {
      copy(elements, into: piece, width)
    } else {
      let stored = memory.stored(elements.count * storedWidth)
      copy(elements, into: stored, storedWidth)
      try convert(UnsafeRawBufferPointer(stored), into: piece)
    }
    withExtendedLifetime(parts) {}
  }

  private func convert(
    _ stored: UnsafeRawBufferPointer, into piece: UnsafeMutableRawBufferPointer
  ) throws(CastError) {
    let report = try Cast.convert(stored, from: storedType, into: piece, as: dtype)
    tally?(report)
  }

  private func copy(_ elements: Range<Int>, into piece: UnsafeMutableRawBufferPointer, _ width: Int) {
    forEachBox(elements) { box, start in
      let strides = Tensor.rowMajorStrides(box.map(\.count))
      for part in parts {
        guard let (window, place) = part.clipped(to: box) else { continue }
        let offset = zip(place, strides).reduce(start - elements.lowerBound) { $0 + $1.0 * $1.1 }
        Rearrange.copy(
          window, into: UnsafeMutableRawBufferPointer(rebasing: piece[(offset * width)...]), strides: strides)
      }
    }
  }

  /// Cuts a run of elements into boxes, each a range on every axis, whose elements lie together in the result.
  private func forEachBox(_ elements: Range<Int>, _ body: (_ box: [Range<Int>], _ start: Int) -> Void) {
    func visit(_ axis: Int, _ outer: [Range<Int>], _ range: Range<Int>, _ start: Int) {
      guard !range.isEmpty else { return }
      let inner = shape[(axis + 1)...].reduce(1, *)
      let first = (range.lowerBound + inner - 1) / inner
      let last = range.upperBound / inner
      guard first <= last else {
        // Inside one row.
        return visit(
          axis + 1, outer + [last..<last + 1], range.lowerBound - last * inner..<range.upperBound - last * inner, start)
      }
      let head = first * inner - range.lowerBound
      visit(axis + 1, outer + [first - 1..<first], inner - head..<(head > 0 ? inner : inner - head), start)
      if first < last { body(outer + [first..<last] + shape[(axis + 1)...].map { 0..<$0 }, start + head) }
      visit(
        axis + 1, outer + [last..<last + 1], 0..<range.upperBound - last * inner,
        start + last * inner - range.lowerBound)
    }
    visit(0, [], elements, elements.lowerBound)
  }

  /// Leaves out axes of size 1 and joins neighbours that are one axis in the result and in every part.
  private static func joiningAxes(_ parts: [Part], _ shape: [Int]) -> ([Part], [Int]) {
    var sizes: [Int] = []
    var windows = Array(repeating: (shape: [Int](), strides: [Int](), origin: [Int]()), count: parts.count)
    for axis in shape.indices {
      let isWhole = parts.allSatisfy { $0.origin[axis] == 0 && $0.window.shape[axis] == shape[axis] }
      if shape[axis] == 1, isWhole { continue }
      let joins =
        isWhole && !sizes.isEmpty
        && windows.indices.allSatisfy { index in
          windows[index].origin.last == 0 && windows[index].shape.last == sizes.last
            && windows[index].strides.last == parts[index].window.strides[axis] * shape[axis]
        }
      if joins {
        sizes[sizes.count - 1] *= shape[axis]
      } else {
        sizes.append(shape[axis])
      }
      for (index, part) in parts.enumerated() {
        if joins {
          windows[index].shape[sizes.count - 1] *= shape[axis]
          windows[index].strides[sizes.count - 1] = part.window.strides[axis]
        } else {
          windows[index].shape.append(part.window.shape[axis])
          windows[index].strides.append(part.window.strides[axis])
          windows[index].origin.append(part.origin[axis])
        }
      }
    }
    if sizes.isEmpty {
      sizes = [1]
      windows = Array(repeating: ([1], [1], [0]), count: parts.count)
    }
    let joined = zip(parts, windows).map { part, new in
      Part(
        Tensor(
          dtype: part.window.dtype, shape: new.shape, strides: part.window.dtype.byteWidth == nil ? nil : new.strides,
          storage: part.window.storage, byteOffset: part.window.byteOffset), at: new.origin)
    }
    return (joined, sizes)
  }
}

extension TensorAssembly.Part {
  /// The elements of the part inside a box, and where they begin in it; nil if there are none.
  fileprivate func clipped(to box: [Range<Int>]) -> (window: Tensor, place: [Int])? {
    guard let width = window.dtype.byteWidth else { return nil }
    var shape: [Int] = []
    var place: [Int] = []
    var offset = window.byteOffset
    for (axis, range) in box.enumerated() {
      let own = range.clamped(to: origin[axis]..<origin[axis] + window.shape[axis])
      guard !own.isEmpty else { return nil }
      shape.append(own.count)
      place.append(own.lowerBound - range.lowerBound)
      offset += (own.lowerBound - origin[axis]) * window.strides[axis] * width
    }
    return (
      Tensor(
        dtype: window.dtype, shape: shape, strides: window.strides, storage: window.storage, byteOffset: offset), place
    )
  }
}

extension Tensor {
  /// The bytes of the storage from the first element to the last.
  fileprivate var hull: Range<Int> {
    guard let width = dtype.byteWidth else { return byteOffset..<byteOffset + byteCount }
    let last = zip(shape, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
    return byteOffset..<byteOffset + (last + 1) * width
  }
}
