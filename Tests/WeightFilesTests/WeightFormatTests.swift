import StrictJSON
import TensorData
import TestSupport
import Testing

@testable import WeightFiles

/// The border that every format lies behind, tried with one that exists here alone.
@Suite struct WeightFormats {
  let folder = TemporaryFolder()

  /// Two files of four bytes each, `NAME` and `NAME.second`, which hold one tensor together; only read.
  private static let halves = WeightFormat(
    name: "halves", extensions: [".half"], capabilities: [.names],
    recognise: { $0.byteCount == 4 ? .certain : .none },
    open: { (files, _) throws(WeightFileError) in
      let parts = [files.main, try files.file(files.main.path.pathName + ".second")]
      var windows: [TensorAssembly.Part] = []
      for (index, part) in parts.enumerated() {
        windows.append(
          TensorAssembly.Part(Tensor(dtype: .f32, shape: [1], storage: try part.contents()), at: [index]))
      }
      let extents = parts.map { Extent(path: $0.path, byteOffset: 0, byteCount: 4) }
      let tensor = StoredTensor(
        info: TensorInfo(name: "whole", dtype: .f32, shape: [2]), extents[0], further: [extents[1]])
      return OpenedFile(
        tensors: [tensor], files: parts.map(\.path),
        metadata: [MetadataEntry(key: "step", content: .number(JSONNumber(7)))],
        configurations: [InnerConfiguration(name: "config.json", text: "{}")], listing: [0]
      ) { [windows] (_) throws(WeightFileError) in
        do throws(CastError) {
          return try TensorAssembly(windows, shape: [2], as: .f32)
        } catch {
          throw WeightFileError(.unsupportedDType, path: "", message: error.description)
        }
      }
    })

  private func write() -> String {
    folder.write([0, 0, 0x80, 0x3F], to: "a.half")
    folder.write([0, 0, 0, 0x40], to: "a.half.second")
    return folder.file("a.half")
  }

  @Test func aTensorOfSeveralFilesIsPutTogether() throws {
    let checkpoint = try Checkpoint.open(write(), options: ReadOptions(format: WeightFormats.halves))
    #expect(checkpoint.files == [folder.file("a.half"), folder.file("a.half.second")])
    #expect(checkpoint.stored[0].extents.map(\.byteCount) == [4, 4])
    #expect(checkpoint.stored[0].storedByteCount == 8)
    #expect(try checkpoint.tensor(named: "whole").withUnsafeBytes { Array($0) } == [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])
    #expect(try checkpoint.assembly(named: "whole").window == nil)
    try checkpoint.verifyContents()
    for format in WeightFormat.written {
      let path = folder.file("out\(format.fileExtension)")
      try SampleTensors.write(checkpoint.writeEntries, format, to: path)
      let copy = try Checkpoint.open(path)
      #expect(
        try copy.tensor(named: copy.tensors[0].name).isBitEqual(to: checkpoint.tensor(named: "whole")), "\(format)")
    }
  }

  @Test func metadataHasTypesAndATextForFormatsWithout() throws {
    let checkpoint = try Checkpoint.open(write(), options: ReadOptions(format: WeightFormats.halves))
    #expect(checkpoint.metadata[0].content == .number(JSONNumber(7)))
    #expect(checkpoint.metadata[0].value == "7")
    #expect(MetadataEntry(key: "a", value: "7") != MetadataEntry(key: "a", content: .number(JSONNumber(7))))
    #expect(checkpoint.configurations == [InnerConfiguration(name: "config.json", text: "{}")])
  }

  @Test func aFormatThatIsOnlyReadRefusesToBeWritten() throws {
    #expect(!WeightFormats.halves.isWritten)
    let entries = SampleTensors.entries([("w", SampleTensors.tensor(.f32, [1], seed: 1))])
    #expect(
      refusal { try SampleTensors.write(entries, WeightFormats.halves, to: folder.file("b.half")) } == .unsupported)
    #expect(folder.names == [])
  }

  @Test func aFileSetDoesNotLeaveItsFolder() throws {
    for name in ["", ".", "..", "a/b", "/etc/passwd", "..\\a", "a\0b"] {
      #expect(FileSet.defect(of: name) != nil, "\(name)")
    }
    #expect(FileSet.defect(of: "model-00001-of-00002.bin") == nil)
    let files = FileSet(main: try MappedFile(path: write()))
    #expect(files.exists("a.half.second"))
    #expect(!files.exists("b"))
    #expect(refusal { _ = try files.file("b") } == .missing)
  }

  @Test func everyExtensionAndPreferredNameBelongsToOneFormat() {
    // What many programs call their files decides nothing.
    let extensions = WeightFormat.all.filter { !$0.sharesExtensions }.flatMap(\.extensions)
    #expect(Set(extensions).count == extensions.count)
    let names = WeightFormat.all.flatMap(\.preferredNames)
    #expect(Set(names).count == names.count)
    for format in WeightFormat.all {
      #expect(
        WeightFormat.forExtension(of: "model" + format.fileExtension) == format || format.sharesExtensions)
      for name in format.preferredNames {
        let isIndex = format.indexEnding.map { name.hasSuffix($0) } ?? false
        #expect(isIndex || WeightFormat.forExtension(of: name) == format, "\(name)")
      }
    }
  }
}
