import Architectures
import StrictJSON
import TensorData
import WeightFiles

/// What a golden that tfconv made holds beside inputs and outputs: the model's identity, and a sketch of every node.
struct GoldenRecord: Sendable {
  /// The words that name the format of the record, and those of the first format, which is read as well: it holds no
  /// digests of rounded weights.
  static let schema = "tfconv.golden-file/2"
  private static let firstSchema = "tfconv.golden-file/1"
  /// The members of the archive.
  static let members = (
    record: "tfconv_golden", projections: "sketch_projections", statistics: "sketch_statistics",
    positions: "sketch_positions"
  )

  /// The names of those members.
  static let memberNames = [members.record, members.projections, members.statistics, members.positions]

  /// The architecture's name.
  var architecture: String
  /// The seed of the inputs and of the signs of the projections.
  var seed: UInt64
  /// The hyper-parameters, complete.
  var values: Hyperparameters
  /// The digests of the parameters.
  var weights: GoldenWeights
  /// Names of the nodes, in the order of the graph.
  var nodes: [String]
  /// A sketch of each node's float64 value.
  var sketches: [Sketch]

  /// One digest over all parameters in the order of their names.
  var digest: String {
    let text = weights.digests.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
    return Array(text.utf8).withUnsafeBytes { ContentDigest.hexadecimal(ContentDigest.hash($0)) }
  }

  /// Reads the record of a golden.
  ///
  /// - Parameter checkpoint: the opened archive.
  /// - Returns: nil if the archive has none.
  /// - Throws: `ParityError` if the record is damaged or of a later version.
  static func read(_ checkpoint: Checkpoint) throws -> GoldenRecord? {
    guard checkpoint.contains(members.record) else { return nil }
    func damaged(_ what: String) -> ParityError {
      ParityError(
        "\(checkpoint.path): \(members.record) \(what); make the golden again: tfconv golden make MODEL -o FILE")
    }
    let text = try checkpoint.tensor(named: members.record).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    guard let object = (try? JSONValue(parsing: text))?.object else { throw damaged("is no JSON object") }
    guard let own = object["schema"]?.string, own == schema || own == firstSchema else {
      throw damaged("has the schema \(object["schema"]?.string ?? "none"), not \(schema)")
    }
    guard let architecture = object["architecture"]?.string, let seed = object["seed"]?.int,
      let nodes = object["nodes"]?.array?.compactMap(\.string), let parameters = object["parameters"]?.object,
      let hyperparameters = object["hyperparameters"]?.object, let parts = object["parts"]?.array?.compactMap(\.string)
    else { throw damaged("lacks a field") }
    var values = Hyperparameters()
    for member in hyperparameters.members {
      guard let value = Hyperparameter(member.value) else { throw damaged("has no value for \(member.key)") }
      values.set(member.key, value, origin: "golden")
    }
    values.parts = Set(parts)
    var weights = GoldenWeights()
    weights.digests = texts(parameters)
    for type in GoldenWeights.types {
      weights.rounded[type] = object["rounded"]?[type.rawValue]?.object.map(texts)
      weights.cutOff[type] = object["cut_off"]?[type.rawValue]?.object.map(texts)
      weights.overflowed[type] = object["overflowed"]?[type.rawValue]?.object.map(texts)
    }
    let projections = try rows(checkpoint, members.projections, nodes.count, Sketch.projectionCount)
    let statistics = try rows(checkpoint, members.statistics, nodes.count, 4)
    let positions = try rows(checkpoint, members.positions, nodes.count, nil)
    return GoldenRecord(
      architecture: architecture, seed: UInt64(bitPattern: Int64(seed)), values: values, weights: weights,
      nodes: nodes,
      sketches: nodes.indices.map {
        Sketch(projections: projections[$0], statistics: statistics[$0], positions: positions[$0])
      })
  }

  private static func texts(_ object: JSONObject) -> [String: String] {
    var texts: [String: String] = [:]
    for member in object.members { texts[member.key] = member.value.string }
    return texts
  }

