import Foundation

/// The files of the `fixtures` directory, found from where this source lies.
public enum Fixtures {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("fixtures").path

  /// The path of a fixture.
  public static func path(_ name: String) -> String { "\(root)/\(name)" }

  /// The reference models with goldens in both precisions.
  public static let models = models(with: "golden_f64.npz")

  /// The reference models that have a file of that name.
  public static func models(with file: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path("models"))) ?? []
    let found = names.filter { FileManager.default.fileExists(atPath: path("models/\($0)/\(file)")) }.sorted()
    precondition(!found.isEmpty, "no model in fixtures/models has \(file)")
    return found
  }
}
