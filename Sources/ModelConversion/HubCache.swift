#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The models that huggingface_hub has fetched: `models--org--name/snapshots/COMMIT` in one of its caches.
///
/// Nothing is fetched, and none of several revisions is picked without being named.
/// Source: huggingface_hub 0.36 `constants.py` and "Understand caching"; transformers 4.57 `utils/hub.py`.
struct HubCache {
  /// The value of an environment variable, or nil if it is not set.
  var environment: (String) -> String? = FileSystem.environment

  /// Where models may lie: huggingface_hub's cache, and the one that transformers was told to use instead.
  var directories: [String] {
    let home =
      environment("HF_HOME") ?? FileSystem.join(environment("XDG_CACHE_HOME") ?? "~/.cache", "huggingface")
    let hub = environment("HF_HUB_CACHE") ?? environment("HUGGINGFACE_HUB_CACHE") ?? FileSystem.join(home, "hub")
    let transformers = ["TRANSFORMERS_CACHE", "PYTORCH_TRANSFORMERS_CACHE", "PYTORCH_PRETRAINED_BERT_CACHE"].lazy
      .compactMap(environment).first
    var found: [String] = []
    for directory in [hub, transformers].compactMap({ $0.map(expanded) })
    where !found.map(FileSystem.resolved).contains(FileSystem.resolved(directory)) {
      found.append(directory)
    }
    return found
  }

  /// The snapshot that `org/name` or `org/name@revision` means.
  ///
  /// A revision is a branch or tag that the cache knows, a commit, or the beginning of one. Without one it is `main`, or the
  /// only snapshot if the cache knows no `main`.
  ///
  /// - Parameter argument: what the user wrote.
  /// - Returns: the folder; nil if no cache has a model of that name.
  /// - Throws: `ModelError` if the cache has the model, but not what is meant, or several that could be meant.
  func snapshot(of argument: String) throws(ModelError) -> String? {
    let halves = argument.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let parts = halves[0].split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") }), halves.last != "" else {
      return nil
    }
    var roots: [String] = []
    for directory in directories {
      let root = FileSystem.join(directory, "models--" + parts.joined(separator: "--"))
      if try FileSystem.kind(of: root) == .directory { roots.append(root) }
    }
    guard let root = roots.first else { return nil }
    guard roots.count == 1 else {
      throw ModelError(
        .invalid, "\(halves[0]) is in \(roots.count) caches", details: roots,
        hint:
          "name the folder of the snapshot itself, or leave TRANSFORMERS_CACHE or HF_HUB_CACHE out of the environment")
    }
    return try Repository(name: halves[0], root: root).snapshot(halves.count == 2 ? halves[1] : nil)
  }

  /// What is known of a download that was not finished; nil if there is none.
  ///
  /// - Parameter directory: a snapshot, or a folder that `snapshot_download(local_dir=…)` filled.
  /// - Returns: a sentence that names the file.
  static func unfinishedDownload(of directory: String) -> String? {
    let candidates = [
      FileSystem.join(FileSystem.directory(of: FileSystem.directory(of: directory)), "blobs"),
      FileSystem.join(directory, ".cache/huggingface/download"),
    ]
    for folder in candidates {
      let names = ((try? FileSystem.names(in: folder)) ?? []).filter { $0.hasSuffix(".incomplete") }
      if let name = names.first {
        return "a download was not finished: \(FileSystem.join(folder, name))"
          + (names.count > 1 ? " and \(names.count - 1) more" : "")
      }
    }
    return nil
  }

  /// The path with `~`, `~user`, `$NAME` and `${NAME}` replaced, as Python's `expanduser` and `expandvars` do.
  private func expanded(_ path: String) -> String { expandingVariables(expandingUser(path)) }

  private func expandingUser(_ path: String) -> String {
    guard path.hasPrefix("~") else { return path }
    let user = path.dropFirst().prefix { $0 != "/" }
    let rest = path.dropFirst(1 + user.count)
    if user.isEmpty, let home = environment("HOME") { return trimmed(home) + rest }
    guard let entry = user.isEmpty ? getpwuid(getuid()) : getpwnam(String(user)), let home = entry.pointee.pw_dir else {
      return path
    }
    return trimmed(String(cString: home)) + rest
  }

  /// A home directory without slashes at its end.
  private func trimmed(_ home: String) -> String {
    home.lastIndex { $0 != "/" }.map { String(home[...$0]) } ?? ""
  }

  private func expandingVariables(_ path: String) -> String {
    var result = ""
    var rest = path[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      let after = rest[rest.index(after: dollar)...]
      let isBraced = after.hasPrefix("{")
      let name =
        isBraced
        ? after.dropFirst().prefix { $0 != "}" }
        : after.prefix { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
      let end = isBraced ? after.dropFirst(name.count + 2) : after.dropFirst(name.count)
      let isClosed = !isBraced || after.dropFirst(name.count + 1).hasPrefix("}")
      if !name.isEmpty, isClosed, let value = environment(String(name)) {
        result += value
      } else {
        result += rest[dollar..<end.startIndex]
      }
      rest = end
    }
    return result + rest
  }
}

/// One repository of a cache.
private struct Repository {
  /// `org/name`.
  let name: String
  /// Its folder.
  let root: String

  func snapshot(_ revision: String?) throws(ModelError) -> String {
    let folder = FileSystem.join(root, "snapshots")
    let commits = try FileSystem.kind(of: folder) == .directory ? FileSystem.names(in: folder) : []
    if let commit = commit(of: revision ?? "main") {
      guard commits.contains(commit) else {
        throw failure(
          "refs/\(revision ?? "main") is \(commit.isEmpty ? "empty" : commit), of which there is no snapshot", commits)
      }
      return FileSystem.join(folder, commit)
    }
    guard let revision else {
      if commits.count == 1 { return FileSystem.join(folder, commits[0]) }
      throw failure(
        commits.isEmpty ? "there is no snapshot" : "there is no refs/main, and there are \(commits.count) snapshots",
        commits)
    }
    let meant = commits.filter { $0 == revision || revision.utf8.count >= 7 && $0.hasPrefix(revision) }
    guard meant.count == 1 else {
      throw failure("there is \(meant.isEmpty ? "no" : "more than one") revision \(revision)", commits)
    }
    return FileSystem.join(folder, meant[0])
  }

  /// The commit that a branch or tag names; nil if the cache does not know it.
  private func commit(of reference: String) -> String? {
    guard !reference.split(separator: "/").contains("..") else { return nil }
    let path = FileSystem.join(root, "refs/" + reference)
    guard (try? FileSystem.kind(of: path)) == .file, let text = try? TextFile.read(path) else { return nil }
    return text.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
  }

  private func failure(_ reason: String, _ commits: [String]) -> ModelError {
    let snapshot = FileSystem.join(FileSystem.join(root, "snapshots"), commits.first ?? "-")
    let details = commits.map { "snapshot \($0)" } + [HubCache.unfinishedDownload(of: snapshot)].compactMap { $0 }
    return ModelError(
      .io, "\(name) is in the cache \(FileSystem.directory(of: root)), but \(reason)", details: details,
      hint: commits.first.map { "fetch the model again, or name a revision that is there: \(name)@\($0)" }
        ?? "fetch the model again")
  }
}
