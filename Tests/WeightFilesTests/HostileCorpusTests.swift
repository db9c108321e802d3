import Foundation
import StrictJSON
import TensorData
import TestSupport
import Testing
import WeightFiles

/// Runs the readers over the hostile files of `fixtures/hostile`, each with the verdict that it must lead to.
@Suite struct HostileCorpus {
  let folder = TemporaryFolder()

  private static let cases: [JSONValue] = {
    let text = String(decoding: TemporaryFolder.read(Fixtures.path("hostile/cases.json")), as: UTF8.self)
    return (try? JSONValue(parsing: text))?.array ?? []
  }()

  @Test func everyVerdictIsRight() throws {
    for entry in HostileCorpus.cases {
      let id = try #require(entry["id"]?.string)
      let path = try unpack(entry)
      let found = refusal { try Checkpoint.open(path).verifyContents() }
      if let categories = entry["categories"]?.array {
        #expect(categories.contains { $0.string == found?.rawValue }, "\(id): \(found?.rawValue ?? "accepted")")
      } else {
        #expect(found == nil, "\(id)")
      }
    }
    #expect(HostileCorpus.cases.count > 500)
  }

  @Test func whatIsAcceptedIsReadRight() throws {
    var count = 0
    for entry in HostileCorpus.cases {
      guard let tensors = entry["tensors"]?.object else { continue }
      let id = try #require(entry["id"]?.string)
      let checkpoint = try Checkpoint.open(unpack(entry))
      #expect(checkpoint.tensors.count == tensors.members.count, "\(id)")
      for info in checkpoint.tensors {
        // A `.npy` file has no names of its own.
        let expected = checkpoint.format.name == "npy" ? tensors.members.first?.value : tensors[info.name]
        #expect(expected?["dtype"]?.string == info.dtype.rawValue, "\(id)")
        #expect(expected?["shape"]?.array?.compactMap(\.int) == info.shape, "\(id)")
        var digest = SHA256()
        try checkpoint.tensor(named: info.name).withUnsafeBytes { digest.update($0) }
        #expect(expected?["sha256"]?.string == digest.hexadecimal, "\(id)")
        count += 1
      }
    }
    #expect(count > 200)
  }

  /// Writes the files of a case into a folder of its own and returns the path of the one to be opened.
  private func unpack(_ entry: JSONValue) throws -> String {
    let place = folder.file(try #require(entry["id"]?.string))
    mkdir(place, 0o755)
    for member in try #require(entry["files"]?.object).members {
      if let target = member.value["link"]?.string {
        symlink(target, "\(place)/\(member.key)")
      } else {
        let bytes = try #require(member.value.string.flatMap { Data(base64Encoded: $0) })
        try bytes.write(to: URL(fileURLWithPath: "\(place)/\(member.key)"))
      }
    }
    return "\(place)/\(try #require(entry["file"]?.string))"
  }
}
