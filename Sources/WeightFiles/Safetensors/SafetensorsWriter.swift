internal import StrictJSON
internal import TensorData

/// Lays out safetensors files in their canonical form: the same tensors and metadata give the same bytes.
///
/// Format: huggingface/safetensors, `serialize` in `tensor.rs`. Tensors are sorted by descending element type, then by
/// the bytes of their names; metadata is sorted by key, which the reference writer leaves to chance.
enum SafetensorsWriter {
  private static let alignment = 8

  static func plan(_ request: WriteRequest) throws(WeightFileError) -> FilePlan {
    var sizes: [Int] = []
    sizes.reserveCapacity(request.infos.count)
    for info in request.infos {
      guard info.name != "__metadata__" else {
        throw request.error(
          .badName, tensor: info.name, "the format keeps this name for its metadata; rename the tensor")
      }
      sizes.append(
        try TensorSize.byteCount(info) { (category, message) in request.error(category, tensor: info.name, message) })
    }
    let order = canonicalOrder(request.infos)
    let header = try header(request, order, sizes)
    var head = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
    head += header
    return FilePlan(head: head, parts: order.map { FilePlan.Part(info: request.infos[$0], entry: $0) })
  }

  /// The positions of the tensors in the order of the file.
  static func canonicalOrder(_ infos: [TensorInfo]) -> [Int] {
    var ranks: [DType: Int] = [:]
    for (rank, dtype) in DType.allCases.enumerated() { ranks[dtype] = rank }
    return infos.indices.sorted { a, b in
      let (first, second) = (ranks[infos[a].dtype] ?? 0, ranks[infos[b].dtype] ?? 0)
      return first == second ? ByteKey(infos[a].name) < ByteKey(infos[b].name) : first > second
    }
  }

  private static func header(
    _ request: WriteRequest, _ order: [Int], _ sizes: [Int]
  ) throws(WeightFileError) -> [UInt8] {
    var text: [UInt8] = [UInt8(ascii: "{")]
    if !request.metadata.isEmpty {
      text += "\"__metadata__\":{".utf8
      var previous: String?
      for entry in request.metadata.sorted(by: { ByteKey($0.key) < ByteKey($1.key) }) {
        if let previous {
          guard !previous.utf8.elementsEqual(entry.key.utf8) else {
            throw request.error(.duplicate, "the metadata has \"\(entry.key.printable(limit: 60))\" twice")
          }
          text.append(UInt8(ascii: ","))
        }
        previous = entry.key
        JSONValue.appendQuoted(entry.key, to: &text)
        text.append(UInt8(ascii: ":"))
        JSONValue.appendQuoted(entry.value, to: &text)
      }
      text.append(UInt8(ascii: "}"))
    }
    var offset = 0
    for index in order {
      let info = request.infos[index]
      if text.count > 1 { text.append(UInt8(ascii: ",")) }
      JSONValue.appendQuoted(info.name, to: &text)
      text += ":{\"dtype\":\"".utf8
      text += info.dtype.rawValue.utf8
      text += "\",\"shape\":[".utf8
      appendList(info.shape, to: &text)
      text += "],\"data_offsets\":[".utf8
      let (end, overflow) = offset.addingReportingOverflow(sizes[index])
      guard !overflow else { throw request.error(.overflow, "all tensors together exceed 63 bits of size") }
      appendList([offset, end], to: &text)
      text += "]}".utf8
      offset = end
    }
    text.append(UInt8(ascii: "}"))
    text += repeatElement(UInt8(ascii: " "), count: (alignment - text.count % alignment) % alignment)
    guard text.count <= SafetensorsReader.headerLimit else {
      throw request.error(
        .limit, "the header would have \(text.count) bytes, limit \(SafetensorsReader.headerLimit); use fewer tensors")
    }
    return text
  }

  private static func appendList(_ numbers: [Int], to text: inout [UInt8]) {
    for (index, number) in numbers.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      text += String(number).utf8
    }
  }
}

extension WeightFormat {
  /// Hugging Face's format: a JSON header and the bytes of the tensors.
  public static let safetensors = WeightFormat(
    name: "safetensors", extensions: [".safetensors"],
    preferredNames: ["model.safetensors", "model.safetensors.index.json"], indexEnding: ".safetensors.index.json",
    capabilities: [.names, .shards], recognise: SafetensorsReader.recognise, open: SafetensorsReader.open,
    writer: WeightFormatWriter(plan: SafetensorsWriter.plan))
}
