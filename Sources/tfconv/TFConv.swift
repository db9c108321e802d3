#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The entry of the program: prepares the process, runs the command, exits with its code.
@main
enum TFConv {
  static func main() {
    StandardDescriptors.prepare()
    InterruptSignals.watch(cleanup: {})
    let arguments = UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
    exit(Dispatch(commands: registeredCommands, console: Console()).run(arguments: arguments).rawValue)
  }
}
