import TensorData
import TestSupport
import Testing
import WeightFiles

@Suite struct NPYFiles {
  let folder = TemporaryFolder()

  private func file(_ header: String, data: [UInt8], major: UInt8 = 1) -> [UInt8] {
    let length = header.utf8.count
    var bytes: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, major, 0, UInt8(length & 0xFF), UInt8(length >> 8)]
    if major > 1 { bytes += [0, 0] }
    return bytes + header.utf8 + data
  }

  private func header(descr: String = "'<u2'", order: String = "False", shape: String = "(2,)") -> String {
    "{'descr': \(descr), 'fortran_order': \(order), 'shape': \(shape)}"
  }

  @Test(arguments: ["version1", "version2", "version3", "fortran"])
  func whatNumPyWroteIsRead(_ name: String) throws {
    let reference = try Checkpoint.open(Fixtures.path("formats/reference.safetensors"))
    let tensor = try Checkpoint.open(Fixtures.path("formats/\(name).npy")).tensor(named: name)
    #expect(try tensor.isBitEqual(to: reference.tensor(named: "types/f4")))
    #expect(tensor.isContiguous == (name != "fortran"))
  }

  @Test func whatIsWrittenIsWhatNumPyWrites() throws {
    let reference = try Checkpoint.open(Fixtures.path("formats/reference.safetensors"))
    let tensor = try reference.tensor(named: "types/f4")
    let path = folder.file("a.npy")
    try SampleTensors.write(SampleTensors.entries([("a", tensor)]), .npy, to: path)
    #expect(TemporaryFolder.read(path) == TemporaryFolder.read(Fixtures.path("formats/version1.npy")))
  }

  @Test func opaqueTwoByteElementsAreBF16UnlessSaidOtherwise() throws {
    let path = Fixtures.path("formats/bf16.npy")
    let reference = try Checkpoint.open(Fixtures.path("formats/reference.safetensors"))
    let guessed = try Checkpoint.open(path)
    #expect(try guessed.tensor(named: "bf16").isBitEqual(to: reference.tensor(named: "bf16")))
    #expect(guessed.notes.count == 1)
    let told = try Checkpoint.open(path, options: ReadOptions(assume: [.f8e4m3, .f16]))
    #expect(told.tensors[0].dtype == .f16)
    #expect(told.notes == [])
  }

  @Test func opaqueOneByteElementsMustBeNamed() {
    for descr in ["'<V1'", "'|V1'", "'<f1'"] {
      let bytes = file(header(descr: descr), data: [1, 2])
      #expect(refusal(of: bytes, as: "a.npy") == .unsupportedDType)
      #expect(refusal(of: bytes, as: "a.npy", options: ReadOptions(assume: [.bf16])) == .unsupportedDType)
      #expect(refusal(of: bytes, as: "a.npy", options: ReadOptions(assume: [.bf16, .f8e5m2])) == nil)
    }
  }

  @Test func arraysOfObjectsAreNeverTouched() {
    let bytes = TemporaryFolder.read(Fixtures.path("formats/objects.npy"))
    #expect(refusal(of: bytes, as: "a.npy") == .pickle)
    #expect(refusal(of: file(header(descr: "[('a', [('b', '|O8')])]"), data: []), as: "a.npy") == .pickle)
  }

  @Test func otherSpellingsOfAHeaderAreRead() throws {
    for text in [
      #"{"shape":(2,),"fortran_order":False,"descr":"<u2",}"#,
      "\n{ 'descr' :\t'>u2','fortran_order':True,'shape':( 2 , ) } \n",
      "{'descr': u'|u2', 'fortran_order': False, 'shape': (2L,)}", header(descr: "'=u2'"),
    ] {
      #expect(refusal(of: file(text, data: [0, 1, 2, 3]), as: "a.npy") == nil, "\(text)")
    }
    #expect(refusal(of: file(header(), data: [0, 1, 2, 3], major: 2), as: "a.npy") == nil)
    #expect(refusal(of: file(header(), data: [0, 1, 2, 3], major: 3), as: "a.npy") == nil)
  }

  @Test func bytesAreSwappedComponentByComponent() throws {
    func read(_ descr: String, _ data: [UInt8]) throws -> [UInt8] {
      let path = folder.write(file(header(descr: descr, shape: "()"), data: data), to: "x.npy")
      return try Checkpoint.open(path).tensor(named: "x").withUnsafeBytes { Array($0) }
    }
    #expect(try read("'>u2'", [1, 2]) == [2, 1])
    #expect(try read("'>f4'", [1, 2, 3, 4]) == [4, 3, 2, 1])
    #expect(try read("'>i8'", [1, 2, 3, 4, 5, 6, 7, 8]) == [8, 7, 6, 5, 4, 3, 2, 1])
    #expect(try read("'>c8'", [1, 2, 3, 4, 5, 6, 7, 8]) == [4, 3, 2, 1, 8, 7, 6, 5])
    #expect(try read("'>i1'", [9]) == [9])
  }

  // swift-format-ignore
  static let defects: [(header: String, data: Int, category: WeightFileError.Category)] = [
    ("", 4, .badHeader),
    ("[]", 4, .badHeader),
    ("{'descr': '<u2', 'fortran_order': False}", 4, .badHeader),
    ("{'descr': '<u2', 'fortran_order': False, 'shape': (2,), 'x': 1}", 4, .badHeader),
    ("{'descr': '<u2', 'descr': '<u2', 'fortran_order': False, 'shape': (2,)}", 4, .duplicate),
    ("{'descr': '<u2', 'fortran_order': False, 'shape': (2,)} x", 4, .badHeader),
    ("{'descr': '<u2', 'fortran_order': 0, 'shape': (2,)}", 4, .badType),
    ("{'descr': 2, 'fortran_order': False, 'shape': (2,)}", 4, .badType),
    ("{'descr': '<u3', 'fortran_order': False, 'shape': (2,)}", 4, .unsupportedDType),
    ("{'descr': '<U2', 'fortran_order': False, 'shape': (2,)}", 4, .unsupportedDType),
    ("{'descr': 'float32', 'fortran_order': False, 'shape': (2,)}", 4, .unsupportedDType),
    ("{'descr': [('a', '<u2')], 'fortran_order': False, 'shape': (2,)}", 4, .unsupportedDType),
    ("{'descr': '<u2', 'fortran_order': False, 'shape': [2]}", 4, .badShape),
    ("{'descr': '<u2', 'fortran_order': False, 'shape': (2)}", 4, .badShape),
    ("{'descr': '<u2', 'fortran_order': False, 'shape': (-2,)}", 4, .badShape),
    ("{'descr': '<u2', 'fortran_order': False, 'shape': (True,)}", 4, .badShape),
    ("{'descr': '<u2', 'fortran_order': False, 'shape': (02,)}", 4, .badShape),
    ("{'descr': '<u2', 'fortran_order': False, 'shape': (9223372036854775808,)}", 4, .overflow),
    ("{'descr': '<u2', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", 4, .overflow),
    ("{'descr': '<u2', 'fortran_order': False, 'shape': (((((((((2,),),),),),),),),)}", 4, .depth),
    ("{'descr': '<u2', 'fortran_order': False, 'shape': (2,)}", 3, .truncated),
    ("{'descr': '<u2', 'fortran_order': False, 'shape': (2,)}", 5, .trailing),
  ]

  @Test(arguments: defects.indices)
  func everyDefectHasItsCategory(_ index: Int) {
    let defect = NPYFiles.defects[index]
    let bytes = file(defect.header, data: [UInt8](repeating: 0, count: defect.data))
    #expect(refusal(of: bytes, as: "a.npy") == defect.category, "\(defect.header)")
  }

  @Test func versionsAndLengthsAreChecked() {
    let good = file(header(), data: [0, 1, 2, 3])
    for index in good.indices.dropFirst() {
      #expect(refusal(of: Array(good[..<index]), as: "a.npy") == .truncated, "\(index)")
    }
    var bytes = good
    bytes[7] = 1
    #expect(refusal(of: bytes, as: "a.npy") == .unsupportedVersion)
    bytes = good
    bytes[0] = 0
    #expect(refusal(of: bytes, as: "a.npy") == .badMagic)
    let long = header() + String(repeating: " ", count: 10_000)
    #expect(refusal(of: file(long, data: [0, 1, 2, 3]), as: "a.npy") == .limit)
  }

  @Test func whatTheFormatCannotHoldIsRefused() {
    func write(_ tensors: [(name: String, tensor: Tensor)]) -> WeightFileError.Category? {
      refusal { try SampleTensors.write(SampleTensors.entries(tensors), .npy, to: folder.file("a.npy")) }
    }
    let tensor = SampleTensors.tensor(.bf16, [2], seed: 1)
    #expect(write([("a", tensor)]) == .unsupportedDType)
    #expect(write([("a", SampleTensors.tensor(.f4, [2], seed: 1))]) == .unsupportedDType)
    #expect(write([("a", SampleTensors.tensor(.u8, [Int](repeating: 1, count: 65), seed: 1))]) == .limit)
    #expect(write([]) == .unsupported)
    #expect(folder.names == [])
  }
}
