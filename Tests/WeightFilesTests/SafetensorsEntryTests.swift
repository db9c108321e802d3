import TensorData
import TestSupport
import Testing
import WeightFiles

/// The reader of entries in their usual form against the one that knows all of JSON: white space sends an entry to it.
@Suite struct SafetensorsEntries {
  private func open(_ header: String, data: Int) throws -> Checkpoint {
    let bytes = SafetensorsBytes.file(header, data: [UInt8](repeating: 0, count: data))
    let storage = ByteStorage(byteCount: bytes.count) { $0.copyBytes(from: bytes) }
    return try Checkpoint.open(MappedFile(path: "x.safetensors", storage: storage))
  }

  @Test(arguments: DType.allCases)
  func bothReadersFindTheSame(_ dtype: DType) throws {
    let size = 24 * dtype.bitWidth / 8
    for shape in ["24", "2,3,4", "1,24", "4,6,1,1"] {
      let compact = #"{"a":{"dtype":"\#(dtype.rawValue)","shape":[\#(shape)],"data_offsets":[0,\#(size)]}}"#
      let spaced = #"{"a": {"dtype": "\#(dtype.rawValue)", "shape": [\#(shape)], "data_offsets": [0, \#(size)]}}"#
      let (first, second) = try (open(compact, data: size), open(spaced, data: size))
      #expect(first.tensors == second.tensors)
      #expect(first.stored.map(\.byteOffset).count == 1)
      #expect(first.tensors[0].dtype == dtype)
    }
  }

  @Test(arguments: [
    #""shape":[01],"data_offsets":[0,4]"#, #""shape":[1,],"data_offsets":[0,4]"#, #""shape":[-1],"data_offsets":[0,4]"#,
    #""shape":[1.0],"data_offsets":[0,4]"#, #""shape":[1],"data_offsets":[4,0]"#, #""shape":[1],"data_offsets":[0]"#,
    #""shape":[99999999999999999999],"data_offsets":[0,4]"#, #""shape":[1],"data_offsets":[0,4,4]"#,
    #""shape":[1],"data_offsets":[0,4],"shape":[1]"#, #""shape":[1]"#,
  ])
  func whatIsWrongIsRefusedInEitherForm(_ fields: String) {
    let categories = [("", ""), (" ", " ")].map { space, end in
      refusal { _ = try open(#"{"a":{\#(space)"dtype":"F32",\#(fields)\#(end)}}"#, data: 4) }
    }
    #expect(categories[0] != nil && categories[0] == categories[1])
  }

  @Test func numbersOfTheUtmostLengthAreRead() throws {
    let checkpoint = try open(#"{"a":{"dtype":"U8","shape":[0,999999999999999999],"data_offsets":[0,0]}}"#, data: 0)
    #expect(checkpoint.tensors[0].shape == [0, 999_999_999_999_999_999])
    let longer = try open(#"{"a":{"dtype":"U8","shape":[0,1000000000000000000],"data_offsets":[0,0]}}"#, data: 0)
    #expect(longer.tensors[0].shape == [0, 1_000_000_000_000_000_000])
  }
}