  private static func json(_ texts: [String: String]) -> JSONValue {
    var object = JSONObject()
    for (name, text) in texts.sorted(by: { $0.key < $1.key }) { object[name] = .string(text) }
    return .object(object)
  }

  private static func json(_ types: [DType: [String: String]]) -> JSONValue {
    var object = JSONObject()
    for type in GoldenWeights.types { object[type.rawValue] = types[type].map(json) }
    return .object(object)
  }

  private static func rows(
    _ checkpoint: Checkpoint, _ name: String, _ count: Int, _ width: Int?
  ) throws -> [[Double]] {
    let tensor = try checkpoint.tensor(named: name)
    guard tensor.shape.count == 2, tensor.shape[0] == count, width == nil || tensor.shape[1] == width else {
      throw ParityError(
        "\(checkpoint.path): \(name) has the shape \(tensor.shape), expected \(count) rows of \(width.map { "\($0)" } ?? "any length")"
      )
    }
    let numbers = try tensor.doubles()
    let width = tensor.shape[1]
    return (0..<count).map { Array(numbers[($0 * width)..<(($0 + 1) * width)]) }
  }

  /// The record as members of an archive.
  ///
  /// - Parameter tool: the version of the program, for people.
  /// - Returns: four tensors.
  func entries(tool: String) -> [WriteEntry] {
    var object = JSONObject()
    object["schema"] = .string(GoldenRecord.schema)
    object["tool"] = ["name": "tfconv", "version": .string(tool)]
    object["architecture"] = .string(architecture)
    object["seed"] = .number(JSONNumber(Int(Int64(bitPattern: seed))))
    object["digest"] = .string(digest)
    var hyperparameters = JSONObject()
    for (name, entry) in values.entries.sorted(by: { $0.key < $1.key }) { hyperparameters[name] = entry.value.json }
    object["hyperparameters"] = .object(hyperparameters)
    object["parts"] = .array(values.parts.sorted().map { .string($0) })
    object["parameters"] = GoldenRecord.json(weights.digests)
    object["rounded"] = GoldenRecord.json(weights.rounded)
    object["cut_off"] = GoldenRecord.json(weights.cutOff)
    object["overflowed"] = GoldenRecord.json(weights.overflowed)
    object["nodes"] = .array(nodes.map { .string($0) })
    let bytes = Array(JSONValue.object(object).text().utf8)
    let text = Tensor(dtype: .u8, shape: [bytes.count]) { $0.copyBytes(from: bytes) }
    let width = sketches.map(\.positions.count).max() ?? 0
    let positions = sketches.map { $0.positions + [Double](repeating: 0, count: width - $0.positions.count) }
    return [
      GoldenRecord.entry(GoldenRecord.members.record, text),
      GoldenRecord.matrix(GoldenRecord.members.projections, sketches.map(\.projections)),
      GoldenRecord.matrix(GoldenRecord.members.statistics, sketches.map(\.statistics)),
      GoldenRecord.entry(GoldenRecord.members.positions, GoldenRecord.singles(positions)),
    ]
  }

  private static func matrix(_ name: String, _ rows: [[Double]]) -> WriteEntry {
    let numbers = rows.flatMap { $0 }
    return entry(
      name,
      Tensor(dtype: .f64, shape: [rows.count, rows.first?.count ?? 0]) { bytes in
        numbers.withUnsafeBytes { bytes.copyMemory(from: $0) }
      })
  }

  /// Norms at positions only point at a place; single precision is enough.
  private static func singles(_ rows: [[Double]]) -> Tensor {
    let numbers = rows.joined().map { Float($0) }
    return Tensor(dtype: .f32, shape: [rows.count, rows.first?.count ?? 0]) { bytes in
      numbers.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }

  /// A tensor as a member of an archive.
  static func entry(_ name: String, _ tensor: Tensor) -> WriteEntry {
    WriteEntry(TensorInfo(name: name, dtype: tensor.dtype, shape: tensor.shape)) { tensor }
  }
}
