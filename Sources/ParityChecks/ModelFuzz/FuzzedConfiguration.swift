import Architectures
import StrictJSON
import TensorData

/// The configuration file of a random model: right, absent, or wrong in some way.
struct FuzzedConfiguration {
  /// The name of the file and its text, or nil if the model has none.
  let file: (name: String, text: String)?

  /// Draws one.
  ///
  /// - Parameters:
  ///   - architecture: the architecture.
  ///   - layout: the layout whose dialect it is in.
  ///   - values: what it should say.
  ///   - random: decides.
  init(
    _ architecture: any Architecture.Type, _ layout: Layout, _ values: Hyperparameters, _ random: inout SplitMix64
  ) {
    guard !random.happens(8) else {
      file = nil
      return
    }
    // Now and then the file of another framework, or of another architecture, lies there.
    let spoken = random.happens(6) ? random.element(random.element(ArchitectureRegistry.all).layouts) : layout
    var object = spoken.configuration(of: architecture, values, base: nil).object
    for _ in 0..<random.element([0, 0, 0, 0, 0, 0, 1, 1, 2, 4]) {
      let keys = object.members.map(\.key) + spoken.config.keys.map(\.name) + ["unknown_key"]
      let key = random.element(keys)
      object[key] = FuzzedConfiguration.value(object[key], values, &random)
    }
    var text = spoken.config.text(of: object)
    if random.happens(2) { text = String(text.dropLast(random.number(below: 30))) }
    if random.happens(1) { text = random.element(["", "[]", "null", "{}", "{\"a\": 1, \"a\": 2}"]) }
    file = (spoken.config.fileName, text)
  }

  /// Another value for a key, or none.
  private static func value(
    _ old: JSONValue?, _ values: Hyperparameters, _ random: inout SplitMix64
  ) -> JSONValue? {
    if let number = old?.int, random.happens(30) {
      return .number(JSONNumber(number.addingReportingOverflow(random.element([-1, 1])).partialValue))
    }
    let said = values.entries.sorted { $0.key < $1.key }.map(\.value.value.json)
    if !said.isEmpty, random.happens(20) { return random.element(said) }
    let numbers = [0, -1, 1, 2, 3, 1 << 31, 1 << 40, .max, .min].map { JSONValue.number(JSONNumber($0)) }
    let reals = ["0.5", "-1.0", "1e300", "-1e-300", "1e999"].compactMap { try? JSONValue(parsing: $0) }
    let words = ["", "relu", "gelu", "gelu_new", "float16", "BertModel", "bert", "t5", "gpt2", "x"].map(
      JSONValue.string)
    let others: [JSONValue?] = [nil, nil, .null, .bool(true), .bool(false), .array([]), .object(JSONObject())]
    return random.element((numbers + reals + words).map { $0 } + others)
  }
}
