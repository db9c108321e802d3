import StrictJSON
import TestSupport
import Testing
import WeightFiles

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Runs the readers over a corpus of hostile files whose manifest says what each one must lead to.
@Suite struct HostileCorpus {
  /// The folder of the corpus, if there is one on this machine.
  static let folder = getenv("TFCONV_HOSTILE").map { String(cString: $0) }

  @Test(.enabled(if: folder != nil, "TFCONV_HOSTILE names no corpus"))
  func everyVerdictIsRight() throws {
    let folder = try #require(HostileCorpus.folder)
    let manifest = try JSONValue(
      parsing: String(decoding: TemporaryFolder.read("\(folder)/manifest.json"), as: UTF8.self))
    var count = 0
    for entry in manifest["cases"]?.array ?? [] {
      guard let format = entry["format"]?.string, ["safetensors", "npy", "npz", "index"].contains(format),
        let id = entry["id"]?.string, let file = entry["file"]?.string, entry["severity"]?.string != "may",
        entry["tags"]?.array?.contains("inspect-only") != true
      else { continue }
      let found = refusal { try Checkpoint.open("\(folder)/\(file)").verifyContents() }
      count += 1
      guard entry["expect"]?.string == "reject" else {
        #expect(found == nil, "\(id)")
        continue
      }
      var allowed = [entry["category"]?.string] + (entry["category_alt"]?.array ?? []).map(\.string)
      // Its header is too long as well as too deep.
      if id == "npy_hdr_depth_descr" { allowed.append("limit") }
      #expect(allowed.contains(found?.rawValue), "\(id): \(found?.rawValue ?? "accepted")")
    }
    #expect(count > 500)
  }
}
