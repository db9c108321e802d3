#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Seconds since a moment.
struct BenchClock {
  private let start = ContinuousClock.now

  /// How long ago it was made.
  var seconds: Double {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }

  /// The processor time that all threads of the process have used.
  static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// Times of the same work, again and again.
struct BenchTimes {
  private var sorted: [Double] = []

  /// Takes one more.
  mutating func append(_ seconds: Double) {
    sorted.append(seconds)
    sorted.sort()
  }

  /// The one in the middle; zero if there is none.
  var median: Double { sorted.isEmpty ? 0 : sorted[sorted.count / 2] }
  /// The shortest.
  var least: Double { sorted.first ?? 0 }
  /// The longest.
  var largest: Double { sorted.last ?? 0 }
}

/// What `tfconv bench` measures.
struct BenchFigures {
  /// The processor time that the process had used when the command began.
  var importSeconds = 0.0
  /// Opening the model, reading its configuration and building its graph.
  var loadSeconds = 0.0
  /// The first pass.
  private(set) var firstSeconds = 0.0
  /// The passes after it.
  private(set) var forward = BenchTimes()
  /// Decoding after each of these.
  private(set) var decode = BenchTimes()
  /// The processor time of one pass and its decoding.
  private(set) var processorSeconds = 0.0
  /// A number out of the last result, to compare with other programs: the sum of the decoded tokens, else what the pass
  /// returned.
  private(set) var check = 0.0
  let iterations: Int

  /// Measures.
  init(_ task: BenchTask, iterations: Int) throws {
    self.iterations = iterations
    var processor = 0.0
    for iteration in -1..<iterations {
      if iteration == 0 { processor = BenchClock.processorSeconds }
      let start = BenchClock()
      var pass = try task.forward()
      if iteration < 0 { firstSeconds = start.seconds } else { forward.append(start.seconds) }
      check = pass.check
      guard task.decode > 0 else { continue }
      let decoding = BenchClock()
      check = try task.decode(after: &pass)
      if iteration >= 0 { decode.append(decoding.seconds) }
    }
    processorSeconds = (BenchClock.processorSeconds - processor) / Double(iterations)
  }
}
