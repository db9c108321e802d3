// Opens a GPT-2 checkpoint in any format and layout, runs it on a few token ids, and prints the likeliest next token.
import Architectures
import GraphRuntime
import ModelConversion
import TensorData

let path = CommandLine.arguments.dropFirst().first ?? "fixtures/models/gpt2-tatoeba-tiny"
let prompt: [Int64] = [0, 41, 521, 395, 268]  // the demo model's tokens of "<|endoftext|>I would like to"

let model = try Model.open(path).mapped()
print("\(path): \(model.architecture.name).\(model.layout.name), \(model.parameters.count) parameters")

let ids = Tensor(dtype: .i64, shape: [1, prompt.count]) { bytes in
  prompt.withUnsafeBytes { bytes.copyMemory(from: $0) }
}
let executor = try GraphExecutor(model.graph(), parameters: model, precision: .f32)
let outputs = try executor.run(inputs: ["input_ids": ids], outputs: ["logits"])
guard let logits = outputs["logits"] else { fatalError("the output that was asked for is always there") }

let last = try logits.selecting(0, onAxis: 0).selecting(prompt.count - 1, onAxis: 0).floats()
guard let best = last.indices.max(by: { last[$0] < last[$1] }) else { fatalError("a vocabulary is never empty") }
print("after \(prompt.map(String.init).joined(separator: " ")): token \(best), logit \(last[best])")
