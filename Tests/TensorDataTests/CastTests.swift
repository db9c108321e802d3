import TensorData
import TestSupport
import Testing

/// A floating-point format in the most literal reading of its specification, to judge the fast conversions by.
private struct ReferenceFormat: CustomTestStringConvertible {
  let dtype: DType
  let fractionBits: Int
  let bias: Int
  let largest: Int
  /// Without sign; nil if numbers that are too large become NaN.
  let infinity: Int?
  let isUnsignedZero: Bool

  var testDescription: String { dtype.rawValue }
  var signBit: Int { dtype == .f16 || dtype == .bf16 ? 0x8000 : 0x80 }

  static let all = [
    ReferenceFormat(
      dtype: .f16, fractionBits: 10, bias: 15, largest: 0x7BFF, infinity: 0x7C00, isUnsignedZero: false),
    ReferenceFormat(
      dtype: .bf16, fractionBits: 7, bias: 127, largest: 0x7F7F, infinity: 0x7F80, isUnsignedZero: false),
    ReferenceFormat(dtype: .f8e5m2, fractionBits: 2, bias: 15, largest: 0x7B, infinity: 0x7C, isUnsignedZero: false),
    ReferenceFormat(dtype: .f8e4m3, fractionBits: 3, bias: 7, largest: 0x7E, infinity: nil, isUnsignedZero: false),
    ReferenceFormat(dtype: .f8e4m3fnuz, fractionBits: 3, bias: 8, largest: 0x7F, infinity: nil, isUnsignedZero: true),
    ReferenceFormat(dtype: .f8e5m2fnuz, fractionBits: 2, bias: 16, largest: 0x7F, infinity: nil, isUnsignedZero: true),
  ]

  /// The number that a code without sign stands for, in exact double arithmetic.
  func magnitude(_ code: Int) -> Double {
    let exponent = code >> fractionBits
    let fraction = Double(code & ((1 << fractionBits) - 1)) / Double(1 << fractionBits)
    return exponent == 0
      ? fraction * Double(sign: .plus, exponent: 1 - bias, significand: 1)
      : (1 + fraction) * Double(sign: .plus, exponent: exponent - bias, significand: 1)
  }

  func tensor(_ codes: [Int]) -> Tensor {
    signBit == 0x80
      ? Tensor(dtype, [codes.count], codes.map { UInt8($0) }) : Tensor(dtype, [codes.count], codes.map { UInt16($0) })
  }

  func codes(_ tensor: Tensor) -> [Int] {
    signBit == 0x80
      ? tensor.elements(as: UInt8.self).map { Int($0) } : tensor.elements(as: UInt16.self).map { Int($0) }
  }
}

@Suite struct CastTests {
  @Test(arguments: ReferenceFormat.all)
  fileprivate func everyFiniteCodeReadsAsItsValueAndReturnsToItself(_ format: ReferenceFormat) throws {
    var codes = Array(0...format.largest)
    codes += codes.dropFirst(format.isUnsignedZero ? 1 : 0).map { $0 | format.signBit }
    let expected = codes.map {
      $0 & format.signBit == 0 ? format.magnitude($0) : -format.magnitude($0 & ~format.signBit)
    }
    let stored = format.tensor(codes)
    for dtype in [DType.f32, .f64] {
      let wide = try Cast.convert(stored, to: dtype)
      #expect(try wide.doubles() == expected)
      let (back, report) = try Cast.convertCounting(wide, to: format.dtype)
      #expect(format.codes(back) == codes)
      #expect(report == CastReport(elements: codes.count))
    }
  }

