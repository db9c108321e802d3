#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Which files get their names only when their bytes are on the disk.
///
/// A kill never leaves half a file. Only a failure of the power can lose the bytes of a file that was not waited for.
public enum DiskPolicy: Sendable {
  case always
  /// Those of a set that replaces others: what is replaced cannot be made again.
  case whereReplacing
  case never
}

/// Files that appear together: all are written under temporary names and moved to their places when all are complete.
///
/// They are moved in the order in which they were added, so that a file that refers to others, such as the index of
/// shards, comes last. What is not committed is removed when the set goes away.
public final class OutputSet {
  private var sinks: [FileSink] = []
  private var newFolders: [String] = []
  private let replace: Bool
  private let policy: DiskPolicy

  /// Starts an empty set.
  ///
  /// - Parameters:
  ///   - replace: whether files that exist already may be replaced.
  ///   - policy: whether files get their names only when their bytes are on the disk.
  public init(replace: Bool, policy: DiskPolicy = .always) {
    self.replace = replace
    self.policy = policy
  }

  private var waitsForDisk: Bool {
    switch policy {
    case .always: true
    case .whereReplacing: sinks.contains(where: \.replacesFile)
    case .never: false
    }
  }

  /// The final places of the files so far.
  public var paths: [String] { sinks.map(\.path) }

  /// Where a finished file of the set lies before the set is committed, to be read and checked; nil if it has none.
  public func standIn(for path: String) -> String? { sinks.first { $0.path == path }?.temporary }

  /// Says that a folder was made for the set, so that its own name is brought to the disk, too.
  ///
  /// - Parameter path: the folder.
  public func add(newFolder path: String) { newFolders.append(path.removing(end: "/") ?? path) }

  /// Starts a file of the set.
  func add(path: String, reserving size: ReservedSize) throws(WeightFileError) -> FileSink {
    let sink = try FileSink(path: path, replace: replace, reserving: size, policy: policy)
    sinks.append(sink)
    return sink
  }

  /// Adds a whole file, such as a configuration.
  ///
  /// - Parameters:
  ///   - bytes: its contents.
  ///   - path: its final place.
  /// - Throws: `exists`, `notRegular`, `io`.
  public func add(_ bytes: [UInt8], path: String) throws(WeightFileError) {
    let file = try add(path: path, reserving: .exact(bytes.count))
    try bytes.span.withUnsafeBytes { (bytes) throws(WeightFileError) in try file.write(bytes, at: 0) }
    try file.finish(byteCount: bytes.count)
  }

  /// Waits until every file is on the disk, if that was asked for, and moves them to their places.
  ///
  /// If one cannot be moved, or the move not be brought to the disk, everything is put back as it was. Where several
  /// files replace others, the last one's predecessor is taken away first: a reader that enters by it, such as by the
  /// index of shards, finds the old files, the new ones or none, but not some of each, also after a sudden end. Where a
  /// program watches the files that it reads (`MappedRegions`), none of them may have changed.
  ///
  /// - Throws: `exists`, `io`.
  public func commit() throws(WeightFileError) {
    try MappedRegions.requireUnchanged()
    if waitsForDisk { for sink in sinks { try sink.synchronize() } }
    try TemporaryFiles.change { () throws(WeightFileError) in try moveIntoPlace() }
    sinks = []
  }

  private func moveIntoPlace() throws(WeightFileError) {
    var folders: [OutputFolder] = []
    for path in Set((sinks.map(\.path) + newFolders).map(OutputSet.folder(of:))).sorted() {
      folders.append(try OutputFolder(path))
    }
    var displaced: [DisplacedFile] = []
    var created: [String] = []
    do throws(WeightFileError) {
      if replace, sinks.count > 1, let last = sinks.last { displaced.append(try DisplacedFile(last.path, .moved)) }
      for sink in sinks {
        let replaced = replace ? try keep(sink.path, in: &displaced) : false
        try sink.moveIntoPlace()
        if !replaced { created.append(sink.path) }
      }
      if waitsForDisk { for folder in folders { try folder.synchronize() } }
    } catch {
      for path in created { unlink(path) }
      for old in displaced.reversed() { old.restore() }
      throw error
    }
    for old in displaced { old.discard() }
  }

  /// Keeps what is at the place of an output; says whether there was anything.
  private func keep(_ path: String, in displaced: inout [DisplacedFile]) throws(WeightFileError) -> Bool {
    let old = try DisplacedFile(path, sinks.count > 1 ? .movedIfNeeded : .inPlace)
    displaced.append(old)
    return old.wasThere
  }

  private static func folder(of path: String) -> String {
    path.pathFolder.isEmpty ? "." : path.pathFolder
  }
}
