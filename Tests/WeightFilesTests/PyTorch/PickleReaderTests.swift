import TensorData
import TestSupport
import Testing

@testable import WeightFiles

/// Pickle streams, opcode by opcode: what is understood, and what is refused before anything could run.
@Suite struct PickleStreams {
  private func read(_ bytes: [UInt8]) throws(WeightFileError) -> Pickle {
    let storage = ByteStorage(byteCount: bytes.count) { $0.copyBytes(from: bytes) }
    return try PickleReader.read(storage, 0..<bytes.count, BytePlace(path: "a"))
  }

  private func category(_ bytes: [UInt8]) -> WeightFileError.Category? { refusal { _ = try read(bytes) } }

  private func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }

  @Test func numbersOfEverySizeAreRead() throws {
    let cases: [([UInt8], Int?)] = [
      ([0x4B, 7], 7), ([0x4D, 0x34, 0x12], 0x1234), ([0x4A, 0xFE, 0xFF, 0xFF, 0xFF], -2), ([0x8A, 0], 0),
      ([0x8A, 1, 0xFF], -1), ([0x8A, 2, 0xFF, 0x00], 255), ([0x8B, 1, 0, 0, 0, 5], 5),
      ([0x8A, 8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], .max),
      ([0x8A, 8, 0, 0, 0, 0, 0, 0, 0, 0x80], .min), ([0x8A, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0], 1),
      ([0x8A, 9, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], -1),
      ([0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0x80, 0], nil), ([0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0x7F, 0xFF], nil),
      ([0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1], nil),
    ]
    for (bytes, expected) in cases {
      let pickle = try read([0x80, 2] + bytes + [0x2E])
      switch pickle[pickle.root] {
      case .integer(let value): #expect(value == expected, "\(bytes)")
      case .largeInteger: #expect(expected == nil, "\(bytes)")
      default: Issue.record("\(bytes)")
      }
    }
  }

  @Test func whatCouldRunCodeIsRefusedWhereItIsNamed() {
    for (module, name) in [
      ("os", "system"), ("builtins", "eval"), ("builtins", "getattr"), ("torch", "load"), ("torch.hub", "load"),
      ("torch", "serialization.os.system"), ("collections", "OrderedDict.clear"), ("numpy", "load"),
      ("omegaconf.x", "a.b"), ("argparse", "ArgumentParser"), ("torch._utils", "_import_dotted_name"),
    ] {
      #expect(category([0x80, 2] + global(module, name) + [0x2E]) == .pickle, "\(module).\(name)")
      let stacked = [UInt8(0x80), 4, 0x8C, UInt8(module.utf8.count)] + module.utf8 + [0x8C, UInt8(name.utf8.count)]
      #expect(category(stacked + name.utf8 + [0x93, 0x2E]) == .pickle, "\(module).\(name)")
    }
    // Instances by number, of old classes and by text.
    for opcodes in [[0x82, 1], [0x83, 1, 0], [0x84, 1, 0, 0, 0], [0x28, 0x6F], Array("Pstorage\n".utf8)] as [[UInt8]] {
      #expect(category([0x80, 2] + opcodes + [0x2E]) == .pickle, "\(opcodes)")
    }
    // A class that may be named, but not called, and attributes of what has none.
    #expect(category([0x80, 2] + global("torch", "FloatStorage") + [0x29, 0x52, 0x2E]) == .pickle)
    #expect(category([0x80, 2] + global("torch", "Tensor") + [0x29, 0x81, 0x2E]) == .pickle)
    #expect(category([0x80, 2, 0x5D, 0x7D, 0x62, 0x2E]) == .pickle)
  }

  @Test func dictionariesAreMadeInEveryWay() throws {
    let key: [UInt8] = [0x55, 1, 0x61]
    let ordered = global("collections", "OrderedDict")
    for stream in [
      [0x7D] + key + [0x4B, 1, 0x73], [0x7D, 0x28] + key + [0x4B, 1, 0x75],
      ordered + [0x29, 0x52] + key + [0x4B, 1, 0x73],
      // Of a list of pairs, as Python 2 wrote it; of a factory and nothing; of another dictionary.
      ordered + [0x5D, 0x5D] + key + [0x61, 0x4B, 1, 0x61, 0x61, 0x85, 0x52],
      global("collections", "defaultdict") + global("builtins", "int") + [0x85, 0x52] + key + [0x4B, 1, 0x73],
      global("collections", "Counter") + [0x7D] + key + [0x4B, 1, 0x73, 0x85, 0x52],
    ] as [[UInt8]] {
      let pickle = try read([0x80, 2] + stream + [0x2E])
      guard case .dictionary(let items) = pickle[pickle.root], items.count == 2 else {
        Issue.record("\(stream)")
        continue
      }
      #expect(pickle.text(items[0]) == "a")
    }
  }

  @Test func aHundredThousandNestedTuplesAreReadAndFreed() throws {
    let pickle = try read([0x80, 2, 0x4E] + [UInt8](repeating: 0x85, count: 200_000) + [0x2E])
    #expect(pickle.nodes.count > 200_000)
    #expect(refusal { _ = try TorchContents(pickle, BytePlace(path: "a")) } == .depth)
  }

  @Test func malformedStreamsAreTold() {
    let cases: [([UInt8], WeightFileError.Category)] = [
      ([], .truncated), ([0x80], .truncated), ([0x80, 1, 0x4E, 0x2E], .unsupportedVersion),
      ([0x80, 6, 0x4E, 0x2E], .unsupportedVersion), ([0x80, 2, 0x2E], .badHeader), ([0x80, 2, 0x4E], .truncated),
      ([0x80, 2, 0x4E, 0x4E, 0x2E], .badHeader), ([0x80, 2, 0x28, 0x4E, 0x2E], .badHeader),
      ([0x80, 2, 0x68, 1, 0x2E], .badHeader), ([0x80, 2, 0x85, 0x2E], .badHeader), ([0x80, 2, 0xFE], .badHeader),
      ([0x80, 2, 0x58, 0xFF, 0xFF, 0xFF, 0xFF, 0x61], .truncated),
      ([0x80, 2, 0x58, 1, 0, 0, 0, 0xFF, 0x2E], .badUTF8), ([0x80, 2, 0x7D, 0x28, 0x4E, 0x75, 0x2E], .badHeader),
      ([0x80, 2, 0x5D, 0x28, 0x4E, 0x4E, 0x75, 0x2E], .badHeader), ([0x80, 2, 0x7D, 0x4E, 0x61, 0x2E], .badHeader),
      ([0x80, 2, 0x8B, 0xFF, 0xFF, 0xFF, 0xFF, 0x2E], .badHeader),
      ([0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x4E, 0x2E], .truncated),
      ([0x80, 4, 0x4E, 0x4E, 0x93, 0x2E], .badHeader),
    ]
    for (bytes, expected) in cases {
      #expect(category(bytes) == expected, "\(bytes)")
    }
    // Bytes need not be text.
    #expect(category([0x80, 2, 0x55, 1, 0xFF, 0x2E]) == nil)
  }
}
