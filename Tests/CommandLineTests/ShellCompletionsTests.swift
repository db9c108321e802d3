import Glibc
import Testing

@testable import tfconv

@Suite struct ShellCompletionsTests {
  /// Runs a script in bash and returns what it prints.
  private func bash(_ script: String, _ options: String = "") throws -> (code: Int32, output: String) {
    let file = try CapturedFile()
    try #require(write(file.descriptor, script, script.utf8.count) == script.utf8.count)
    let pipe = try #require(popen("bash --norc \(options) /proc/\(getpid())/fd/\(file.descriptor) 2>&1", "r"))
    var output: [UInt8] = []
    while case let byte = fgetc(pipe), byte != EOF { output.append(UInt8(truncatingIfNeeded: byte)) }
    return (pclose(pipe), String(decoding: output, as: UTF8.self))
  }

  @Test func bashAcceptsItsScript() throws {
    let (code, output) = try bash(Shell.bash.completions(for: everySpec), "-n")
    #expect(code == 0)
    #expect(output.isEmpty)
  }

  @Test(arguments: [
    ("tfconv ver", "verify"), ("tfconv convert a --dty", "--dtype"), ("tfconv convert a --dtype b", "bf16"),
    ("tfconv convert a --dtype = b", "bf16"), ("tfconv completions f", "fish"), ("tfconv help dif", "diff"),
    ("tfconv inspect m --sort ", "name params offset"), ("tfconv inspect m --format =", "table json csv markdown"),
  ])
  func bashOffersWhatFits(line: String, expected: String) throws {
    let words = line.split(separator: " ", omittingEmptySubsequences: false).map { "'\($0)'" }
    let script =
      Shell.bash.completions(for: everySpec)
      + "COMP_WORDS=(\(words.joined(separator: " "))); COMP_CWORD=\(words.count - 1); _tfconv; echo \"${COMPREPLY[@]}\"\n"
    #expect(try bash(script).output == expected + "\n")
  }

  @Test func zshDescribesEveryCommandAndOption() {
    let script = Shell.zsh.completions(for: everySpec)
    #expect(script.hasPrefix("#compdef tfconv\n"))
    for spec in everySpec {
      #expect(script.contains("    '\(spec.name):"))
      #expect(script.contains("\n    \(spec.name))\n      _arguments \\\n"))
      for option in spec.options { #expect(script.contains("--\(option.long)"), "\(spec.name)") }
    }
    #expect(script.contains("'(-o --output)--output=[the file or directory to write]:DST:_files'"))
    #expect(script.contains("'(--tied)--tied=[what is written of tied weights]:POLICY:(keep drop materialize)'"))
    #expect(script.contains("'(--compress)--compress=-[deflate the members of an .npz]::LEVEL: '"))
    #expect(script.contains("'*--keep-f32="))
  }

  @Test func zshScriptQuotesAsBashDoes() throws {
    // zsh's quoting of single-quoted words and `case` is bash's, so bash -n finds an unbalanced quote.
    let script = Shell.zsh.completions(for: everySpec)
    #expect(try bash(script, "-n").output.isEmpty)
  }

  @Test func fishHasALineForEveryCommandAndOption() {
    let lines = Shell.fish.completions(for: everySpec).split(separator: "\n").dropFirst()
    #expect(lines.allSatisfy { $0.hasPrefix("complete -c tfconv ") })
    for spec in everySpec {
      #expect(lines.contains { $0.contains("__fish_use_subcommand -a \(spec.name) -d ") })
      for option in spec.options {
        #expect(lines.contains { $0.contains("_from \(spec.name)' -l \(option.long) ") }, "\(spec.name) \(option.long)")
      }
    }
    #expect(lines.contains { $0.contains("-l tied -x -a 'keep drop materialize' -d ") })
    #expect(lines.contains { $0.contains("-l output -s o -r -F -d ") })
    #expect(lines.contains { $0.contains("-l config -r -F -d 'take the hyper-parameters from this file'") })
  }
}
