internal import TensorData

extension OpenedFile {
  /// Only the tensors whose names lie under a path, without that path; what is left out is counted in a note.
  ///
  /// - Parameters:
  ///   - subtree: the keys or folders that lead to them, joined as in the names.
  ///   - path: the file, for errors.
  /// - Returns: the same file with fewer tensors.
  /// - Throws: `missing` if no tensor lies there, with the paths that there are.
  func restricted(to subtree: String, path: String) throws(WeightFileError) -> OpenedFile {
    func rest(_ name: String) -> String? {
      [".", "/"].lazy.compactMap { name.removing(start: subtree + $0) }.first
    }
    var positions: [Int: Int] = [:]
    var kept: [Int] = []
    var result = self
    result.tensors = []
    for (index, tensor) in tensors.enumerated() {
      guard let name = rest(tensor.info.name) else { continue }
      positions[index] = kept.count
      kept.append(index)
      result.tensors.append(tensor.renamed(name, sameAs: tensor.sameAs.flatMap(rest)))
    }
    guard !kept.isEmpty else { throw noTensor(under: subtree, path) }
    if kept.count < tensors.count { result.notes.append(Subtree.note(leavingOut: tensors, except: Set(kept))) }
    result.infos = nil
    result.names = nil
    result.branches = []
    result.listing = listing.compactMap { positions[$0] }
    result.content = { [content, kept] (index) throws(WeightFileError) in try content(kept[index]) }
    result.uncheckedContent = { [uncheckedContent, kept] (index) throws(WeightFileError) in
      try uncheckedContent(kept[index])
    }
    return result
  }

  private func noTensor(under subtree: String, _ path: String) -> WeightFileError {
    let known = Subtree.counts(tensors.map(\.info.name)).map { $0.name.printable(limit: 60) }
    let shown = known.prefix(6).joined(separator: ", ") + (known.count > 6 ? " and \(known.count - 6) more" : "")
    return WeightFileError(
      .missing, path: path, message: "no tensor lies under \(subtree.printable(limit: 120)); there are \(shown)")
  }
}

/// Sentences on parts of a file.
enum Subtree {
  /// The first components of names with the number of names under each, in their order.
  static func counts(_ names: [String]) -> [(name: String, count: Int)] {
    var result: [(name: String, count: Int)] = []
    var positions: [ByteKey: Int] = [:]
    for name in names {
      let end = name.utf8.firstIndex { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "/") } ?? name.utf8.endIndex
      let first = String(decoding: name.utf8[..<end], as: UTF8.self)
      if let position = positions[ByteKey(first)] {
        result[position].count += 1
      } else {
        positions[ByteKey(first)] = result.count
        result.append((first, 1))
      }
    }
    return result
  }

  /// A sentence that names what is left out.
  static func note(leavingOut tensors: [StoredTensor], except kept: Set<Int>) -> String {
    let names = tensors.indices.filter { !kept.contains($0) }.map { tensors[$0].info.name }
    let groups = counts(names)
    let shown = groups.prefix(8).map { group in
      "\(group.name.printable(limit: 60)) (\(group.count) \(group.count == 1 ? "tensor" : "tensors"))"
    }.joined(separator: ", ")
    return "left out beside the model: \(shown)\(groups.count > 8 ? " and \(groups.count - 8) more" : "")"
  }
}
