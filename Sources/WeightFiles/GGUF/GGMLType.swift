internal import CKernels
internal import TensorData

/// An element type of GGUF files: plain numbers, or blocks of quantised ones.
///
/// Source: ggml, `enum ggml_type` and `docs/gguf.md`; sizes of blocks from `ggml-common.h`. Codes that are missing here were
/// removed from ggml and are in no file that it still reads.
struct GGMLType: Sendable {
  /// How a run of blocks becomes numbers of 32 bits.
  typealias Decoder = @Sendable (UnsafeRawPointer, UnsafeMutablePointer<Float>, Int) -> Void

  /// What the bytes of an element or block are.
  enum Content: Sendable {
    /// Elements that lie as this type lays them out.
    case plain(DType)
    /// Blocks that `Decoder` turns into F32.
    case blocks(Decoder)
    /// Blocks that ggml makes while it computes; no file has them.
    case intermediate
  }

  /// The name in ggml: `Q4_K`.
  let name: String
  /// How many elements a block has; 1 for plain types.
  let elementCount: Int
  /// How many bytes a block takes.
  let byteCount: Int
  /// What they are.
  let content: Content

  private init(_ name: String, _ elementCount: Int, _ byteCount: Int, _ content: Content) {
    self.name = name
    self.elementCount = elementCount
    self.byteCount = byteCount
    self.content = content
  }

  private static func plain(_ name: String, _ dtype: DType) -> GGMLType {
    GGMLType(name, 1, dtype.bitWidth / 8, .plain(dtype))
  }

  private static func blocks(
    _ name: String, _ elementCount: Int, _ byteCount: Int,
    _ decode: @escaping @Sendable (UnsafeRawPointer, UnsafeMutablePointer<Float>, Int) -> Void
  ) -> GGMLType { GGMLType(name, elementCount, byteCount, .blocks(decode)) }

  // swift-format-ignore
  /// The types by their codes.
  static let all: [UInt32: GGMLType] = [
    0: plain("F32", .f32), 1: plain("F16", .f16), 30: plain("BF16", .bf16), 28: plain("F64", .f64),
    24: plain("I8", .i8), 25: plain("I16", .i16), 26: plain("I32", .i32), 27: plain("I64", .i64),
    2: blocks("Q4_0", 32, 18) { tfconv_decode_q4_0($0, $1, $2) },
    3: blocks("Q4_1", 32, 20) { tfconv_decode_q4_1($0, $1, $2) },
    6: blocks("Q5_0", 32, 22) { tfconv_decode_q5_0($0, $1, $2) },
    7: blocks("Q5_1", 32, 24) { tfconv_decode_q5_1($0, $1, $2) },
    8: blocks("Q8_0", 32, 34) { tfconv_decode_q8_0($0, $1, $2) },
    10: blocks("Q2_K", 256, 84) { tfconv_decode_q2_k($0, $1, $2) },
    11: blocks("Q3_K", 256, 110) { tfconv_decode_q3_k($0, $1, $2) },
    12: blocks("Q4_K", 256, 144) { tfconv_decode_q4_k($0, $1, $2) },
    13: blocks("Q5_K", 256, 176) { tfconv_decode_q5_k($0, $1, $2) },
    14: blocks("Q6_K", 256, 210) { tfconv_decode_q6_k($0, $1, $2) },
    20: blocks("IQ4_NL", 32, 18) { tfconv_decode_iq4_nl($0, $1, $2) },
    23: blocks("IQ4_XS", 256, 136) { tfconv_decode_iq4_xs($0, $1, $2) },
    34: blocks("TQ1_0", 256, 54) { tfconv_decode_tq1_0($0, $1, $2) },
    35: blocks("TQ2_0", 256, 66) { tfconv_decode_tq2_0($0, $1, $2) },
    39: blocks("MXFP4", 32, 17) { tfconv_decode_mxfp4($0, $1, $2) },
    40: blocks("NVFP4", 64, 36) { tfconv_decode_nvfp4($0, $1, $2) },
    41: blocks("Q1_0", 128, 18) { tfconv_decode_q1_0($0, $1, $2) },
    42: blocks("Q2_0", 64, 18) { tfconv_decode_q2_0($0, $1, $2) },
    16: blocks("IQ2_XXS", 256, 66) { tfconv_decode_iq2_xxs($0, $1, $2) },
    17: blocks("IQ2_XS", 256, 74) { tfconv_decode_iq2_xs($0, $1, $2) },
    18: blocks("IQ3_XXS", 256, 98) { tfconv_decode_iq3_xxs($0, $1, $2) },
    19: blocks("IQ1_S", 256, 50) { tfconv_decode_iq1_s($0, $1, $2) },
    21: blocks("IQ3_S", 256, 110) { tfconv_decode_iq3_s($0, $1, $2) },
    22: blocks("IQ2_S", 256, 82) { tfconv_decode_iq2_s($0, $1, $2) },
    29: blocks("IQ1_M", 256, 56) { tfconv_decode_iq1_m($0, $1, $2) },
    9: GGMLType("Q8_1", 32, 36, .intermediate), 15: GGMLType("Q8_K", 256, 292, .intermediate),
  ]
}
