/// How a check ended.
public enum Verdict: String, Sendable, Hashable {
  /// Everything that was compared agrees, and something was compared.
  case pass
  /// Something differs by more than rounding explains.
  case fail
  /// The check could not decide; this is never a pass.
  case inconclusive

  /// The verdict of several checks together: one failure fails all, one doubt leaves all in doubt.
  public static func combined(_ verdicts: some Sequence<Verdict>) -> Verdict {
    var result: Verdict?
    for verdict in verdicts {
      switch (result, verdict) {
      case (.fail, _), (_, .fail): result = .fail
      case (.inconclusive, _), (_, .inconclusive): result = .inconclusive
      default: result = .pass
      }
    }
    return result ?? .inconclusive
  }
}
