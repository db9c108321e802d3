import Architectures
import Synchronization
public import TensorData
import WeightFiles

/// Adds up, for each tensor of the output, what its cast took from the values beside rounding them.
final class CastTally: Sendable {
  private let reports = Mutex<[Int: CastReport]>([:])

  /// The outputs, by their position in the plan, some of whose values left the range of their type.
  var losses: [Int: CastReport] { reports.withLock { $0 } }

  /// Everything together.
  var total: CastReport { losses.values.reduce(into: CastReport()) { $0 += $1 } }

  /// What the assembly of an output is to tell of each piece; it may come from any thread.
  func listener(_ output: Int) -> @Sendable (CastReport) -> Void {
    { report in
      guard report.overflowed > 0 || report.underflowed > 0 else { return }
      self.reports.withLock { $0[output, default: CastReport()] += report }
    }
  }
}

/// A stored tensor with finite values that a cast makes infinite, or NaN where the type has no infinity.
public struct Overflow: Sendable, Hashable {
  /// The stored tensor of the source; of one that is made anew, that of the output.
  public let tensor: String
  /// The type of the output.
  public let dtype: DType
  /// How many values, and the first of them with its place in the stored tensor.
  public let loss: CastLoss

  /// `wte.weight: 70000.0 at [199, 3] is beyond the range of F16, and so are 2 more of its values`.
  public var sentence: String {
    guard !loss.place.isEmpty || loss.value != 0 else {
      return "\(tensor): \(loss.overflowed) values are beyond the range of \(dtype.rawValue)"
    }
    let others = loss.overflowed - 1
    let rest = others == 0 ? "" : ", and so \(others == 1 ? "is 1 more" : "are \(others) more") of its values"
    return "\(tensor): \(loss.value) at \(loss.place) is beyond the range of \(dtype.rawValue)\(rest)"
  }
}

extension ConversionPlan {
  /// Where the values lie that casts took out of the range of their types.
  ///
  /// - Parameter tally: what the casts told.
  /// - Returns: an entry for each stored tensor, in the order of the output.
  /// - Throws: what reading the tensors throws.
  func overflows(_ tally: CastTally) throws -> [Overflow] {
    var found: [Overflow] = []
    for (index, report) in tally.losses.sorted(by: { $0.key < $1.key }) where report.overflowed > 0 {
      let output = outputs[index]
      let before = found.count
      switch output.recipe {
      case .stored(let name):
        let loss = try CastLoss(of: source.checkpoint.tensor(named: name), to: output.info.dtype)
        found.append(Overflow(tensor: name, dtype: output.info.dtype, loss: loss))
      case .target:
        for parameter in output.parameters {
          guard let model, model.locations[parameter] != nil else { continue }
          var loss = try CastLoss(of: model.parameter(named: parameter), to: output.info.dtype)
          guard loss.overflowed > 0 else { continue }
          let stored = try model.storedPlace(of: parameter, at: loss.place)
          loss.place = stored?.place ?? loss.place
          found.append(Overflow(tensor: stored?.tensor ?? parameter, dtype: output.info.dtype, loss: loss))
        }
      case .buffer: break
      }
      // What is neither a stored tensor nor a parameter, such as the value of rows that are added, has no place.
      guard found.count == before else { continue }
      found.append(Overflow(tensor: output.info.name, dtype: output.info.dtype, loss: CastLoss(report)))
    }
    return found
  }

  /// The failure of a conversion whose casts leave the range of their types.
  static func refusal(_ overflows: [Overflow]) -> ModelError {
    ModelError(
      .outOfRange, "finite values would become infinite, or NaN where the type has no infinity",
      details: overflows.map(\.sentence),
      hint: "bf16 has the range of f32: --dtype bf16; to keep single tensors wide: --keep-f32 GLOB; "
        + "to take the values as rounding makes them: --allow-overflow")
  }
}
