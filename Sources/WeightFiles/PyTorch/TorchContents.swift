internal import StrictJSON
internal import TensorData

/// The tensors and plain values of a checkpoint, found by walking the dictionaries of its pickle.
///
/// Sources: pytorch, torch/_utils.py and torch/serialization.py. Every tensor gets the keys that lead to it as its name.
/// Objects that hold no weights are passed over and named in a note.
struct TorchContents {
  /// In the order of the pickle.
  private(set) var tensors: [TorchTensor] = []
  /// Numbers and texts in the outer dictionaries, such as `epoch`.
  private(set) var values: [MetadataEntry] = []
  private(set) var notes: [String] = []

  /// Dictionaries nested deeper than this are no checkpoint's.
  static let depthLimit = 64
  /// A checkpoint refers to most of its objects once; who refers to many again and again wants to keep readers busy.
  private static let revisits = 1 << 16
  /// Plain values that are kept.
  private static let valueLimit = 256
  /// Tensors of repeated elements may be so many times larger than what is stored, from the given size on.
  private static let expansion = (times: 64, from: 64 << 20)

  private let pickle: Pickle
  private let blocks: [ByteKey: Int]?
  private let place: BytePlace
  private var storages: [ByteKey: TorchStorage] = [:]
  private var visits = 0
  private var tensorCalls: Set<Pickle.Reference> = []

  /// Walks a pickle.
  ///
  /// - Parameters:
  ///   - pickle: the object of the checkpoint.
  ///   - place: where errors are reported.
  ///   - blocks: the bytes of each storage in the file; nil if only the pickle says how many there are.
  /// - Throws: `unsupported` if it is no dictionary, and what is wrong with a tensor.
  init(_ pickle: Pickle, _ place: BytePlace, blocks: [ByteKey: Int]? = nil) throws(WeightFileError) {
    self.blocks = blocks
    self.pickle = pickle
    self.place = BytePlace(path: place.path, base: nil)
    switch pickle[pickle.root] {
    case .dictionary, .list, .tuple: try walk(pickle.root, [])
    case .call: throw error(.unsupported, [], "the file holds one tensor without a name; save a dictionary of tensors")
    case .opaque: throw error(.pickle, [], "the file holds an object of \(classes), not a dictionary of tensors")
    default: throw error(.unsupported, [], "the file holds no dictionary of tensors")
    }
    addNotes()
  }

  private var classes: String { pickle.opaqueNames.prefix(3).map { $0.printable(limit: 80) }.joined(separator: ", ") }

  /// Every storage that the pickle names as it names it, also of what is passed over.
  var everyStorage: [ByteKey: TorchStorage] {
    var result: [ByteKey: TorchStorage] = [:]
    for node in pickle.nodes {
      guard case .persistent(let id) = node, var storage = try? storage(id, []) else { continue }
      storage.view = nil
      result[ByteKey(storage.key)] = storage
    }
    return result
  }

  private mutating func addNotes() {
    if !pickle.opaqueNames.isEmpty {
      let more = pickle.opaqueNames.count > 3 ? " and \(pickle.opaqueNames.count - 3) more" : ""
      notes.append("objects of \(classes)\(more) were passed over; no code of theirs was run")
    }
    let hidden = pickle.tensorCalls - tensorCalls.count
    if hidden > 0 {
      notes.append("\(hidden) \(hidden == 1 ? "tensor" : "tensors") inside objects that are passed over were left out")
    }
  }

  // MARK: Walking

