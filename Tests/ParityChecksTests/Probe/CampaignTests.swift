import Architectures
import Testing

@testable import ParityChecks

/// A small run of what scripts/parity-campaign does with a thousand of each.
@Suite struct CampaignTests {
  @Test func honestConversionsThroughFilesRaiseNoAlarm() throws {
    let honest = try Campaign.honest(8, seed: 11)
    #expect(honest.conversions == 8 && honest.undecided.isEmpty)
    for alarm in honest.alarms { Issue.record("\(alarm.conversion): \(alarm.reason)") }
    // The outputs were compared, and no honest run comes near the budget.
    #expect(honest.ratios.allSatisfy { $0 > 0 && $0 < 0.75 })
  }

  @Test func noInjectedFaultThatCanBeSeenIsMissed() throws {
    let faults = try Campaign.faults(12, seed: 11)
    #expect(faults.trials.count == 12)
    for trial in faults.trials where trial.fate == .missed {
      Issue.record("missed: \(trial.fault.kind) \(trial.fault.detail)")
    }
    #expect(Set(faults.pairs.map(\.name)).count == faults.pairs.count)
  }
}
