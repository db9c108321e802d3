import Architectures
import TensorData
import WeightFiles

/// Reads every tensor of a model and lists what is wrong with it.
///
/// Defects: bytes that cannot be read or do not agree with their checksum, a NaN or an infinity in a floating-point tensor,
/// an index that does not agree with its shards, a configuration file that is damaged, and tensors or a configuration that do not fit the layout that was
/// recognised. A tensor of nothing but zeros is noted,
/// but no defect: biases often begin so.
public struct ModelCheck: Sendable {
  /// Something that is wrong.
  public struct Defect: Sendable, Equatable {
    /// The stored tensor, or nil if it concerns the whole model.
    public let tensor: String?
    /// What is wrong, in a sentence.
    public let message: String
  }

  /// Everything that is wrong, in the order of the summary's items.
  public private(set) var defects: [Defect] = []
  /// Floating-point tensors that hold nothing but zeros.
  public private(set) var zeroTensors: [String] = []
  /// Statistics of each item of the summary; nil where the elements are no floating-point numbers or cannot be read.
  public private(set) var statistics: [TensorStatistics?] = []
  /// The number of tensors that could be read.
  public private(set) var readable = 0

  /// Reads every tensor, one at a time.
  ///
  /// - Parameters:
  ///   - summary: the model.
  ///   - progress: told the bytes of each tensor when it is done.
  public init(_ summary: ModelSummary, progress: (Int) -> Void = { _ in }) {
    if let problem = summary.problem {
      defects.append(
        Defect(tensor: nil, message: ([problem.message] + problem.details.prefix(1)).joined(separator: ": ")))
    }
    defects += summary.model.damaged.map { Defect(tensor: nil, message: $0) }
    // Opening refuses shards that lack what the index lists; what the index lacks or miscounts is noted.
    let checkpoint = summary.model.checkpoint
    if checkpoint.path.hasSuffix(".json") {
      defects += checkpoint.notes.map { Defect(tensor: nil, message: "\(checkpoint.path): \($0)") }
    }
    for item in summary.items {
      let info = item.stored.info
      do throws(WeightFileError) {
        let found = TensorStatistics(try checkpoint.tensor(named: info.name))
        readable += 1
        statistics.append(found)
        if let found { judge(found, info.name) }
      } catch {
        statistics.append(nil)
        defects.append(Defect(tensor: info.name, message: error.description))
      }
      progress(info.byteCount)
    }
  }

  private mutating func judge(_ found: TensorStatistics, _ name: String) {
    for (count, noun) in [(found.nans, "not a number"), (found.infinities, "infinite")] where count > 0 {
      defects.append(
        Defect(tensor: name, message: "\(count) of \(found.elements) values \(count == 1 ? "is" : "are") \(noun)"))
    }
    if found.isAllZero { zeroTensors.append(name) }
  }
}
