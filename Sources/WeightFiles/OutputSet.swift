#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Files that appear together: all are written under temporary names and moved to their places when all are complete.
///
/// They are moved in the order in which they were added, so that a file that refers to others, such as the index of
/// shards, comes last. What is not committed is removed when the set goes away.
public final class OutputSet {
  private var sinks: [FileSink] = []
  private let replace: Bool

  /// Starts an empty set.
  ///
  /// - Parameter replace: whether files that exist already may be replaced.
  public init(replace: Bool) { self.replace = replace }

  /// The final places of the files so far.
  public var paths: [String] { sinks.map(\.path) }

  /// Where a finished file of the set lies before the set is committed, to be read and checked; nil if it has none.
  public func standIn(for path: String) -> String? { sinks.first { $0.path == path }?.temporary }

  /// Starts a file of the set.
  func add(path: String, reserving size: ReservedSize) throws(WeightFileError) -> FileSink {
    let sink = try FileSink(path: path, replace: replace, reserving: size)
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

  /// Waits until every file is on the disk and moves them to their places.
  ///
  /// If one cannot be moved, those that were moved before it and replaced nothing are removed again. Where a program
  /// watches the files that it reads (`MappedRegions`), none of them may have changed.
  ///
  /// - Throws: `exists`, `io`.
  public func commit() throws(WeightFileError) {
    try MappedRegions.requireUnchanged()
    for sink in sinks { try sink.synchronize() }
    var created: [String] = []
    for sink in sinks {
      let isNew = !MappedFile.exists(sink.path)
      do throws(WeightFileError) {
        try sink.moveIntoPlace()
      } catch {
        for path in created { unlink(path) }
        throw error
      }
      if isNew { created.append(sink.path) }
    }
    for folder in Set(sinks.map { OutputSet.folder(of: $0.path) }) { OutputSet.synchronize(folder) }
    sinks = []
  }

  private static func folder(of path: String) -> String {
    path.pathFolder.isEmpty ? "." : path.pathFolder
  }

  /// Brings a folder's entries to the disk, where the file system can do so.
  private static func synchronize(_ folder: String) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
