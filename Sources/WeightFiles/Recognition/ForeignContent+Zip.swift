/// Names what a zip archive is, by the names of its members.
extension ForeignContent {
  /// A name for the archive if its members are those of a known kind; nil for any other zip.
  ///
  /// Sources: PyTorch, caffe2/serialize/inline_container.cc; Keras 3, saving_lib; PEP 427; the Java archive format;
  /// ECMA-376, part 2; OpenDocument 1.2, part 3; the EPUB container format.
  ///
  /// - Parameter members: the names of the members.
  /// - Returns: the name with its article.
  static func describe(zipMembers members: [String]) -> String? {
    /// Whether a member of that name lies at the top or in a folder at the top.
    func has(_ name: String) -> Bool {
      members.contains { member in
        member.utf8.elementsEqual(name.utf8)
          || (member.hasSuffix("/" + name)
            && member.utf8.count(where: { $0 == UInt8(ascii: "/") })
              == name.utf8.count(where: { $0 == UInt8(ascii: "/") }) + 1)
      }
    }
    func hasFolder(_ name: String) -> Bool { members.contains { $0.hasPrefix(name + "/") } }
    if let program = describe(torchProgram: members) { return program }
    if has("data.pkl") { return "a PyTorch checkpoint (a zip with data.pkl); call it .pt, or name its format: pytorch" }
    if has("model.weights.h5") { return "a Keras model (.keras); save its weights as .npz or safetensors first" }
    if members.contains(where: { $0.hasSuffix(".dist-info/WHEEL") }) { return "a Python wheel, which is a program" }
    if has("AndroidManifest.xml") { return "an Android package, which is a program" }
    if has("META-INF/MANIFEST.MF"), members.contains(where: { $0.hasSuffix(".class") }) { return javaArchive }
    if has("[Content_Types].xml") {
      for (folder, kind) in [("word", "a Word"), ("xl", "an Excel"), ("ppt", "a PowerPoint")] where hasFolder(folder) {
        return "\(kind) document"
      }
      return "a document in Office Open XML"
    }
    if has("META-INF/container.xml") { return "an electronic book (EPUB)" }
    if has("mimetype"), has("content.xml") { return "an OpenDocument file" }
    return nil
  }

  /// A name for the archive if it is one of PyTorch's that hold code; nil for others.
  static func describe(torchProgram members: [String]) -> String? {
    let isTorch = members.contains { $0.hasSuffix("/data.pkl") }
    if members.contains(where: { $0.hasSuffix("/constants.pkl") }),
      isTorch || members.contains(where: { $0.contains("/code/") })
    {
      return "a TorchScript program (PyTorch), which holds code; save the state_dict of its module instead"
    }
    if members.contains(where: { $0.hasSuffix("/.data/extern_modules") }) {
      return "a torch.package archive, which holds code; save a state_dict instead"
    }
    return nil
  }

  /// A name for an archive that is of no known kind and has no array in it.
  static func describe(zipWithoutArrays members: [String]) -> String {
    if members.isEmpty { return "an empty zip archive" }
    func hasMember(ending: String) -> Bool { members.contains { $0.hasSuffix(ending) } }
    if hasMember(ending: "META-INF/MANIFEST.MF") { return javaArchive }
    if hasMember(ending: "saved_model.pb") { return "a zipped TensorFlow SavedModel; unpack it first" }
    if hasMember(ending: ".mlmodel") { return "a zipped Core ML package" }
    let weights = [".safetensors", ".npz", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".gguf", ".onnx", ".msgpack"]
    if let inside = members.first(where: { member in weights.contains { member.hasSuffix($0) } }) {
      return "a zip archive with \(inside.printable(limit: 120)) in it; unpack it first"
    }
    return "a zip archive without one .npy member"
  }

  private static let javaArchive = "a Java archive (.jar), which is a program"
}
