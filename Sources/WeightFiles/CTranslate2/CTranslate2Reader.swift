internal import TensorData

/// Reads the `model.bin` of CTranslate2: variables in order of their names, then aliases, which are further names of them.
///
/// Format: OpenNMT/CTranslate2, `src/models/model.cc`, `python/ctranslate2/specs/model_spec.py`, binary versions 2 to 6.
/// Variables lie in the file as tensors want them, at any address. Those without axes are settings of the model.
struct CTranslate2Reader {
  private struct Variable: Sendable {
    let name: String
    let dtype: DType
    let shape: [Int]
    let bytes: Range<Int>
    /// The variable that an alias stands for.
    var sameAs: Int?
  }

  private let file: WholeFile
  private var offset = 0
  private var variables: [Variable] = []
  private var metadata: [MetadataEntry] = []
  private var names: [ByteKey: Int] = [:]

  private static let newestVersion = 6
  /// The element types by their numbers from version 4 on (`DataType`), and by the size of an item before.
  private static let types: [DType] = [.f32, .i8, .i16, .i32, .f16, .bf16]
  private static let typesOfSize: [Int: DType] = [4: .f32, 2: .i16, 1: .i8]
  private static let rankLimit = 32

  static func recognise(_ probe: FileProbe) -> Confidence { CTranslate2.specification(probe) == nil ? .none : .certain }

  static func open(_ files: FileSet, _ options: ReadOptions) throws(WeightFileError) -> OpenedFile {
    var reader = CTranslate2Reader(file: try WholeFile(files.main))
    try reader.read()
    return reader.opened()
  }

  private init(file: WholeFile) { self.file = file }

  private func error(
    _ category: WeightFileError.Category, tensor: String? = nil, at place: Int? = nil, _ message: String
  ) -> WeightFileError {
    WeightFileError(category, path: file.path, tensor: tensor, byteOffset: place ?? offset, message: message)
  }

  private var left: Int { file.bytes.count - offset }

  private mutating func take(_ count: Int) throws(WeightFileError) -> Range<Int> {
    guard count <= left else {
      throw error(.truncated, "\(count) more bytes are declared, \(left) are there; fetch the file again")
    }
    defer { offset += count }
    return offset..<offset + count
  }

