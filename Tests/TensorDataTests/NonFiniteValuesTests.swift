import TensorData
import TestSupport
import Testing

@Suite struct NonFiniteValueSearch {
  /// Every code of the types of one and two bytes, judged by what it stands for.
  @Test(arguments: [DType.f16, .bf16, .f8e4m3, .f8e5m2, .f8e4m3fnuz, .f8e5m2fnuz, .f8e8m0])
  func everyCodeOfASmallTypeIsToldByWhatItStandsFor(dtype: DType) throws {
    let codes = dtype.bitWidth == 8 ? 256 : 65_536
    let all = Tensor(dtype: dtype, shape: [codes]) { bytes in
      for code in 0..<codes {
        if dtype.bitWidth == 8 {
          bytes[code] = UInt8(code)
        } else {
          bytes.storeBytes(of: UInt16(code), toByteOffset: code * 2, as: UInt16.self)
        }
      }
    }
    let values = try all.doubles()
    let found = try #require(NonFiniteValues.find(in: all))
    #expect(found.count == values.count { !$0.isFinite })
    #expect(found.place == [values.firstIndex { !$0.isFinite }])
    for code in 0..<codes where code % 37 == 0 || !values[code].isFinite {
      #expect(
        (NonFiniteValues.find(in: all.reshaped([codes, 1]).selecting(code, onAxis: 0)) != nil) == !values[code].isFinite
      )
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity, .signalingNaN])
  func oneValueIsFoundWhereverItIs(value: Float) throws {
    for (count, position) in [(1, 0), (8191, 8190), (8192, 8191), (8193, 8192), (20_000, 13_777)] {
      var numbers = [Float](repeating: .greatestFiniteMagnitude, count: count)
      #expect(NonFiniteValues.find(in: Tensor(.f32, [count], numbers)) == nil)
      numbers[position] = value
      let found = try #require(NonFiniteValues.find(in: Tensor(.f32, [count], numbers)))
      #expect(found.count == 1 && found.place == [position] && found.elements == count)
      #expect(value.isNaN ? found.value.isNaN : found.value == Double(value))
    }
  }

  @Test func aDoubleBeyondFloat32IsFinite() throws {
    #expect(NonFiniteValues.find(in: Tensor(.f64, [2], [1e300, -.greatestFiniteMagnitude])) == nil)
    #expect(NonFiniteValues.find(in: Tensor(.f64, [2, 1], [1e300, -.infinity]))?.place == [1, 0])
  }

  @Test func thePlaceIsThatOfTheTensorAndNotOfItsStorage() throws {
    var numbers = [Float](repeating: 0, count: 24)
    numbers[2 * 12 / 2 + 7] = .nan
    let tensor = Tensor(.f32, [2, 3, 4], numbers)
    let place = try #require(NonFiniteValues.find(in: tensor)).place
    #expect(try tensor.doubles()[place[0] * 12 + place[1] * 4 + place[2]].isNaN)
    let turned = try #require(NonFiniteValues.find(in: tensor.permuted([2, 0, 1]))).place
    #expect(turned == [place[2], place[0], place[1]])
  }

  @Test func bothPartsOfAComplexNumberAreLookedAt() throws {
    for part in 0..<6 {
      var numbers = [Float](repeating: 1, count: 6)
      numbers[part] = .infinity
      let bytes = Tensor(.f32, [6], numbers)
      let tensor = Tensor(dtype: .c64, shape: [3], storage: bytes.storage)
      #expect(NonFiniteValues.find(in: tensor)?.place == [part / 2])
    }
  }

  @Test func typesWithoutSuchValuesHaveNone() {
    for dtype in [DType.i64, .u8, .bool, .f4, .f6e2m3] {
      let tensor = Tensor(dtype: dtype, shape: [8]) { bytes in for index in bytes.indices { bytes[index] = 0xFF } }
      #expect(NonFiniteValues.find(in: tensor) == nil)
    }
    #expect(NonFiniteValues.find(in: Tensor(.f32, [0, 3], [Float]())) == nil)
  }
}
