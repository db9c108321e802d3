#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The few questions about paths that opening and writing a model asks.
enum FileSystem {
  /// What a path leads to, symbolic links followed.
  enum Kind {
    case file, directory, other
  }

  /// - Returns: nil if there is nothing.
  /// - Throws: `ModelError` if it cannot be told, which is not the same.
  static func kind(of path: String) throws(ModelError) -> Kind? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard ![ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG].contains(errno) else { return nil }
      throw ModelError(.io, "\(path) cannot be examined: \(message(errno))")
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .directory
    default: return .other
    }
  }

  /// The names in a directory, sorted by their bytes, without `.` and `..`.
  ///
  /// - Throws: `ModelError` if it cannot be read.
  static func names(in directory: String) throws(ModelError) -> [String] {
    func unreadable(_ number: Int32) -> ModelError {
      ModelError(
        .io, "\(directory) cannot be read: \(message(number))",
        hint: number == EACCES ? "check the permissions of the directory" : nil)
    }
    guard let stream = opendir(directory) else { throw unreadable(errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw unreadable(errno) }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The path without its last part.
  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The last part of the path.
  static func name(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  /// The path without the extension of its last part.
  static func stem(of path: String) -> String {
    let name = name(of: path)
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return path }
    return String(path.dropLast(name.distance(from: dot, to: name.endIndex)))
  }

  /// The path with symbolic links resolved, or as it is if it does not exist.
  static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// Where a symbolic link leads whose end does not exist; nil if the path is none.
  static func danglingLink(_ path: String) -> String? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, (try? kind(of: path)) == nil else {
      return nil
    }
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &target, target.count)
    return count < 0 ? nil : String(decoding: target[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  static func join(_ directory: String, _ name: String) -> String {
    directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
  }

  /// How many processors there are.
  static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// The value of an environment variable, if it is set and not empty.
  static func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// The system's words for an error number.
  static func message(_ number: Int32) -> String { String(cString: strerror(number)) }
}
