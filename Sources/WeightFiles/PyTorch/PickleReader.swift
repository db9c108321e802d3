internal import TensorData

/// Reads a pickle stream of protocols 2 to 5 into nodes, without executing anything.
///
/// Format: CPython, Lib/pickletools.py. Of its opcodes those are taken that writers of these protocols emit for what a
/// checkpoint may hold; those that name objects by number or make instances of old classes are refused (`pickle`). A class or
/// function that is no known one is refused where it is named, whether it is called or not.
struct PickleReader {
  /// More objects than this are no checkpoint's.
  static let nodeLimit = 1 << 23

  private let bytes: UnsafeRawBufferPointer
  private let storage: ByteStorage
  private let place: BytePlace
  private let limit: Int
  private var offset: Int

  private var nodes: [Pickle.Node] = [.none, .bool(false), .bool(true)]
  private var stack: [Pickle.Reference] = []
  private var marks: [Int] = []
  private var memo: [UInt32: Pickle.Reference] = [:]
  private var opaqueNames: [String] = []
  private var tensorCalls = 0

  /// Reads one stream.
  ///
  /// - Parameters:
  ///   - storage: memory that holds it.
  ///   - range: where it may lie; it begins where the range does and ends with its last opcode.
  ///   - place: where errors are reported; its base is the place of the storage's first byte in the file.
  /// - Returns: what it says.
  /// - Throws: `pickle`, `truncated`, `badHeader`, `badUTF8`, `unsupportedVersion`, `limit`.
  static func read(
    _ storage: ByteStorage, _ range: Range<Int>, _ place: BytePlace
  ) throws(WeightFileError) -> Pickle {
    var reader = PickleReader(storage, range, place)
    defer { withExtendedLifetime(storage) {} }
    return try reader.run()
  }

  private init(_ storage: ByteStorage, _ range: Range<Int>, _ place: BytePlace) {
    self.storage = storage
    self.place = place
    bytes = storage.bytes
    offset = range.lowerBound
    limit = range.upperBound
  }

  private mutating func run() throws(WeightFileError) -> Pickle {
    while true {
      let start = offset
      let opcode = try byte()
      if opcode == UInt8(ascii: ".") {
        guard marks.isEmpty else { throw malformed(start, "the stream ends inside \(marks.count) unfinished objects") }
        guard let root = stack.popLast(), stack.isEmpty else {
          throw malformed(start, "the stream ends without exactly one object")
        }
        return Pickle(
          storage: storage, nodes: nodes, root: root, end: offset, opaqueNames: opaqueNames, tensorCalls: tensorCalls)
      }
      guard nodes.count < PickleReader.nodeLimit else {
        throw place.error(.limit, at: start, "more than \(PickleReader.nodeLimit) objects")
      }
      if try simple(opcode, start) { continue }
      if try textual(opcode, start) { continue }
      if try container(opcode, start) { continue }
      try object(opcode, start)
    }
  }

  // MARK: Opcodes

