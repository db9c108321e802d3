import Testing

@testable import tfconv

@Suite struct ArgumentParserTests {
  private static let spec = CommandSpec(
    name: "try", summary: "try", discussion: [],
    positionals: [
      PositionalSpec(name: "A", summary: "the first"),
      PositionalSpec(name: "B", arity: .optional, summary: "the second"),
    ],
    options: [
      .value("output", "DST", .file, "output", short: "o"),
      .value("dtype", "TYPE", .choice(["auto", "f32"]), "type", aliases: ["outtype"], fallback: .value("auto")),
      .value("keep", "GLOB", .text, "keep", isRepeatable: true),
      .value("compress", "LEVEL", .integer(1...12), "compress", implied: "6"),
      .value("atol", "X", .number(.nonNegative), "tolerance"),
      .value("shift", "N", .integer(-5...5), "shift"),
      .value("size", "SIZE", .size, "size"),
      .value("set", "KEY=VALUE", .keyValue, "set", isRepeatable: true),
      .value("ids", "IDS", .integerList, "ids"),
      .value("names", "NAMES", .list, "names"),
      .flag("force", "force", aliases: ["overwrite"]), .flag("gentle", "gentle"),
    ],
    exclusive: [["force", "gentle"]], exitCodes: [.success, .usage],
    check: { $0.flag("force") && $0.positional("B") == nil ? "--force needs B" : nil })

  private func parse(_ line: String) throws -> ParsedArguments {
    try ArgumentParser.parse(line.split(separator: " ").map(String.init), for: Self.spec)
  }

  private func message(_ line: String) -> String? {
    #expect(throws: CommandFailure.self) { try parse(line) }?.message
  }

  @Test func everyFormOfAnOptionGivesItsValue() throws {
    for line in ["a --output x", "a --output=x", "--output x a", "a -o x", "a -o=x"] {
      let arguments = try parse(line)
      #expect(arguments.string("output") == "x", "\(line)")
      #expect(arguments.required("A") == "a", "\(line)")
    }
  }

  @Test func aliasesCountAsTheListedName() throws {
    let arguments = try parse("a b --outtype F32 --overwrite")
    #expect(arguments.string("dtype") == "f32")
    #expect(arguments.flag("force"))
  }

  @Test func defaultsAreReturnedButNotGiven() throws {
    let arguments = try parse("a")
    #expect(arguments.string("dtype") == "auto")
    #expect(!arguments.isGiven("dtype"))
    #expect(arguments.string("output") == nil)
    #expect(!arguments.flag("force"))
    #expect(arguments.all("keep").isEmpty)
  }

  @Test func anOptionalValueIsOnlyTakenWhenJoined() throws {
    let alone = try parse("a --compress b")
    #expect(alone.int("compress") == 6)
    #expect(alone.positional("B") == "b")
    #expect(try parse("a --compress=9").int("compress") == 9)
    #expect(try parse("a").int("compress") == nil)
  }

  @Test func negativeNumbersAndADashAreValues() throws {
    #expect(try parse("a --shift -3").int("shift") == -3)
    #expect(try parse("- -2.5").positional("A") == "-")
    #expect(try parse("- -2.5").positional("B") == "-2.5")
    #expect(try parse("a -o -").string("output") == "-")
  }

  @Test func afterTwoDashesEveryWordIsAnArgument() throws {
    let arguments = try parse("-- --output -o")
    #expect(arguments.positional("A") == "--output")
    #expect(arguments.positional("B") == "-o")
  }

  @Test func typedValuesAreReadBack() throws {
    let arguments = try parse(
      "a --atol 1e-6 --size 5GB --ids 1,2,30 --names x,y --set a=b=c --set d= --keep p --keep q")
    #expect(arguments.double("atol") == 1e-6)
    #expect(arguments.int("size") == 5_000_000_000)
    #expect(arguments.ints("ids") == [1, 2, 30])
    #expect(arguments.list("names") == ["x", "y"])
    #expect(arguments.pairs("set").map(\.key) == ["a", "d"])
    #expect(arguments.pairs("set").map(\.value) == ["b=c", ""])
    #expect(arguments.all("keep") == ["p", "q"])
  }

  @Test(arguments: [
    ("a --outptu x", "unknown option '--outptu', did you mean --output?"),
    ("a --overwrte", "unknown option '--overwrte', did you mean --overwrite?"),
    ("a -output x", "unknown option '-output', did you mean --output?"),
    ("a -x", "unknown option '-x'"),
    ("a --zzzzzz=1", "unknown option '--zzzzzz'"),
    ("a --output", "--output needs a value DST"),
    (
      "a --output --force",
      "--output needs a value DST, but '--force' follows; for a value that begins with a dash write --output=DST"
    ),
    ("a --output=", "--output expects a path, not ''"),
    ("a --force=yes", "--force takes no value"),
    ("a b c", "one argument too many: 'c'; try takes A B"),
    ("", "A is missing: the first"),
    ("a --dtype f31", "--dtype expects one of auto, f32, not 'f31', did you mean f32?"),
    ("a --dtype f32 --outtype auto", "--outtype is given twice, as 'f32' and as 'auto'"),
    ("a --compress=13", "--compress expects a whole number from 1 to 12, not '13'"),
    ("a --atol -1", "--atol expects a number, 0 or more, not '-1'"),
    ("a --atol nan", "--atol expects a number, 0 or more, not 'nan'"),
    ("a --size 5XB", "--size expects a size such as 5GB, 500MB, 2GiB or a number of bytes, above 0, not '5XB'"),
    ("a --set =1", "--set expects KEY=VALUE, not '=1'"),
    ("a --ids 1,,2", "--ids expects whole numbers, 0 or more, separated by commas, not '1,,2'"),
    ("a --names x,", "--names expects words separated by commas, not 'x,'"),
    ("a b --force --gentle", "--force and --gentle exclude each other"),
    ("a --force", "--force needs B"),
  ])
  func whatIsNotUnderstoodIsNamed(line: String, expected: String) {
    #expect(message(line) == expected)
  }

  @Test func everyUsageFailurePointsToTheHelpOfItsCommand() {
    let failure = #expect(throws: CommandFailure.self) { try parse("a --no") }
    #expect(failure?.status == .usage)
    #expect(failure?.hint == "see tfconv try --help")
  }

  @Test func askingForAnUndeclaredOptionIsAProgrammerError() async {
    await #expect(processExitsWith: .failure) {
      let spec = CommandSpec(name: "bare", summary: "bare", discussion: [], exitCodes: [])
      _ = try ArgumentParser.parse([], for: spec).string("missing")
    }
  }
}
