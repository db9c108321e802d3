import Architectures
import ModelConversion
import StrictJSON
import TensorData
import WeightFiles

/// The report of `inspect` as JSON, schema `tfconv.inspect/1`.
struct InspectJSON {
  private let report: InspectReport
  private let remarks: TensorRemarks

  init(_ report: InspectReport) {
    self.report = report
    remarks = TensorRemarks(report.summary)
  }

  private var summary: ModelSummary { report.summary }

  /// The whole report.
  var value: JSONValue {
    let checkpoint = summary.model.checkpoint
    var object = JSONObject()
    object["schema"] = "tfconv.inspect/1"
    object["tool"] = ["name": "tfconv", "version": .string(tfconvVersion)]
    object["exit_code"] = number(Int(report.status.rawValue))
    object["model"] = [
      "path": .string(summary.model.name), "format": .string(checkpoint.format.name),
      "files": strings(checkpoint.files), "tensors": number(summary.items.count), "bytes": number(summary.byteCount),
      "stored_bytes": number(summary.storedByteCount),
    ]
    object["layout"] = layout
    object["architecture"] = summary.mapped.map { .string($0.architecture.name) } ?? .null
    object["parts"] = strings(summary.mapped.map { $0.values.parts.sorted() } ?? [])
    object["hyperparameters"] = .array(
      HyperparameterOrder.sorted(summary.mapped?.values).map {
        ["name": .string($0.name), "value": json($0.entry.value), "origin": .string($0.entry.origin)]
      })
    object["parameters"] = [
      "unique": number(summary.uniqueParameters), "with_ties": number(summary.parametersWithTies),
      "ties": .array(
        summary.ties.map {
          ["parameter": .string($0.parameter), "target": .string($0.target), "elements": number($0.elementCount)]
        }),
    ]
    object["dtypes"] = .array(
      summary.types.map {
        [
          "dtype": .string($0.dtype.rawValue), "tensors": number($0.tensors), "elements": number($0.elements),
          "bytes": number($0.bytes),
        ]
      })
    object["metadata"] = .array(
      checkpoint.metadata.map { ["key": .string($0.key), "value": .string($0.value)] })
    object["notes"] = strings(report.notes)
    object["problems"] = .array(summary.problem.map { [failure($0)] } ?? [])
    object["check"] = check
    object["tensors"] = .array(report.selected.map(tensor))
    return .object(object)
  }

  private var layout: JSONValue {
    var object = JSONObject()
    object["recognised"] = .bool(summary.isRecognised)
    object["names"] = number(summary.items.count)
    if let mapped = summary.mapped {
      object["name"] = .string("\(mapped.architecture.name).\(mapped.layout.name)")
      object["matched"] = number(summary.matchedNames)
      object["prefix"] = mapped.hasPrefix.map { .bool($0) } ?? .null
    }
    if let error = summary.failure { object["failure"] = failure(error) }
    if let nearest = summary.nearest {
      object["nearest"] = [
        "name": .string(nearest.name), "matched": number(nearest.matched),
        "unknown": strings(Array(nearest.unknown.prefix(20))),
      ]
    }
    return .object(object)
  }

  private var check: JSONValue {
    guard let check = report.check else { return .null }
    return [
      "tensors_read": number(check.readable), "zero_tensors": strings(check.zeroTensors),
      "defects": .array(
        check.defects.map {
          ["tensor": $0.tensor.map { .string($0) } ?? .null, "message": .string($0.message)]
        }),
    ]
  }

  private func tensor(_ index: Int) -> JSONValue {
    let item = summary.items[index]
    let info = item.stored.info
    var object = JSONObject()
    object["name"] = .string(info.name)
    object["dtype"] = .string(info.dtype.rawValue)
    object["shape"] = .array(info.shape.map(number))
    object["elements"] = number(info.elementCount)
    object["bytes"] = number(info.byteCount)
    object["stored"] = [
      "file": .string(item.stored.path), "offset": number(item.stored.byteOffset),
      "bytes": number(item.stored.storedByteCount), "compressed": .bool(item.stored.isCompressed),
    ]
    object["use"] = use(item)
    if report.showsStatistics { object["statistics"] = report.statistics[index].map(statistics) ?? .null }
    return .object(object)
  }

  private func use(_ item: ModelSummary.Item) -> JSONValue {
    var object = JSONObject()
    object["kind"] = .string(TensorRemarks.word(for: item.use))
    object["parameters"] = strings(remarks.targets(of: item))
    if case .accounted(let reason) = item.use { object["reason"] = .string(reason) }
    return .object(object)
  }

  private func statistics(_ found: TensorStatistics) -> JSONValue {
    [
      "min": found.minimum.map(double) ?? .null, "max": found.maximum.map(double) ?? .null,
      "mean": found.mean.map(double) ?? .null, "std": found.standardDeviation.map(double) ?? .null,
      "zeros": number(found.zeros), "nan": number(found.nans), "inf": number(found.infinities),
    ]
  }

  private func failure(_ error: LayoutError) -> JSONValue {
    [
      "message": .string(error.message), "details": strings(error.details),
      "hint": error.hint.map { .string($0) } ?? .null,
    ]
  }

  private func json(_ value: Hyperparameter) -> JSONValue {
    if case .double(let number) = value { double(number) } else { value.json }
  }

  /// A number; what JSON has no number for is a string.
  private func double(_ value: Double) -> JSONValue {
    value.isFinite ? .number(JSONNumber(value)) : .string("\(value)")
  }

  private func number(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }

  private func strings(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }
}