  private mutating func walk(_ reference: Pickle.Reference, _ path: [String?]) throws(WeightFileError) {
    if isContainer(reference) { visits += 1 }
    guard visits <= pickle.nodes.count + TorchContents.revisits else {
      throw error(.bomb, [], "the pickle refers to the same objects over and over")
    }
    guard path.count <= TorchContents.depthLimit else {
      throw error(.depth, path, "nested deeper than \(TorchContents.depthLimit) levels, or in itself")
    }
    switch pickle[reference] {
    case .dictionary(let items): try walkDictionary(items, path)
    case .list(let items), .tuple(let items):
      for (index, item) in items.enumerated() where isContainer(item) { try walk(item, path + [String(index)]) }
    case .set(let items):
      for item in items where isContainer(item) { try walk(item, path + [nil]) }
    case .call(let symbol, let arguments):
      guard let names = TorchContents.complete(path) else {
        throw error(.badType, path, "a tensor stands under a key that is neither text nor a whole number")
      }
      tensorCalls.insert(reference)
      tensors.append(try tensor(symbol, arguments, names))
    case .persistent(let id):
      _ = try storage(id, path)
      throw error(.unsupported, path, "a bare storage without sizes; save it as a tensor")
    case .bool(let value): keep(.bool(value), path)
    case .integer(let value): keep(.number(JSONNumber(value)), path)
    case .float(let value): if value.isFinite { keep(.number(JSONNumber(value)), path) }
    case .text: if let text = pickle.text(reference) { keep(.string(text), path) }
    case .none, .largeInteger, .bytes, .symbol, .opaque: break
    }
  }

  /// Lists hold their plain values in such numbers that only what may lead to tensors is followed.
  private func isContainer(_ reference: Pickle.Reference) -> Bool {
    switch pickle[reference] {
    case .dictionary, .list, .tuple, .set, .call, .persistent: true
    default: false
    }
  }

  private mutating func walkDictionary(_ items: [Pickle.Reference], _ path: [String?]) throws(WeightFileError) {
    var keys: Set<ByteKey> = []
    for index in stride(from: 0, to: items.count, by: 2) {
      let key = name(of: items[index])
      if let key, !keys.insert(ByteKey(key)).inserted {
        throw error(.duplicate, path + [key], "the key occurs twice; readers disagree on which one counts")
      }
      try walk(items[index + 1], path + [key])
    }
  }

  /// A key as a component of a name; nil if it is neither text nor a whole number.
  private func name(of key: Pickle.Reference) -> String? {
    if case .integer(let number) = pickle[key] { return String(number) }
    return pickle.text(key)
  }

  private static func complete(_ path: [String?]) -> [String]? {
    let names = path.compactMap { $0 }
    return names.count == path.count ? names : nil
  }

  private mutating func keep(_ value: JSONValue, _ path: [String?]) {
    guard (1...2).contains(path.count), values.count < TorchContents.valueLimit,
      let names = TorchContents.complete(path)
    else { return }
    let key = names.joined(separator: ".")
    guard !values.contains(where: { $0.key.utf8.elementsEqual(key.utf8) }) else { return }
    values.append(MetadataEntry(key: key, content: value))
  }

  // MARK: Tensors

  private mutating func tensor(
    _ symbol: PickleSymbol, _ arguments: Pickle.Reference, _ path: [String], depth: Int = 0
  ) throws(WeightFileError) -> TorchTensor {
    guard depth < 8 else { throw error(.depth, path, "a tensor of a tensor of a tensor") }
    let items = pickle.items(arguments) ?? []
    func argument(_ index: Int) throws(WeightFileError) -> Pickle.Reference {
      guard index < items.count else {
        throw error(.badHeader, path, "it is made of \(items.count) arguments, too few")
      }
      return items[index]
    }
    switch symbol {
    case .rebuildParameter:
      let values = try argument(0)
      guard case .call(let inner, let innerArguments) = pickle[values] else {
        throw error(.badType, path, "a parameter that is made of no tensor")
      }
      tensorCalls.insert(values)
      return try tensor(inner, innerArguments, path, depth: depth + 1)
    case .rebuildFromType:
      guard case .symbol(let inner) = pickle[try argument(0)], inner.makesTensor else {
        throw error(.badType, path, "a tensor that is made by no known function")
      }
      guard case .symbol(.tensorClass) = pickle[try argument(1)] else {
        throw error(.unsupported, path, "a tensor of a class of its own")
      }
      return try tensor(inner, try argument(2), path, depth: depth + 1)
    case .unsupportedTensor(let kind):
      throw error(.unsupportedDType, path, "\(kind), which cannot be represented; save it as a plain tensor")
    case .rebuildTensor, .rebuildTensor2, .rebuildTensor3:
      guard case .persistent(let id) = pickle[try argument(0)] else {
        throw error(.badType, path, "a tensor without a storage")
      }
      var storage = try storage(id, path)
      _ = try argument(symbol == .rebuildTensor ? 3 : symbol == .rebuildTensor2 ? 5 : 6)
      if symbol == .rebuildTensor3 { try setType(&storage, by: items[6], path) }
      let flags = symbol == .rebuildTensor2 ? 6 : 7
      if symbol != .rebuildTensor, items.count > flags { try checkFlags(items[flags], path) }
      guard let dtype = storage.dtype else {
        throw error(.unsupportedDType, path, "its storage does not say what it holds")
      }
      return try window(storage, dtype, items, path)
    default: throw error(.badType, path, "a tensor that is made by no known function")
    }
  }

