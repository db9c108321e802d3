#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

import CSystemCalls
import WeightFiles

/// The entry of the program: prepares the process, runs the command, exits with its code.
@main
enum TFConv {
  static func main() {
    tfconv_prepare_heap()
    StandardDescriptors.prepare()
    OpenFileLimit.raise()
    TemporaryFiles.prepare()
    MappingFaults.watch()
    InterruptSignals.watch(cleanup: { TemporaryFiles.removeAllForGood() })
    let arguments = UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
    exit(Dispatch(commands: registeredCommands, console: Console()).run(arguments: arguments).rawValue)
  }
}
