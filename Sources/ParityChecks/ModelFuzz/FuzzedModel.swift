public import Architectures
import StrictJSON
public import TensorData
import TensorGraph
import WeightFiles

/// A tiny model that a random stream makes out of the registry, right or wrong in as many ways as models of strangers are.
///
/// The parts, heads, sizes and names come from the tables of the architecture and the layout, so that what is added to
/// them is drawn too.
public struct FuzzedModel: Sendable {
  /// A tensor under its stored name.
  struct Stored: Sendable {
    var name: String
    var tensor: Tensor
  }

  /// The architecture.
  public let architecture: any Architecture.Type
  /// The layout.
  public let layout: Layout
  /// The hyper-parameters from which shapes and configuration follow, before either was damaged.
  public let values: Hyperparameters
  var tensors: [Stored]
  /// The text of the configuration file and its name, or nil if there is none.
  var configuration: (name: String, text: String)?

  /// Draws a model.
  ///
  /// - Parameter random: decides.
  /// - Throws: `ParityError` if an architecture has no synthetic models to take its settings from.
  public init(_ random: inout SplitMix64) throws {
    architecture = random.element(ArchitectureRegistry.all)
    layout = random.element(architecture.layouts)
    values = try FuzzedModel.hyperparameters(architecture, &random)
    tensors = FuzzedModel.tensors(architecture, layout, values, &random)
    configuration = FuzzedConfiguration(architecture, layout, values, &random).file
    if random.happens(40) { damage(&random) }
    if random.happens(20) { damage(&random) }
  }

  // MARK: Hyper-parameters

  private static func hyperparameters(
    _ architecture: any Architecture.Type, _ random: inout SplitMix64
  ) throws -> Hyperparameters {
    let variants = try ProbeVariant.all(of: architecture)
    let holes = Set(architecture.parameters.flatMap(\.name.holes))
    let axes = Set(architecture.parameters.flatMap(\.axes)).union(holes).sorted()
    let parts = Set(architecture.parameters.compactMap(\.part)).sorted()
    let tasks = variants.compactMap { $0.values.string("task") }
    for _ in 0..<12 {
      let variant = random.element(variants)
      var values = Hyperparameters()
      for (name, entry) in variant.values.entries.sorted(by: { $0.key < $1.key })
      where entry.origin == ProbeVariant.origin && !random.happens(2) {
        values.set(name, entry.value, origin: "fuzzed")
      }
      for axis in axes {
        let isCount = holes.contains(axis)
        let size =
          isCount ? random.element([0, 1, 1, 2, 2, 3]) : random.element([1, 2, 2, 3, 4, 5, 6, 6, 7, 8, 12, 13])
        values.set(axis, .int(!isCount && random.happens(1) ? 0 : size), origin: "fuzzed")
      }
      values.parts = random.happens(50) ? variant.values.parts : Set(parts.filter { _ in random.happens(50) })
      if random.happens(40) { values.remove("task") }
      if random.happens(15) { values.set("task", .string(random.element(tasks)), origin: "fuzzed") }
      do {
        try architecture.complete(&values)
        architecture.applyDefaults(&values)
        return values
      } catch {
        // Parts, task and sizes that do not go together are drawn again; models that contradict themselves come of damage.
        continue
      }
    }
    return variants[0].values
  }

  // MARK: Tensors

  private static func tensors(
    _ architecture: any Architecture.Type, _ layout: Layout, _ values: Hyperparameters, _ random: inout SplitMix64
  ) -> [Stored] {
    let common: DType = random.happens(80) ? .f32 : random.element(DType.allCases)
    let prefix: Bool? = random.happens(80) ? nil : random.happens(50)
    // What becomes of both sides of a tie: either alone, both equal, both different.
    let tie = random.number(below: 4)
    var tensors: [Stored] = []
    var byParameter: [String: Tensor] = [:]
    let expected = layout.storedTensors(of: architecture, values, hasPrefix: prefix)
    let targets = Set(expected.compactMap(\.parameter.parameter.tiedTo))
    for tensor in expected {
      let dtype = random.happens(1) ? random.element(DType.allCases) : common
      var content = random.tensor(dtype, tensor.shape)
      if let target = tensor.parameter.parameter.tiedTo {
        if tie == 0 { continue }
        if tie == 2, let other = byParameter[target], other.shape == tensor.shape { content = other }
      }
      byParameter[tensor.parameter.name] = content
      if tie == 1, targets.contains(tensor.parameter.name) { continue }
      let name = random.happens(3) ? random.element([tensor.name] + tensor.otherNames) : tensor.name
      tensors.append(Stored(name: name, tensor: content))
      if random.happens(3), let copy = tensor.otherNames.first { tensors.append(Stored(name: copy, tensor: content)) }
    }
    return tensors.withoutRepeatedNames()
  }

