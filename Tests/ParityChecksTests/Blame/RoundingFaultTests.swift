import TensorData
import TestSupport
import Testing

@testable import ParityChecks

/// Casts that are no rounding to nearest, recognised from the values alone.
@Suite struct RoundingFaults {
  /// Numbers of all sizes, signs and distances from the grid, ties among them.
  private let values: [Float]

  init() {
    var random = SplitMix64(seed: 3)
    var values = (0..<3_000).map { _ in Float.random(in: -2...2, using: &random) }
    // Halfway between neighbours of bf16 and of f16, above odd and even ones.
    for step in 0..<40 {
      values.append(Float(bitPattern: 0x3F80_8000 + UInt32(step) << 16))
      values.append(-Float(bitPattern: 0x3F80_8000 + UInt32(step) << 16))
      values.append(Float(bitPattern: 0x3F80_1000 + UInt32(step) << 13))
      values.append(-Float(bitPattern: 0x3F80_1000 + UInt32(step) << 13))
    }
    self.values = values
  }

  private var source: Tensor { Tensor(.f32, [values.count], values) }

  /// The values under a rule that is written out here: the unit in the last place is that of numbers from 0.06 to 4.
  private func made(_ type: DType, _ rule: (_ low: Double, _ high: Double, _ rest: Double) -> Double) throws -> Tensor {
    let bits = type == .bf16 ? 7 : 10
    let results = values.map { value -> Double in
      let size = Double(value).magnitude
      let exponent = max(Int(size.exponent), type == .bf16 ? -126 : -14)
      let unit = Double(sign: .plus, exponent: exponent - bits, significand: 1)
      let low = (size / unit).rounded(.down) * unit
      let result = size == low ? low : rule(low, low + unit, (size - low) / unit)
      return value < 0 ? -result : result
    }
    return try Cast.convert(Tensor(.f64, [results.count], results), to: type)
  }

  private func faults(_ found: Tensor, _ expected: Tensor? = nil) throws -> [RoundingFault] {
    try RoundingFault.all(found: found, expected: expected ?? source)
  }

  @Test(arguments: [DType.bf16, .f16, .f8e4m3, .f8e5m2]) func roundingToNearestIsNoFault(type: DType) throws {
    let rounded = try Cast.convert(source, to: type)
    #expect(try faults(rounded).isEmpty)
    #expect(try faults(Cast.convert(rounded, to: .f32)).isEmpty)
  }

  @Test(arguments: [DType.bf16, .f16]) func cuttingOffIsRecognisedInEitherStorage(type: DType) throws {
    let cut = try made(type) { low, _, _ in low }
    #expect(try CutOff.tensor(source, to: type).isBitEqual(to: cut))
    #expect(try faults(cut).first == .rule(.cutOff, type))
    #expect(try faults(Cast.convert(cut, to: .f32)).first == .rule(.cutOff, type))
    #expect(
      try faults(cut).first?.diagnosis.sentence
        == (type == .bf16 ? "was cut off after 16 bits, not rounded, to BF16" : "was cut off, not rounded, to F16"))
  }

  @Test(arguments: [DType.bf16, .f16]) func otherTreatmentsOfTiesAreRecognised(type: DType) throws {
    let away = try made(type) { low, high, rest in rest < 0.5 ? low : high }
    #expect(try faults(away) == [.rule(.halfAway, type)])
    let towards = try made(type) { low, high, rest in rest <= 0.5 ? low : high }
    #expect(try faults(towards) == [.rule(.halfDown, type)])
    let outward = try made(type) { _, high, _ in high }
    #expect(try faults(outward).first == .rule(.outward, type))
  }

  @Test(arguments: [DType.bf16, .f16]) func roundingAtRandomIsMeasured(type: DType) throws {
    var random = SplitMix64(seed: 5)
    let found = try made(type) { low, high, rest in Double.random(in: 0..<1, using: &random) < rest ? high : low }
    #expect(try faults(found) == [.rule(.random, type)])
    #expect(try faults(found).first?.diagnosis.certainty == .measured)
  }

  @Test func fewValuesOnTheOtherSideAreNoWayOfRounding() throws {
    let rounded = try Cast.convert(source, to: .bf16).elements(as: UInt16.self)
    let cut = try CutOff.tensor(source, to: .bf16).elements(as: UInt16.self)
    let mixed = rounded.indices.map { $0 < 50 ? cut[$0] : rounded[$0] }
    #expect(try faults(Tensor(.bf16, [mixed.count], mixed)).isEmpty)
  }

  /// Storage of half-precision weights by way of the other sixteen-bit type, as when a bf16 checkpoint is loaded for f16.
  @Test func roundingTwiceIsRecognised() throws {
    let twice = try Cast.convert(Cast.convert(source, to: .bf16), to: .f16)
    #expect(try faults(twice) == [.twice(via: .bf16, to: .f16)])
    let small = try made(.f16) { low, _, _ in low }
    let wide = Tensor(.f32, [values.count], values.map { $0 * 1e-5 })
    #expect(try faults(Cast.convert(Cast.convert(wide, to: .f16), to: .bf16), wide) == [.twice(via: .f16, to: .bf16)])
    #expect(try faults(small) != [.twice(via: .bf16, to: .f16)])
    // By way of float32 only doubles are rounded twice: halfway by the first rounding, not before it.
    let doubles = values.map { Double($0) } + [1 + 0x1p-8 + 0x1p-40, 1 + 0x1p-8 - 0x1p-40]
    let exact = Tensor(.f64, [doubles.count], doubles)
    let rounded = try Cast.convert(Cast.convert(exact, to: .f32), to: .bf16)
    #expect(try faults(rounded, exact).contains(.twice(via: .f32, to: .bf16)))
  }

  @Test func numbersTakenForZeroAndForTheLargestAreRecognised() throws {
    var numbers = values
    numbers[5] = 3e-6
    numbers[9] = -5e-5
    let tiny = Tensor(.f32, [numbers.count], numbers)
    let flushed = try Cast.convert(tiny, to: .f16).elements(as: UInt16.self).map { $0 & 0x7C00 == 0 ? $0 & 0x8000 : $0 }
    #expect(try faults(Tensor(.f16, [flushed.count], flushed), tiny) == [.rule(.flushed, .f16)])
    numbers[5] = 1e6
    let large = Tensor(.f32, [numbers.count], numbers)
    let clamped = Tensor(.f32, [numbers.count], numbers.map { min($0, 65_504) })
    #expect(try faults(Cast.convert(clamped, to: .f16), large) == [.rule(.saturated, .f16)])
    let eight = Tensor(.f32, [numbers.count], numbers.map { min($0, 448) })
    #expect(try faults(Cast.convert(eight, to: .f8e4m3), large) == [.rule(.saturated, .f8e4m3)])
  }

  @Test func otherValuesAndConstantsAreNoRounding() throws {
    #expect(try faults(Tensor(.f32, [values.count], values.reversed())).isEmpty)
    #expect(try faults(Tensor(.f32, [values.count], values.map { $0 * 1.01 })).isEmpty)
    #expect(try faults(Tensor(.f32, [values.count], values.map { _ in Float(0) })).isEmpty)
  }
}
