import TensorData
import Testing

@Suite struct DTypeTests {
  @Test func everyNameOfTheSafetensorsSpecificationIsKnown() {
    let names = [
      "BOOL", "F4", "F6_E2M3", "F6_E3M2", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ",
      "I16", "U16", "F16", "BF16", "I32", "U32", "F32", "C64", "F64", "I64", "U64",
    ]
    #expect(DType.allCases.map(\.rawValue) == names)
    #expect(DType(rawValue: "f32") == nil)
  }

  @Test func packedTypesHaveNoByteWidth() {
    #expect(DType.allCases.filter { $0.byteWidth == nil } == [.f4, .f6e2m3, .f6e3m2])
    #expect(DType.c64.byteWidth == 8)
    #expect(DType.bf16.byteWidth == 2)
    #expect(DType.bool.byteWidth == 1)
  }

  @Test func byteCountsOfPackedTypesAreWholeBytesOrNil() {
    #expect(DType.f4.byteCount(elementCount: 6) == 3)
    #expect(DType.f4.byteCount(elementCount: 5) == nil)
    #expect(DType.f6e2m3.byteCount(elementCount: 4) == 3)
    #expect(DType.f6e2m3.byteCount(elementCount: 2) == nil)
  }

  @Test func byteCountsThatOverflowAreNil() {
    #expect(DType.f32.byteCount(elementCount: Int.max / 8) == nil)
    #expect(DType.u8.byteCount(elementCount: Int.max / 8) == Int.max / 8)
  }

  @Test func noTypeIsBothFloatAndInteger() {
    for dtype in DType.allCases { #expect(!(dtype.isComputableFloat && dtype.isInteger)) }
    #expect(DType.allCases.filter { !$0.isComputableFloat && !$0.isInteger } == [.f4, .f6e2m3, .f6e3m2, .c64])
  }
}
