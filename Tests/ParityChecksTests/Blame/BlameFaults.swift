import ParityChecks
import StrictJSON
import TensorData
import TestSupport

/// One way to damage one model, and what blame must say of it.
struct BlameFault: Sendable, CustomStringConvertible {
  /// What was done, in the words of the table.
  let fault: String
  /// The fixture.
  let model: String
  /// The stored tensor that must be named, or nil if the fault is in the configuration.
  let tensor: String?
  /// The node that must be named first.
  let node: String
  /// The kind that must be recognised.
  let kind: Diagnosis.Kind
  let damage: @Sendable (inout DamagedModel) throws -> Void

  init(
    _ fault: String, _ model: String, _ tensor: String? = nil, node: String, _ kind: Diagnosis.Kind,
    _ damage: @escaping @Sendable (inout DamagedModel) throws -> Void
  ) {
    self.fault = fault
    self.model = model
    self.tensor = tensor
    self.node = node
    self.kind = kind
    self.damage = damage
  }

  var description: String { "\(fault), \(model)" }

  /// Every fault of every architecture.
  static let all = bert + gpt2 + t5
}

extension BlameFault {
  /// Faults that one tensor shows whatever the model.
  static func values(_ model: String, _ tensor: String, _ node: String) -> [BlameFault] {
    func fault(_ name: String, _ kind: Diagnosis.Kind, _ function: @escaping @Sendable (Int, Float) -> Float)
      -> BlameFault
    {
      BlameFault(name, model, tensor, node: node, kind) { copy in
        try copy.change(tensor) { values, _ in values.enumerated().map { function($0, $1) } }
      }
    }
    return [
      fault("rounded to bf16, stored as f32", .rounded) { _, value in bf16(value) },
      fault("cut off to bf16", .rounded) { _, value in Float(bitPattern: value.bitPattern & 0xFFFF_0000) },
      fault("rounded to f16, stored as f32", .rounded) { _, value in Float(Float16(value)) },
      fault("multiplied by 1/2", .scaled) { _, value in value / 2 },
      fault("multiplied by 1.0371", .scaled) { _, value in value * 1.0371 },
      fault("1 added", .offset) { _, value in value + 1 },
      fault("bytes swapped", .byteOrder) { _, value in
        Float(bitPattern: value.bitPattern.byteSwapped)
      },
      fault("zeros", .constant) { _, _ in 0 },
      fault("one NaN", .nonFinite) { index, value in index == 7 ? .nan : value },
      fault("random values", .unrelated) { index, _ in random(index) },
      fault("noise of 1 in 1,000", .changed) { index, value in value * (1 + 0.002 * random(index)) },
    ]
  }

  private static func bf16(_ value: Float) -> Float {
    let bits = value.bitPattern
    return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
  }

  private static func random(_ index: Int) -> Float {
    var generator = SplitMix64(seed: UInt64(index) &+ 99)
    return Float.random(in: -1...1, using: &generator)
  }

  static func rows(_ values: [Float], _ width: Int, _ order: (Int) -> Int) -> [Float] {
    (0..<(values.count / width)).flatMap { row in
      let from = min(max(order(row), 0), values.count / width - 1)
      return values[(from * width)..<((from + 1) * width)]
    }
  }

  /// Faults of a table of rows.
  static func table(
    _ model: String, _ tensor: String, _ node: String, width: Int, lost: Int
  ) -> [BlameFault] {
    [
      BlameFault("rows shifted by one", model, tensor, node: node, .shifted) { copy in
        try copy.change(tensor) { values, _ in rows(values, width) { $0 + 1 } }
      },
      BlameFault("a row lost, the rest moved up", model, tensor, node: node, .rowMoved) { copy in
        try copy.change(tensor) { values, _ in rows(values, width) { $0 < lost ? $0 : $0 + 1 } }
      },
      BlameFault("two rows exchanged", model, tensor, node: node, .permuted) { copy in
        try copy.change(tensor) { values, _ in rows(values, width) { $0 == 1 ? lost : $0 == lost ? 1 : $0 } }
      },
    ]
  }
}