  private mutating func number(_ width: Int) throws(WeightFileError) -> Int {
    let place = try take(width)
    return file.bytes[place].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// A text: its length with a NUL at the end, then its bytes.
  private mutating func text(_ what: String) throws(WeightFileError) -> String {
    let start = offset
    let length = try number(2)
    guard length > 0 else { throw error(.badHeader, at: start, "\(what) has no bytes, not even its NUL") }
    let place = try take(length)
    guard file.bytes[place.upperBound - 1] == 0 else {
      throw error(.badHeader, at: start, "\(what) does not end with a NUL")
    }
    let bytes = file.bytes[place.dropLast()]
    guard !bytes.isEmpty, !bytes.contains(0) else {
      throw error(.badName, at: start, "\(what) is empty or has a NUL inside")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw error(.badUTF8, at: start, "\(what) is not UTF-8")
    }
    return text
  }

  // MARK: Reading

  private mutating func read() throws(WeightFileError) {
    let version = try number(4)
    guard (1...CTranslate2Reader.newestVersion).contains(version) else {
      throw error(.unsupportedVersion, at: 0, "binary version \(version) of CTranslate2; versions 1 to 6 are read")
    }
    if version >= 2 {
      let spec = try text("the name of the specification")
      guard spec.hasSuffix("Spec") else {
        throw error(.badMagic, at: 4, "\"\(spec.printable(limit: 60))\" is no specification of CTranslate2")
      }
      metadata = [
        MetadataEntry(key: "spec", value: spec), MetadataEntry(key: "revision", value: String(try number(4))),
      ]
    }
    metadata.append(MetadataEntry(key: "binary_version", value: String(version)))
    let count = try number(4)
    // A variable takes at least this many bytes.
    guard count <= left / 8 else { throw error(.truncated, "\(count) variables do not fit into \(left) bytes") }
    for _ in 0..<count { try readVariable(version) }
    if version >= 3 { try readAliases() }
    guard left == 0 else { throw error(.trailing, "\(left) bytes follow the last alias") }
  }

  private mutating func readVariable(_ version: Int) throws(WeightFileError) {
    let place = offset
    let name = try text("the name of a variable")
    let rank = try number(1)
    guard rank <= CTranslate2Reader.rankLimit else {
      throw error(.limit, tensor: name, at: place, "\(rank) axes; the limit is \(CTranslate2Reader.rankLimit)")
    }
    var shape: [Int] = []
    for _ in 0..<rank { shape.append(try number(4)) }
    let code = try number(1)
    let dtype: DType?
    let byteCount: Int
    if version >= 4 {
      dtype = CTranslate2Reader.types.indices.contains(code) ? CTranslate2Reader.types[code] : nil
      byteCount = try number(4)
    } else {
      dtype = CTranslate2Reader.typesOfSize[code]
      byteCount = try number(4) * code
    }
    guard let dtype else {
      throw error(.unsupportedDType, tensor: name, at: place, "elements of type \(code), which CTranslate2 has not")
    }
    var wanted = dtype.bitWidth / 8
    for size in shape where size > 0 {
      let (product, overflow) = wanted.multipliedReportingOverflow(by: size)
      guard !overflow else { throw error(.overflow, tensor: name, at: place, "\(shape) elements are too many") }
      wanted = product
    }
    if shape.contains(0) { wanted = 0 }
    let bytes = byteCount <= left || wanted == byteCount ? try take(byteCount) : offset..<offset
    guard bytes.count == byteCount else {
      throw error(.truncated, tensor: name, at: place, "\(byteCount) bytes are declared, \(left) are there")
    }
    guard wanted == byteCount else {
      throw error(
        .sizeMismatch, tensor: name, at: place, "\(byteCount) bytes for \(shape) of \(dtype.rawValue), not \(wanted)")
    }
    guard names.updateValue(variables.count, forKey: ByteKey(name)) == nil else {
      throw error(.duplicate, tensor: name, at: place, "the name occurs twice")
    }
    variables.append(Variable(name: name, dtype: dtype, shape: shape, bytes: bytes))
  }

  private mutating func readAliases() throws(WeightFileError) {
    let count = try number(4)
    guard count <= left / 6 else { throw error(.truncated, "\(count) aliases do not fit into \(left) bytes") }
    var aliases: [Variable] = []
    for _ in 0..<count {
      let place = offset
      let alias = try text("an alias")
      let name = try text("the variable of an alias")
      guard let index = names[ByteKey(name)], variables.indices.contains(index) else {
        throw error(
          .missing, tensor: alias, at: place, "it stands for \(name.printable(limit: 80)), which is not there")
      }
      let variable = variables[index]
      guard names.updateValue(variables.count + aliases.count, forKey: ByteKey(alias)) == nil else {
        throw error(.duplicate, tensor: alias, at: place, "the name occurs twice")
      }
      aliases.append(
        Variable(name: alias, dtype: variable.dtype, shape: variable.shape, bytes: variable.bytes, sameAs: index))
    }
    variables += aliases
  }

  private func opened() -> OpenedFile {
    let (file, variables) = (file, variables)
    let tensors = variables.map { variable in
      StoredTensor(
        info: TensorInfo(name: variable.name, dtype: variable.dtype, shape: variable.shape),
        Extent(path: file.path, byteOffset: variable.bytes.lowerBound, byteCount: variable.bytes.count),
        sameAs: variable.sameAs.map { variables[$0].name })
    }
    return OpenedFile(tensors: tensors, metadata: metadata, listing: Array(variables.indices)) {
      (index) throws(WeightFileError) in
      TensorAssembly(
        whole: Tensor(
          dtype: variables[index].dtype, shape: variables[index].shape, storage: file.storage,
          byteOffset: variables[index].bytes.lowerBound))
    }
  }
}

extension WeightFormat {
  /// The format of CTranslate2's converted models.
  public static let cTranslate2 = WeightFormat(
    name: "ctranslate2", extensions: [".bin"], sharesExtensions: true, capabilities: [.names],
    recognise: CTranslate2Reader.recognise, open: CTranslate2Reader.open)
}
