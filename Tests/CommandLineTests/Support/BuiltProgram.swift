import Glibc

/// The `tfconv` binary that was built beside the tests.
enum BuiltProgram {
  /// How a run ended and what it printed.
  struct Result {
    let exitCode: Int32?
    let output: String
    let errors: String
  }

  /// The path of the binary.
  static func path() throws -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { throw CaptureError(message: "no /proc/self/exe: errno \(errno)") }
    let own = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    for folder in [own.droppingLastComponent()] + buildFolders() {
      let candidate = folder + "/tfconv"
      if access(candidate, X_OK) == 0 { return candidate }
    }
    throw CaptureError(message: "no tfconv beside \(own)")
  }

  /// Where SwiftPM puts the products, for a test runner that lives in the toolchain: beside the bundle that the runner was
  /// given, or in the usual place.
  private static func buildFolders() -> [String] {
    CommandLine.arguments.filter { $0.hasSuffix(".xctest") }.map { $0.droppingLastComponent() }
      + [#filePath.droppingLastComponent(4) + "/.build/debug"]
  }

  /// Runs the binary to its end; a JSON report that it prints is held to its schema.
  static func run(_ arguments: String..., environment: [String] = []) throws -> Result {
    try run(arguments, environment: environment)
  }

  /// Runs the binary to its end, with standard input on the given descriptor; a JSON report that it prints is held to its
  /// schema.
  static func run(_ arguments: [String], input: Int32? = nil, environment: [String] = []) throws -> Result {
    let output = try CapturedFile()
    let errors = try CapturedFile()
    let process = try start(
      arguments, input: input, output: output.descriptor, errors: errors.descriptor, environment: environment)
    let result = Result(exitCode: exitCode(of: process), output: output.text, errors: errors.text)
    ReportConformance.check(result.output, exitCode: result.exitCode)
    return result
  }

  /// Starts the binary with standard output and standard error on the given descriptors; standard input is empty unless
  /// it is given, too.
  static func start(
    _ arguments: [String], input: Int32? = nil, output: Int32, errors: Int32, environment: [String] = []
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    } else {
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
    let path = try path()
    let words = ([path] + arguments).map { strdup($0) } + [nil]
    let inherited = [
      "PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "HOME", "ASAN_OPTIONS", "TSAN_OPTIONS", "SWIFT_BACKTRACE",
    ].compactMap {
      (name: String) -> String? in
      getenv(name).map { "\(name)=" + String(cString: $0) }
    }
    let variables = (inherited + environment).map { strdup($0) } + [nil]
    defer { (words + variables).forEach { free($0) } }
    var process = pid_t()
    let code = posix_spawn(&process, path, &actions, nil, words, variables)
    guard code == 0 else { throw CaptureError(message: "cannot start \(path): error \(code)") }
    return process
  }

  /// Waits for a process; nil if a signal ended it.
  static func exitCode(of process: pid_t) -> Int32? {
    var status: Int32 = 0
    while waitpid(process, &status, 0) == -1, errno == EINTR {}
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
  }
}

extension StringProtocol {
  /// The path without its last `count` components.
  func droppingLastComponent(_ count: Int = 1) -> String {
    split(separator: "/", omittingEmptySubsequences: false).dropLast(count).joined(separator: "/")
  }
}