  @Test(arguments: ReferenceFormat.all)
  fileprivate func everyRoundingBoundaryGoesToTheNearestOrTheEvenCode(_ format: ReferenceFormat) throws {
    var values: [Double] = []
    var expected: [Int] = []
    var overflowed = 0
    var underflowed = 0
    // Beyond the largest code lies what would be the next one if the exponent had room.
    for code in 0...format.largest {
      let (low, high) = (format.magnitude(code), format.magnitude(code + 1))
      let middle = (low + high) / 2
      let above = code == format.largest ? (format.infinity ?? -1) : code + 1
      let even = code & 1 == 0 ? code : above
      for (value, result) in [
        (low, code), (middle.nextDown, code), (middle, even), (middle.nextUp, above), (high.nextDown, above),
      ] {
        values.append(value)
        expected.append(result)
        if code == format.largest && result == above { overflowed += 1 }
        if value != 0 && result == 0 { underflowed += 1 }
      }
    }
    let double = Tensor(.f64, [values.count], values)
    let (rounded, report) = try Cast.convertCounting(double, to: format.dtype)
    check(format.codes(rounded), expected, format)
    #expect(report == CastReport(elements: values.count, overflowed: overflowed, underflowed: underflowed))
    let negative = try Cast.convert(Tensor(.f64, [values.count], values.map { -$0 }), to: format.dtype)
    check(
      format.codes(negative),
      expected.map { $0 < 0 ? $0 : $0 == 0 && format.isUnsignedZero ? 0 : $0 | format.signBit }, format)
    // The same boundaries as seen from float32, whose neighbours lie further away.
    var floats: [Float] = []
    var nearest: [Int] = []
    for code in 0..<format.largest {
      let middle = Float((format.magnitude(code) + format.magnitude(code + 1)) / 2)
      floats += [middle.nextDown, middle, middle.nextUp]
      nearest += [code, code & 1 == 0 ? code : code + 1, code + 1]
    }
    check(format.codes(try Cast.convert(Tensor(.f32, [floats.count], floats), to: format.dtype)), nearest, format)
  }

  /// Compares codes; -1 stands for NaN.
  private func check(_ codes: [Int], _ expected: [Int], _ format: ReferenceFormat) {
    let wrong = zip(codes, expected).enumerated().first { _, pair in
      pair.1 == -1 ? !isNaN(pair.0, format) : pair.0 != pair.1
    }
    #expect(wrong == nil, "\(format.dtype)")
  }

  private func isNaN(_ code: Int, _ format: ReferenceFormat) -> Bool {
    format.isUnsignedZero ? code == format.signBit : code & ~format.signBit > (format.infinity ?? format.largest)
  }

