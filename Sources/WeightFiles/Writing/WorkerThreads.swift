internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Numbered jobs on several threads; the first error stops them all.
enum WorkerThreads {
  /// Runs every job and returns the results in the order of their numbers.
  ///
  /// - Parameters:
  ///   - count: how many jobs there are.
  ///   - threads: how many run at once.
  ///   - job: does the job of a number, on any thread.
  /// - Returns: a result for each job.
  /// - Throws: what a job throws.
  static func map<R: Sendable>(
    _ count: Int, threads: Int, _ job: @escaping @Sendable (Int) throws -> R
  ) throws -> [R] {
    var results: [R] = []
    results.reserveCapacity(count)
    try mapInOrder(count, threads: threads, ahead: count, job) { results.append($0) }
    return results
  }

  /// Runs every job and uses the results on the calling thread, in the order of their numbers.
  ///
  /// - Parameters:
  ///   - count: how many jobs there are.
  ///   - threads: how many run at once.
  ///   - ahead: how many results may wait for an earlier one; as many as there are threads if nil.
  ///   - job: does the job of a number, on any thread.
  ///   - use: takes the next result.
  /// - Throws: what a job or `use` throws.
  static func mapInOrder<R: Sendable>(
    _ count: Int, threads: Int, ahead: Int? = nil, _ job: @escaping @Sendable (Int) throws -> R,
    use: (R) throws -> Void
  ) throws {
    let board = Board<R>(count: count, ahead: ahead ?? threads)
    var running: [pthread_t] = []
    for _ in 0..<min(threads, count) {
      if let thread = start({ board.work(job) }) { running.append(thread) }
    }
    defer { for thread in running { pthread_join(thread, nil) } }
    // Where no thread can be had the calling one does the work, as far ahead as results may wait.
    if running.isEmpty {
      for number in 0..<count { try use(try job(number)) }
      return
    }
    do {
      for number in 0..<count { try use(try board.result(number)) }
    } catch {
      board.stop()
      throw error
    }
  }

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  private static func start(_ run: @escaping @Sendable () -> Void) -> pthread_t? {
    var thread = pthread_t()
    let body = Unmanaged.passRetained(Body(run))
    let code = pthread_create(
      &thread, nil,
      { pointer in
        guard let pointer else { return nil }
        Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run()
        return nil
      }, body.toOpaque())
    guard code == 0 else {
      body.release()
      return nil
    }
    return thread
  }
}

/// What the threads of one run share: the next number, and results that wait to be used.
private final class Board<R: Sendable>: @unchecked Sendable {
  private let count: Int
  private let ahead: Int
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  // Guarded by the mutex.
  private var next = 0
  private var used = 0
  private var waiting: [Int: Result<R, any Error>] = [:]
  private var isStopped = false

  init(count: Int, ahead: Int) {
    self.count = count
    self.ahead = ahead
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Does jobs until there are none left.
  func work(_ job: (Int) throws -> R) {
    while let number = take() {
      let result = Result { try job(number) }
      locked {
        waiting[number] = result
        if case .failure = result { isStopped = true }
      }
    }
  }

  private func take() -> Int? {
    locked {
      while next < count, next - used >= ahead, !isStopped { pthread_cond_wait(changed, mutex) }
      guard next < count, !isStopped else { return nil }
      defer { next += 1 }
      return next
    }
  }

  /// Waits for a job's result; throws its error, or that of another job that will keep it from being done.
  func result(_ number: Int) throws -> R {
    let result = locked { () -> Result<R, any Error>? in
      while waiting[number] == nil, !isStopped || number < next { pthread_cond_wait(changed, mutex) }
      used = number + 1
      return waiting.removeValue(forKey: number) ?? failure
    }
    guard let result else { preconditionFailure("stopped without an error") }
    return try result.get()
  }

  private var failure: Result<R, any Error>? {
    waiting.values.first {
      if case .failure = $0 { true } else { false }
    }
  }

  func stop() { locked { isStopped = true } }

  private func locked<T>(_ body: () -> T) -> T {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(changed)
      pthread_mutex_unlock(mutex)
    }
    return body()
  }
}