  /// Places a tensor of a known type in its storage and checks that it stays there.
  private mutating func window(
    _ storage: TorchStorage, _ dtype: DType, _ items: [Pickle.Reference], _ path: [String]
  ) throws(WeightFileError) -> TorchTensor {
    try remember(storage, path)
    let offset = try number(items[1], path)
    let shape = try numbers(items[2], "sizes", path)
    let strides = try numbers(items[3], "strides", path)
    guard offset >= 0 else { throw error(.outOfBounds, path, "it begins at element \(offset) of its storage") }
    guard shape.count == strides.count else {
      throw error(.badShape, path, "\(shape.count) sizes and \(strides.count) strides")
    }
    let size = try TensorSize.byteCount(TensorInfo(name: "", dtype: dtype, shape: shape)) { (category, message) in
      error(category, path, message)
    }
    let available = storage.view?.count ?? storage.count
    if !shape.contains(0) {
      var last = offset
      for (size, stride) in zip(shape, strides) {
        let (distance, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
        let (sum, overflowOfSum) = last.addingReportingOverflow(distance)
        guard !overflow, !overflowOfSum else {
          throw error(.overflow, path, "sizes and strides multiply beyond 63 bits")
        }
        last = sum
      }
      guard last < available else {
        throw error(.outOfBounds, path, "its last element is \(last) of a storage of \(available)")
      }
      let stored = storage.byteCount
      guard size <= TorchContents.expansion.from || size / TorchContents.expansion.times <= stored else {
        throw error(.bomb, path, "\(stored) stored bytes are repeated to \(size)")
      }
    }
    return TorchTensor(
      path: path, storage: storage, dtype: dtype, shape: shape, strides: strides,
      offset: shape.contains(0) ? min(offset, available) : offset)
  }

  /// A storage that counts bytes holds what the call says; its count becomes one of elements.
  private func setType(
    _ storage: inout TorchStorage, by reference: Pickle.Reference, _ path: [String]
  ) throws(WeightFileError) {
    switch pickle[reference] {
    case .symbol(.elementType(let dtype)):
      if let own = storage.dtype, own != dtype {
        throw error(.mismatch, path, "a storage of \(own.rawValue) that is used as \(dtype.rawValue)")
      }
      guard storage.dtype == nil, let width = dtype.byteWidth else { return }
      guard storage.count % width == 0 else {
        throw error(.sizeMismatch, path, "\(storage.count) bytes are no whole number of \(dtype.rawValue)")
      }
      storage = TorchStorage(key: storage.key, dtype: dtype, count: storage.count / width, view: storage.view)
    case .symbol(.unsupportedType(let name)): throw error(.unsupportedDType, path, "the type \(name)")
    default: throw error(.badType, path, "its type is none of torch's")
    }
  }

  /// A tensor may be saved as the conjugate or the negative of what is stored.
  private func checkFlags(_ reference: Pickle.Reference, _ path: [String]) throws(WeightFileError) {
    guard case .dictionary(let items) = pickle[reference] else { return }
    for index in stride(from: 0, to: items.count, by: 2) {
      guard let flag = pickle.text(items[index]), ["conj", "neg"].contains(flag) else { continue }
      guard case .bool(false) = pickle[items[index + 1]] else {
        throw error(.unsupported, path, "it is the \(flag) view of what is stored; save it after resolve_\(flag)()")
      }
    }
  }

  // MARK: Storages

  private func storage(_ id: Pickle.Reference, _ path: [String?]) throws(WeightFileError) -> TorchStorage {
    guard let items = pickle.items(id) else { throw error(.badType, path, "its storage is named by no tuple") }
    guard let kind = items.first.flatMap({ pickle.text($0) }) else {
      throw error(.badType, path, "what names its storage does not say so")
    }
    guard kind == "storage" else {
      throw error(.pickle, path, "it refers to a \(kind.printable(limit: 40)), which could hold code")
    }
    guard items.count >= 5 else { throw error(.badHeader, path, "its storage is named by \(items.count) items") }
    let dtype: DType?
    switch pickle[items[1]] {
    case .symbol(.storage(let known)): dtype = known
    case .symbol(.untypedStorage): dtype = nil
    case .symbol(.unsupportedType(let name)):
      throw error(.unsupportedDType, path, "\(name.printable(limit: 80)) cannot be represented")
    default: throw error(.badType, path, "its storage has no type")
    }
    guard let key = pickle.text(items[2]) else { throw error(.badType, path, "the key of its storage is no text") }
    let count = try number(items[4], path)
    guard count >= 0 else { throw error(.badShape, path, "a storage of \(count) elements") }
    guard !count.multipliedReportingOverflow(by: dtype?.byteWidth ?? 1).overflow else {
      throw error(.truncated, path, "a storage of \(count) elements, more than any file has")
    }
    var storage = TorchStorage(key: key, dtype: dtype, count: count)
    if items.count > 5, let view = pickle.items(items[5]) {
      guard view.count == 3 else { throw error(.badHeader, path, "a window on a storage with \(view.count) items") }
      let (start, length) = (try number(view[1], path), try number(view[2], path))
      guard start >= 0, length >= 0, length <= count, start <= count - length else {
        throw error(.outOfBounds, path, "a window of \(length) elements at \(start) of a storage of \(count)")
      }
      storage.view = start..<start + length
    }
    return storage
  }

  /// Every mention of a storage must agree.
  private mutating func remember(_ storage: TorchStorage, _ path: [String]) throws(WeightFileError) {
    var whole = storage
    whole.view = nil
    guard let known = storages[ByteKey(storage.key)] else {
      storages[ByteKey(storage.key)] = whole
      if let blocks { try check(storage, blocks[ByteKey(storage.key)], path) }
      return
    }
    guard known == whole else {
      throw error(
        .mismatch, path,
        "storage \(storage.key.printable(limit: 40)) is taken for \(known.count) x \(known.dtype?.rawValue ?? "bytes") and "
          + "for \(whole.count) x \(whole.dtype?.rawValue ?? "bytes")")
    }
  }

  /// Holds what the pickle says of a storage against what the file has of it.
  private func check(_ storage: TorchStorage, _ present: Int?, _ path: [String]) throws(WeightFileError) {
    guard let present else {
      throw error(
        .missing, path, "its storage \(storage.key.printable(limit: 40)) is not in the file; fetch it again")
    }
    guard present >= storage.byteCount else {
      throw error(
        .truncated, path,
        "its storage takes \(storage.byteCount) bytes, only \(present) are there; fetch the file again")
    }
    guard present == storage.byteCount else {
      throw error(.sizeMismatch, path, "its storage takes \(storage.byteCount) bytes, \(present) are there")
    }
  }

  // MARK: Numbers and errors

  private func number(_ reference: Pickle.Reference, _ path: [String?]) throws(WeightFileError) -> Int {
    switch pickle[reference] {
    case .integer(let value): return value
    case .largeInteger: throw error(.overflow, path, "a number that does not fit in 63 bits")
    default: throw error(.badType, path, "an offset or size is no whole number")
    }
  }

  private func numbers(
    _ reference: Pickle.Reference, _ what: String, _ path: [String]
  ) throws(WeightFileError) -> [Int] {
    guard let items = pickle.items(reference) else { throw error(.badType, path, "its \(what) are no tuple") }
    var result: [Int] = []
    for item in items {
      let value = try number(item, path)
      guard value >= 0 else { throw error(.badShape, path, "negative \(what)") }
      result.append(value)
    }
    return result
  }

  private func error(_ category: WeightFileError.Category, _ path: [String?], _ message: String) -> WeightFileError {
    WeightFileError(
      category, path: place.path, tensor: path.isEmpty ? nil : path.map { $0 ?? "?" }.joined(separator: "."),
      message: message)
  }
}
