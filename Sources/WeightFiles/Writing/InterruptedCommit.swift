#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Old files that a run kept while it replaced them and that a kill left behind.
///
/// While a run replaces a set it keeps the old files under `.NAME.tfconv-PID-N.old`, and that of the last file, which is
/// away meanwhile, under `.NAME.tfconv-PID-N.last`. When all new files are in place the `.last` goes first. So where one
/// is found the old files of its run are put back; without one the new files are complete, and the old ones go.
enum InterruptedCommit {
  /// What a kept file's name says.
  private struct Kept {
    let file: String
    let name: String
    let process: Substring
    let isLast: Bool

    init?(_ file: String) {
      let last = file.removing(end: AbandonedFiles.Kind.last.rawValue)
      guard file.utf8.first == UInt8(ascii: "."),
        let body = last ?? file.removing(end: AbandonedFiles.Kind.old.rawValue),
        let mark = body.ranges(of: ".tfconv-").last, mark.lowerBound > body.startIndex
      else { return nil }
      self.file = file
      name = String(body[body.index(after: body.startIndex)..<mark.lowerBound])
      process = body[mark.upperBound...].prefix { $0 != "-" }
      isLast = last != nil
    }
  }

  /// Ends what a killed run began in a folder; waits for a living one.
  ///
  /// - Parameter folder: the folder, ending with a slash, or empty.
  /// - Throws: `io` if an old file cannot be put back.
  static func settle(inFolder folder: String) throws(WeightFileError) {
    guard AbandonedFiles.names(inFolder: folder).contains(where: { Kept($0) != nil }) else { return }
    let lock = try OutputFolder(folder.isEmpty ? "." : folder)
    let kept = AbandonedFiles.names(inFolder: folder).compactMap(Kept.init)
    let unfinished = Set(kept.filter(\.isLast).map(\.process))
    for file in kept where !file.isLast {
      if unfinished.contains(file.process) { try putBack(file, folder) } else { unlink(folder + file.file) }
    }
    for file in kept where file.isLast { try putBack(file, folder) }
    withExtendedLifetime(lock) {}
  }

  private static func putBack(_ file: Kept, _ folder: String) throws(WeightFileError) {
    guard rename(folder + file.file, folder + file.name) == 0 else {
      throw .system(
        "a run that was killed kept the old file as \(file.file.printable()), which cannot be put back",
        path: folder + file.name)
    }
    // Renaming one name of a file to another of its names leaves both.
    unlink(folder + file.file)
  }
}

extension OutputSet {
  /// Undoes a replacement in the midst of which a run was killed, so that the folder's files are of one age again.
  ///
  /// - Parameter folder: a folder in which a model is looked for, or in which files will be written.
  /// - Throws: `io` if an old file cannot be put back.
  public static func settle(folder: String) throws(WeightFileError) {
    try InterruptedCommit.settle(inFolder: folder.removing(end: "/") == nil ? folder + "/" : folder)
  }
}
