import Glibc
import Testing

/// Compares a text with a file of the repository.
///
/// With `RECORD=1` in the environment the file is rewritten and the test fails once, so that a recording is never taken
/// for a pass.
func expectRecorded(_ text: String, at path: String, sourceLocation: SourceLocation = #_sourceLocation) {
  let file = #filePath.droppingLastComponent(4) + "/" + path
  if getenv("RECORD") != nil {
    writeWhole(text, to: file)
    Issue.record("recorded \(path); read it and run again without RECORD", sourceLocation: sourceLocation)
    return
  }
  guard let recorded = readWhole(file) else {
    Issue.record("\(path) is missing; record it with RECORD=1", sourceLocation: sourceLocation)
    return
  }
  let pairs = zip(lines(text), lines(recorded))
  let difference = pairs.first { $0 != $1 }.map { "now: \($0)\nrecorded: \($1)" } ?? "one text is longer"
  #expect(
    text == recorded, "\(path) is out of date; check the change and record it with RECORD=1\n\(difference)",
    sourceLocation: sourceLocation)
}

private func lines(_ text: String) -> [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

private func readWhole(_ path: String) -> String? {
  guard let file = fopen(path, "rb") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = fread(&chunk, 1, chunk.count, file)
    if count == 0 { return String(decoding: bytes, as: UTF8.self) }
    bytes += chunk[..<count]
  }
}

private func writeWhole(_ text: String, to path: String) {
  guard let file = fopen(path, "wb") else { return }
  fputs(text, file)
  fclose(file)
}
