import ParityChecks

/// The table of `verify MODEL --mutate --table` in Markdown: what each change does, and what fixed tolerances say of it.
enum SensitivityText {
  /// The table.
  static func markdown(_ name: String, _ output: String, _ rows: [SensitivityRow]) -> String {
    var lines = [
      "### \(name), \(output)", "",
      "| change | max abs diff | max KL | cosine | NMSE | top-1 | diff/budget | outputs alone | **tfconv** | atol 1e-5 | KL 0.015 | cosine 0.99 | NMSE 1e-2 |",
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows {
      func judged(_ passes: Bool?) -> String {
        guard let passes else { return "n/a" }
        if row.isBug { return passes ? "**misses**" : "catches" }
        return passes ? "passes" : "**false alarm**"
      }
      let cells = [
        row.isBug ? "\(row.change) (bug)" : row.change, NumberText.scientific(row.difference, decimals: 1),
        row.divergence.map { NumberText.scientific(max($0, 0), decimals: 1) } ?? "n/a",
        NumberText.fixed(row.cosine, decimals: 6), NumberText.scientific(row.error, decimals: 1),
        row.agreement.map { NumberText.fixed($0, decimals: 3) } ?? "n/a", "\(NumberText.short(row.ratio))x",
        row.outputs.rawValue, "**\(row.verdict.rawValue)**", judged(row.difference <= 1e-5),
        judged(row.divergence.map { $0 <= 0.015 }), judged(row.cosine >= 0.99), judged(row.error < 1e-2),
      ]
      lines.append("| \(cells.joined(separator: " | ")) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The exit code: every bug must fail and everything harmless must pass.
  static func status(_ rows: [SensitivityRow]) -> ExitStatus {
    rows.allSatisfy { $0.verdict == ($0.isBug ? .fail : .pass) } ? .success : .checkFailed
  }
}
