/// Names the containers of weights that begin with no magic number, by the structure that their bytes have.

/// TensorFlow's checkpoints: the table of variables, in LevelDB's format.
///
/// Format: tensorflow/core/lib/io/format.h (the footer), tensor_bundle.proto and saved_tensor_slice.proto (the first entry).
enum TensorFlowTable {
  static func describe(_ probe: FileProbe) -> String? {
    isTable(probe) && !isBundle(probe) ? "a TensorFlow checkpoint of version 1, which is not supported yet" : nil
  }

  private static func isTable(_ probe: FileProbe) -> Bool {
    probe.byteCount >= 48 && probe.bytes(at: probe.byteCount - 8, count: 8) == SortedTable.magic
  }

  /// Whether a file is the index of a checkpoint of the second kind.
  static func isBundle(_ probe: FileProbe) -> Bool {
    guard isTable(probe) else { return false }
    // The first entry has the empty key; its value begins with field 1, a number in version 2 and a message in version 1.
    // Before the value stand three numbers: no bytes shared with the key before, none of its own, and the value's length.
    let value = probe.head.dropFirst(2).drop { $0 >= 0x80 }.dropFirst()
    return !(probe.head.starts(with: [0, 0]) && value.first == 0x0A)
  }
}

/// Marian's `.bin`: version 1, a count, and a header of four 64-bit numbers for each item.
///
/// Format: marian-dev, src/common/binary.cpp.
enum MarianBinary {
  static func describe(_ probe: FileProbe) -> String? {
    let head = probe.head
    guard head.count >= 48 else { return nil }
    func number(_ index: Int) -> UInt64 { head.withUnsafeBytes { $0.little(UInt64.self, at: 8 * index) } }
    let (version, count) = (number(0), number(1))
    guard version == 1, count >= 1, count <= UInt64(probe.byteCount / 32) else { return nil }
    // The first item: bytes of its name, type, number of axes, bytes of its data.
    guard number(2) >= 1, number(2) < 4096, number(3) <= 0x1000, number(4) <= 8, number(5) <= UInt64(probe.byteCount)
    else { return nil }
    return "a Marian model (.bin), which is not supported yet; Marian's .npz is read"
  }
}

/// CTranslate2's `model.bin`: a version, and the name of the model's specification with its length.
///
/// Format: ctranslate2, specs/model_spec.py, `serialize`.
enum CTranslate2 {
  /// The name of the specification that a file states, or nil if it is no model of CTranslate2.
  static func specification(_ probe: FileProbe) -> String? {
    let head = probe.head
    guard head.count >= 8 else { return nil }
    let version = head.withUnsafeBytes { $0.little(UInt32.self, at: 0) }
    let length = Int(head.withUnsafeBytes { $0.little(UInt16.self, at: 4) })
    guard (1...16).contains(version), length > 4, 6 + length <= head.count, head[5 + length] == 0 else { return nil }
    let name = head[6..<5 + length]
    guard name.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    // Version 1 has no name; every specification since then is a class whose name ends so.
    guard name.suffix(4).elementsEqual("Spec".utf8) else { return nil }
    return String(decoding: name, as: UTF8.self)
  }
}