  @Test(arguments: ReferenceFormat.all)
  fileprivate func randomFloatsRoundToTheNearestCode(_ format: ReferenceFormat) throws {
    var generator = SplitMix64(seed: 2)
    let values = (0..<20_000).map { _ in Float(bitPattern: UInt32.random(in: 0..<0x7F80_0000, using: &generator)) }
    let codes = format.codes(try Cast.convert(Tensor(.f32, [values.count], values), to: format.dtype))
    for (value, code) in zip(values, codes) {
      if isNaN(code, format) || code == format.infinity {
        #expect(Double(value) > format.magnitude(format.largest))
        continue
      }
      let error = abs(format.magnitude(code) - Double(value))
      #expect(error <= abs(format.magnitude(code + 1) - Double(value)))
      if code > 0 { #expect(error <= abs(format.magnitude(code - 1) - Double(value))) }
    }
  }

  @Test(arguments: ReferenceFormat.all)
  fileprivate func specialValuesKeepTheirMeaning(_ format: ReferenceFormat) throws {
    let specials: [Float] = [
      .nan, -.nan, .signalingNaN, Float(bitPattern: 0x7F80_0001), .infinity, -.infinity, 0, -0.0,
      .greatestFiniteMagnitude, .leastNonzeroMagnitude,
    ]
    for source in [Tensor(.f32, [10], specials), Tensor(.f64, [10], specials.map { Double($0) })] {
      let (result, report) = try Cast.convertCounting(source, to: format.dtype)
      let values = try result.doubles()
      for index in 0..<4 { #expect(values[index].isNaN) }
      let sign = format.isUnsignedZero ? FloatingPointSign.plus : .minus
      #expect(values[6].sign == .plus && values[7].sign == sign && values[6] == 0 && values[7] == 0)
      for (index, infinity) in [(4, Double.infinity), (5, -.infinity)] {
        #expect(format.infinity == nil ? values[index].isNaN : values[index] == infinity)
      }
      #expect(format.infinity == nil ? values[8].isNaN : values[8] == .infinity)
      #expect(values[9] == 0)
      #expect(report == CastReport(elements: 10, overflowed: 1, underflowed: 1))
    }
  }

  @Test func everyCodeOfASixteenBitTypeReadsAsFloat32Does() throws {
    let codes = (0...0xFFFF).map { UInt16($0) }
    let halves = try Cast.convert(Tensor(.f16, [65536], codes), to: .f32).elements(as: Float.self)
    let brains = try Cast.convert(Tensor(.bf16, [65536], codes), to: .f32).elements(as: UInt32.self)
    for code in codes {
      #expect(brains[Int(code)] == UInt32(code) << 16)
      let isNaN = code & 0x7FFF > 0x7C00
      #expect(halves[Int(code)].isNaN == isNaN)
      #expect((halves[Int(code)].sign == .minus) == (code & 0x8000 != 0))
      if code & 0x7FFF == 0x7C00 { #expect(halves[Int(code)].isInfinite) }
    }
  }

  @Test func theEightBitLimitsAreThoseOfTheirSpecifications() throws {
    // OFP8: E4M3 up to 448, E5M2 up to 57344; fnuz: 240 and 57344; half a unit above the largest ties to even.
    let cases: [(DType, Float, Double)] = [
      (.f8e4m3, 464, 448), (.f8e4m3, 465, .nan), (.f8e5m2, 61439, 57344), (.f8e5m2, 61440, .infinity),
      (.f8e4m3fnuz, 247, 240), (.f8e4m3fnuz, 248, .nan), (.f8e5m2fnuz, 61439, 57344), (.f8e5m2fnuz, 61440, .nan),
      (.f8e4m3, 0x1p-9, 0x1p-9), (.f8e5m2, 0x1p-16, 0x1p-16), (.f8e4m3fnuz, 0x1p-10, 0x1p-10),
      (.f8e5m2fnuz, 0x1p-17, 0x1p-17),
    ]
    for (dtype, value, expected) in cases {
      let result = try Cast.convert(Tensor(.f32, [1], [value]), to: dtype).doubles()[0]
      #expect(expected.isNaN ? result.isNaN : result == expected, "\(dtype) \(value)")
    }
  }

  @Test func powerOfTwoScalesAreReadAndNotWritten() throws {
    let scales = Tensor(.f8e8m0, [4], [0, 127, 254, 255] as [UInt8])
    let values = try scales.doubles()
    #expect(values[..<3] == [0x1p-127, 1, 0x1p127])
    #expect(values[3].isNaN)
    #expect(throws: CastError.unsupported(from: .f32, to: .f8e8m0)) {
      try Cast.convert(Tensor(.f32, [1], [Float(1)]), to: .f8e8m0)
    }
  }

  @Test func aDoubleIsRoundedOnce() throws {
    // Rounding to float32 first would land on the tie between two halves and then go to the wrong one.
    let value = 1 + 0x1p-11 + 0x1p-40
    #expect(Float(value) == 1 + 0x1p-11)
    #expect(try Cast.convert(Tensor(.f64, [1], [value]), to: .f16).elements(as: UInt16.self) == [0x3C01])
    #expect(
      try Cast.convert(Tensor(.f64, [1], [1 + 0x1p-8 + 0x1p-40]), to: .bf16).elements(as: UInt16.self) == [0x3F81])
  }

  @Test func doublesBecomeTheFloatsThatSwiftRoundsThemTo() throws {
    var generator = SplitMix64(seed: 3)
    var values = (0..<10_000).map { _ in
      Double(
        sign: .plus, exponent: .random(in: -152...129, using: &generator),
        significand: .random(in: 1..<2, using: &generator))
    }
    values += [0x1p-150, (0x1p-150).nextUp, 0x1.ffffffp127, (0x1.ffffffp127).nextDown, .infinity, 0]
    let (result, report) = try Cast.convertCounting(Tensor(.f64, [values.count], values), to: .f32)
    #expect(result.elements(as: Float.self) == values.map { Float($0) })
    #expect(report.overflowed == values.count { $0.isFinite && Float($0).isInfinite })
    #expect(report.underflowed == values.count { $0 != 0 && Float($0) == 0 })
  }

  @Test func wholeNumbersConvertExactlyOrNotAtAll() throws {
    #expect(try Tensor(.i64, [3], [Int64(-5), 0, 1 << 53]).doubles() == [-5, 0, 9_007_199_254_740_992])
    #expect(try Tensor(.bool, [3], [0, 1, 1] as [UInt8]).floats() == [0, 1, 1])
    #expect(try Tensor(.u8, [2], [0, 255] as [UInt8]).floats() == [0, 255])
    #expect(try Tensor(.i8, [1], [Int8(-128)]).doubles() == [-128])
    #expect(try Tensor(.u64, [1], [UInt64(1) << 63]).floats() == [0x1p63])
    #expect(throws: CastError.inexact(element: 1, value: "9007199254740993", to: .f64)) {
      try Tensor(.i64, [2], [Int64(1), 1 << 53 + 1]).doubles()
    }
    #expect(throws: CastError.inexact(element: 0, value: "16777217", to: .f32)) {
      try Tensor(.i32, [1], [Int32(16_777_217)]).floats()
    }
    #expect(throws: CastError.inexact(element: 0, value: "70000", to: .f16)) {
      try Cast.convert(Tensor(.i32, [1], [Int32(70000)]), to: .f16)
    }
    #expect(throws: CastError.inexact(element: 0, value: "18446744073709551615", to: .f64)) {
      try Tensor(.u64, [1], [UInt64.max]).doubles()
    }
  }

  @Test func stridedTensorsConvertInTheirOwnOrder() throws {
    let matrix = Tensor(.f32, [2, 3], [1, 2, 3, 4, 5, 6] as [Float]).permuted([1, 0])
    let half = try Cast.convert(matrix, to: .f16)
    #expect(half.shape == [3, 2])
    #expect(try half.doubles() == [1, 4, 2, 5, 3, 6])
    #expect(try Cast.convert(matrix, to: .f32).storage === matrix.storage)
  }

  @Test func aStreamConvertsPieceByPieceAtAnyAddress() throws {
    var generator = SplitMix64(seed: 4)
    let floats = (0..<9001).map { _ in Float.random(in: -70_000...70_000, using: &generator) }
    let whole = try Cast.convertCounting(Tensor(.f32, [9001], floats), to: .f16)
    var shifted = [UInt8](repeating: 0, count: 1)
    floats.withUnsafeBytes { shifted += $0 }
    var report = CastReport()
    var output = [UInt8](repeating: 0, count: 1 + 9001 * 2)
    try shifted.withUnsafeBytes { source in
      try output.withUnsafeMutableBytes { destination in
        for (first, last) in [(0, 1), (1, 4097), (4097, 4097), (4097, 9001)] {
          report += try Cast.convert(
            UnsafeRawBufferPointer(rebasing: source[1 + first * 4..<1 + last * 4]), from: .f32,
            into: UnsafeMutableRawBufferPointer(rebasing: destination[(1 + first * 2)...]), as: .f16)
        }
      }
    }
    #expect(report == whole.report)
    #expect(report.overflowed > 0)
    #expect(Array(output.dropFirst()) == whole.tensor.withUnsafeBytes { Array($0) })
  }

  @Test func typesWithoutNumbersAreRefusedWithASentence() throws {
    let error = #expect(throws: CastError.self) { try Tensor(.c64, [1], [0.0]).doubles() }
    #expect(
      error?.description == "C64 cannot be converted to F64: conversions lead from floating or whole numbers to F64, "
        + "F32, F16, BF16, F8_E4M3, F8_E5M2 and their FNUZ variants")
    #expect(Cast.isSupported(from: .c64, to: .c64))
    #expect(!Cast.isSupported(from: .f32, to: .i32))
    #expect(
      CastError.inexact(element: 3, value: "2049", to: .f16).description
        == "element 3 is the whole number 2049, which F16 cannot represent exactly; choose a wider type")
  }

  @Test func emptyTensorsConvert() throws {
    #expect(try Cast.convert(Tensor(.f32, [0, 3], [Float]()), to: .bf16).shape == [0, 3])
    #expect(try Tensor(.i32, [0], [Int32]()).doubles() == [])
  }
}
