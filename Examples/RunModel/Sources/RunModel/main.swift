// Opens a GPT-2 in any format and layout, runs it on token ids, and prints the likeliest next token.
//   RunModel [MODEL [ID ...]]
import Architectures
import Glibc
import GraphRuntime
import ModelConversion
import TensorData

let arguments = CommandLine.arguments.dropFirst()
let path = arguments.first ?? "fixtures/models/gpt2-tatoeba-tiny"
let given = arguments.dropFirst().compactMap(Int64.init)
// Without ids, the demo model's tokens of "<|endoftext|>I would like to".
let prompt = given.isEmpty ? [0, 41, 521, 395, 268] : given

do {
  let model = try Model.open(path).mapped()
  print("\(path): \(model.architecture.name).\(model.layout.name), \(model.parameters.count) parameters")
  let ids = Tensor(dtype: .i64, shape: [1, prompt.count]) { bytes in
    prompt.withUnsafeBytes { bytes.copyMemory(from: $0) }
  }
  let executor = try GraphExecutor(model.graph(), parameters: model, precision: .f32)
  for (_, logits) in try executor.run(inputs: ["input_ids": ids], outputs: ["logits"]) {
    let last = try logits.selecting(0, onAxis: 0).selecting(prompt.count - 1, onAxis: 0).floats()
    let best = last.indices.max { last[$0] < last[$1] } ?? 0
    print("after \(prompt.map(String.init).joined(separator: " ")): token \(best), logit \(last[best])")
  }
} catch {
  print("RunModel: \(error)")
  exit(1)
}