  /// Constants, numbers, the memo and the frame.
  private mutating func simple(_ opcode: UInt8, _ start: Int) throws(WeightFileError) -> Bool {
    switch opcode {
    case 0x80:
      let version = try byte()
      guard (2...5).contains(version) else {
        throw place.error(.unsupportedVersion, at: start, "pickle protocol \(version); 2 to 5 are known")
      }
    case 0x95:
      let length = try unsigned(8)
      guard length <= UInt64(limit - offset) else {
        throw place.error(.truncated, at: start, "a frame of \(length) bytes, only \(limit - offset) are there")
      }
    case UInt8(ascii: "N"): stack.append(0)
    case 0x89: stack.append(1)
    case 0x88: stack.append(2)
    case UInt8(ascii: "K"): push(.integer(Int(try byte())))
    case UInt8(ascii: "M"): push(.integer(Int(try unsigned(2))))
    case UInt8(ascii: "J"): push(.integer(Int(Int32(truncatingIfNeeded: try unsigned(4)))))
    case 0x8A: try pushLong(Int(try byte()))
    case 0x8B:
      let length = Int(Int32(truncatingIfNeeded: try unsigned(4)))
      guard length >= 0 else { throw malformed(start, "a number of \(length) bytes") }
      try pushLong(length)
    case UInt8(ascii: "G"):
      let range = try take(8)
      push(
        .float(
          Double(bitPattern: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: UInt64.self))))
      )
    case UInt8(ascii: "q"): try remember(UInt32(try byte()), start)
    case UInt8(ascii: "r"): try remember(UInt32(try unsigned(4)), start)
    case 0x94: try remember(UInt32(memo.count), start)
    case UInt8(ascii: "h"): try recall(UInt32(try byte()), start)
    case UInt8(ascii: "j"): try recall(UInt32(try unsigned(4)), start)
    case UInt8(ascii: "0"):
      // The writer takes a tuple that contains itself off the stack again, with the mark if that lies on top.
      if marks.last == stack.count { marks.removeLast() } else { _ = try pop(start) }
    case UInt8(ascii: "1"): _ = try popMark(start)
    default: return false
    }
    return true
  }

  /// Texts and bytes.
  private mutating func textual(_ opcode: UInt8, _ start: Int) throws(WeightFileError) -> Bool {
    switch opcode {
    case 0x8C: try pushText(UInt64(try byte()), start)
    case UInt8(ascii: "X"): try pushText(try unsigned(4), start)
    case 0x8D: try pushText(try unsigned(8), start)
    case UInt8(ascii: "U"), UInt8(ascii: "C"): push(.bytes(try take(UInt64(try byte()))))
    case UInt8(ascii: "T"), UInt8(ascii: "B"): push(.bytes(try take(try unsigned(4))))
    case 0x8E, 0x96: push(.bytes(try take(try unsigned(8))))
    default: return false
    }
    return true
  }

  /// Tuples, lists, sets and dictionaries.
  private mutating func container(_ opcode: UInt8, _ start: Int) throws(WeightFileError) -> Bool {
    switch opcode {
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: ")"): push(.tuple([]))
    case UInt8(ascii: "]"): push(.list([]))
    case UInt8(ascii: "}"): push(.dictionary([]))
    case 0x8F: push(.set([]))
    case 0x85, 0x86, 0x87:
      let count = Int(opcode - 0x84)
      guard stack.count - (marks.last ?? 0) >= count else { throw underflow(start) }
      let items = Array(stack.suffix(count))
      stack.removeLast(count)
      push(.tuple(items))
    case UInt8(ascii: "t"): push(.tuple(try popMark(start)))
    case UInt8(ascii: "a"):
      let item = try pop(start)
      try append([item], start)
    case UInt8(ascii: "e"), 0x90:
      let items = try popMark(start)
      try append(items, start)
    case UInt8(ascii: "s"):
      let value = try pop(start)
      let key = try pop(start)
      try setItems([key, value], start)
    case UInt8(ascii: "u"):
      let items = try popMark(start)
      try setItems(items, start)
    default: return false
    }
    return true
  }

  /// Classes, functions, calls and what the file around the stream gives.
  private mutating func object(_ opcode: UInt8, _ start: Int) throws(WeightFileError) {
    switch opcode {
    case UInt8(ascii: "c"):
      let module = try line(start)
      let name = try line(start)
      try pushSymbol(module, name, start)
    case 0x93:
      let (name, module) = (try pop(start), try pop(start))
      guard case .text(let nameRange) = nodes[Int(name)], case .text(let moduleRange) = nodes[Int(module)] else {
        throw malformed(start, "the name of a class is no text")
      }
      try pushSymbol(string(moduleRange), string(nameRange), start)
    case UInt8(ascii: "R"), 0x81:
      let arguments = try pop(start)
      try call(try pop(start), arguments, start)
    case 0x92:
      _ = try pop(start)
      let arguments = try pop(start)
      try call(try pop(start), arguments, start)
    case UInt8(ascii: "b"):
      _ = try pop(start)
      guard let target = stack.last, stack.count > marks.last ?? 0 else { throw underflow(start) }
      switch nodes[Int(target)] {
      case .dictionary, .opaque, .set: break
      default: throw refused(start, "attributes are set on something that has none")
      }
    case UInt8(ascii: "Q"):
      let id = try pop(start)
      push(.persistent(id))
    case UInt8(ascii: "P"), UInt8(ascii: "i"), UInt8(ascii: "o"), 0x82, 0x83, 0x84:
      throw refused(start, "opcode \(PickleReader.hex(opcode)) makes an object in a way that no checkpoint needs")
    default: throw malformed(start, "opcode \(PickleReader.hex(opcode)), which torch.save does not write")
    }
  }

  private mutating func pushSymbol(_ module: String, _ name: String, _ start: Int) throws(WeightFileError) {
    guard let symbol = PickleSymbol.named(module, name) else {
      throw refused(
        start, "it names \("\(module).\(name)".printable(limit: 120)), which could run code; save the state_dict alone")
    }
    if case .opaque(let name) = symbol, !opaqueNames.contains(name) { opaqueNames.append(name) }
    push(.symbol(symbol))
  }

  /// Takes down a call, if it is one of those whose meaning is known.
  private mutating func call(
    _ callee: Pickle.Reference, _ arguments: Pickle.Reference, _ start: Int
  ) throws(WeightFileError) {
    let symbol: PickleSymbol
    switch nodes[Int(callee)] {
    case .symbol(let found): symbol = found
    case .opaque: return push(.opaque)
    default: throw refused(start, "something is called that is no function")
    }
    guard case .tuple(let items) = nodes[Int(arguments)] else {
      throw malformed(start, "a call without a tuple of arguments")
    }
    switch symbol {
    case .dictionary: push(.dictionary(try pairs(items, start)))
    case .set:
      guard let first = items.first else { return push(.set([])) }
      switch nodes[Int(first)] {
      case .list(let members), .tuple(let members), .set(let members): push(.set(members))
      default: throw malformed(start, "a set that is made of no list")
      }
    case .size:
      guard items.count == 1 else { throw malformed(start, "torch.Size with \(items.count) arguments") }
      stack.append(items[0])
    case .opaque: push(.opaque)
    case _ where symbol.makesTensor:
      tensorCalls += 1
      push(.call(symbol, arguments))
    default: throw refused(start, "a class is called that has no business in a checkpoint")
    }
  }

  /// The keys and values with which a dictionary is made: of another dictionary, or of pairs.
  private func pairs(_ arguments: [Pickle.Reference], _ start: Int) throws(WeightFileError) -> [Pickle.Reference] {
    for argument in arguments {
      switch nodes[Int(argument)] {
      case .dictionary(let items): return items
      case .list(let entries), .tuple(let entries):
        var items: [Pickle.Reference] = []
        for entry in entries {
          switch nodes[Int(entry)] {
          case .list(let pair) where pair.count == 2, .tuple(let pair) where pair.count == 2: items += pair
          default: throw malformed(start, "a dictionary that is made of no pairs")
          }
        }
        return items
      default: continue
      }
    }
    return []
  }

  private mutating func append(_ items: [Pickle.Reference], _ start: Int) throws(WeightFileError) {
    guard let target = stack.last, stack.count > marks.last ?? 0 else { throw underflow(start) }
    // The node gives up its list while that grows, so that the list is not copied.
    let node = nodes[Int(target)]
    nodes[Int(target)] = .none
    switch node {
    case .list(var members):
      nodes[Int(target)] = .none
      members += items
      nodes[Int(target)] = .list(members)
    case .set(var members):
      members += items
      nodes[Int(target)] = .set(members)
    case .opaque: nodes[Int(target)] = .opaque
    default: throw malformed(start, "items are appended to something that is no list")
    }
  }

  private mutating func setItems(_ items: [Pickle.Reference], _ start: Int) throws(WeightFileError) {
    guard let target = stack.last, stack.count > marks.last ?? 0 else { throw underflow(start) }
    guard items.count % 2 == 0 else { throw malformed(start, "a key without a value") }
    let node = nodes[Int(target)]
    nodes[Int(target)] = .none
    switch node {
    case .dictionary(var members):
      members += items
      nodes[Int(target)] = .dictionary(members)
    case .opaque: nodes[Int(target)] = .opaque
    default: throw malformed(start, "keys are set on something that is no dictionary")
    }
  }

  // MARK: Stack and memo

  private mutating func push(_ node: Pickle.Node) {
    stack.append(Pickle.Reference(nodes.count))
    nodes.append(node)
  }

  private mutating func pop(_ start: Int) throws(WeightFileError) -> Pickle.Reference {
    guard stack.count > marks.last ?? 0, let top = stack.popLast() else { throw underflow(start) }
    return top
  }

  private mutating func popMark(_ start: Int) throws(WeightFileError) -> [Pickle.Reference] {
    guard let mark = marks.popLast() else { throw malformed(start, "a mark is missing") }
    let items = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return items
  }

  private mutating func remember(_ index: UInt32, _ start: Int) throws(WeightFileError) {
    guard let top = stack.last else { throw underflow(start) }
    guard index < PickleReader.nodeLimit else {
      throw place.error(.unsupported, at: start, "object \(index) of the memo, more than any writer counts")
    }
    memo[index] = top
  }

  private mutating func recall(_ index: UInt32, _ start: Int) throws(WeightFileError) {
    guard let reference = memo[index] else { throw malformed(start, "object \(index) of the memo was never stored") }
    stack.append(reference)
  }

  // MARK: Bytes

  private mutating func take(_ count: UInt64) throws(WeightFileError) -> Range<Int> {
    guard count <= UInt64(limit - offset) else {
      throw place.error(.truncated, at: offset, "\(count) bytes are announced, only \(limit - offset) are there")
    }
    defer { offset += Int(count) }
    return offset..<offset + Int(count)
  }

  private mutating func byte() throws(WeightFileError) -> UInt8 {
    guard offset < limit else { throw place.error(.truncated, at: offset, "the stream ends before it is complete") }
    defer { offset += 1 }
    return bytes[offset]
  }

  /// A little-endian number of so many bytes.
  private mutating func unsigned(_ width: Int) throws(WeightFileError) -> UInt64 {
    try take(UInt64(width)).reversed().reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
  }

  /// A signed little-endian number of any length.
  private mutating func pushLong(_ length: Int) throws(WeightFileError) {
    let range = try take(UInt64(length))
    guard let last = range.last else { return push(.integer(0)) }
    let sign: UInt8 = bytes[last] >= 0x80 ? 0xFF : 0
    let isShort = range.dropFirst(8).allSatisfy { bytes[$0] == sign }
    var value: UInt64 = sign == 0 ? 0 : .max
    for index in range.prefix(8).reversed() { value = value << 8 | UInt64(bytes[index]) }
    // Of more than eight bytes the rest repeats the sign, which the eighth must agree with.
    guard isShort, length < 8 || (value >> 63 == 1) == (sign != 0) else { return push(.largeInteger) }
    push(.integer(Int(Int64(bitPattern: value))))
  }

  private mutating func pushText(_ length: UInt64, _ start: Int) throws(WeightFileError) {
    let range = try take(length)
    guard String(validating: bytes.slice(range), as: UTF8.self) != nil else {
      throw place.error(.badUTF8, at: start, "a text is not valid UTF-8")
    }
    push(.text(range))
  }

  /// A text up to the end of its line.
  private mutating func line(_ start: Int) throws(WeightFileError) -> String {
    let from = offset
    while try byte() != UInt8(ascii: "\n") {}
    guard let text = String(validating: bytes.slice(from..<offset - 1), as: UTF8.self) else {
      throw place.error(.badUTF8, at: start, "the name of a class is not valid UTF-8")
    }
    return text
  }

  private func string(_ range: Range<Int>) -> String { String(decoding: bytes.slice(range), as: UTF8.self) }

  // MARK: Errors

  private func malformed(_ offset: Int, _ message: String) -> WeightFileError {
    place.error(.badHeader, at: offset, "the pickle is malformed: \(message)")
  }

  private func underflow(_ offset: Int) -> WeightFileError { malformed(offset, "an object is missing") }

  private func refused(_ offset: Int, _ message: String) -> WeightFileError {
    place.error(.pickle, at: offset, "the pickle is refused: \(message)")
  }

  private static func hex(_ byte: UInt8) -> String { "0x" + String(byte, radix: 16) }
}