  /// Does one thing to the model that should not be.
  mutating func damage(_ random: inout SplitMix64) {
    guard !tensors.isEmpty else { return }
    let place = random.number(below: tensors.count)
    let stored = tensors[place]
    switch random.number(below: 14) {
    case 0: tensors.remove(at: place)
    case 1:
      tensors.append(Stored(name: stored.name + random.element([".copy", "_1", "/Adam", ":0"]), tensor: stored.tensor))
    case 2: tensors[place].name = random.element(["module.", "model.", "x", ""]) + stored.name.dropLast()
    case 3: tensors[place].tensor = random.tensor(stored.tensor.dtype, stored.tensor.shape + [1])
    case 4: tensors[place].tensor = random.tensor(stored.tensor.dtype, Array(stored.tensor.shape.dropLast()))
    case 5: tensors[place].tensor = random.tensor(stored.tensor.dtype, stored.tensor.shape.reversed())
    case 6:
      var shape = stored.tensor.shape
      guard !shape.isEmpty else { return }
      shape[random.number(below: shape.count)] = random.element([0, 0, 1, 2, 9])
      tensors[place].tensor = random.tensor(stored.tensor.dtype, shape)
    case 7: tensors[place].tensor = random.tensor(random.element(DType.allCases), stored.tensor.shape)
    case 8, 9: tensors[place].tensor = random.spoiled(stored.tensor)
    case 10: tensors = tensors.filter { _ in random.happens(70) }
    case 11: tensors.shuffle(using: &random)
    case 12: configuration = FuzzedConfiguration(architecture, layout, values, &random).file
    default:
      tensors.append(
        Stored(
          name: random.element(["extra.weight", "lora_A.weight", "global_step", "ü"]), tensor: random.tensor(.f32, [2]))
      )
    }
    tensors = tensors.withoutRepeatedNames()
  }

  /// The same model with one thing changed, or a value of one tensor; sometimes the very same.
  ///
  /// - Parameter random: decides.
  /// - Returns: the sibling.
  public func sibling(_ random: inout SplitMix64) -> FuzzedModel {
    var other = self
    switch random.number(below: 4) {
    case 0: break
    case 1:
      guard !tensors.isEmpty else { break }
      let place = random.number(below: tensors.count)
      other.tensors[place].tensor = random.tensor(tensors[place].tensor.dtype, tensors[place].tensor.shape)
    case 2: other.configuration = FuzzedConfiguration(architecture, layout, values, &random).file
    default: other.damage(&random)
    }
    return other
  }

  /// Names of tensors, of outputs and of keys of the configuration, which options may be about.
  public var names: [String] {
    let outputs = (try? architecture.graph(values).outputs.map(\.name)) ?? []
    return tensors.prefix(12).map(\.name) + outputs + layout.config.keys.map(\.name) + ["no_such_name"]
  }

  // MARK: Files

  /// Writes the model, as a folder or as a file with its configuration beside it.
  ///
  /// - Parameters:
  ///   - path: where, without an extension; nothing may be there.
  ///   - makeFolder: makes a folder.
  ///   - random: decides on folder, container and shards.
  /// - Returns: the path of the model.
  /// - Throws: what writing throws for reasons other than that the container cannot hold such a tensor.
  public func write(
    to path: String, makeFolder: (String) throws -> Void, _ random: inout SplitMix64
  ) throws -> String {
    let isFolder = random.happens(40)
    if isFolder { try makeFolder(path) }
    let formats = tensors.count == 1 ? WeightFormat.all : WeightFormat.all.filter { $0 != .npy }
    var tries = [random.element(formats), .safetensors]
    while let format = tries.first {
      tries.removeFirst()
      let file = (isFolder ? path + "/model" : path) + format.fileExtension
      let files = OutputSet(replace: true, policy: .never)
      do {
        _ = try format.write(tensors.map { $0.entry }, to: file, in: files)
      } catch  where !tries.isEmpty {
        continue
      }
      if let (name, text) = configuration {
        try files.add(Array(text.utf8), path: isFolder ? "\(path)/\(name)" : "\(path).\(name)")
      }
      try files.commit()
      return isFolder ? path : file
    }
    throw ParityError("no container can hold the model")
  }
}

extension FuzzedModel.Stored {
  var entry: WriteEntry {
    let tensor = tensor.contiguous()
    return WriteEntry(TensorInfo(name: name, dtype: tensor.dtype, shape: tensor.shape)) { tensor }
  }
}

extension [FuzzedModel.Stored] {
  /// Only the first tensor of each name: no container can hold two.
  fileprivate func withoutRepeatedNames() -> [FuzzedModel.Stored] {
    var seen: Set<String> = []
    return filter { !$0.name.isEmpty && seen.insert($0.name).inserted }
  }
}
