import TensorData
import TestSupport
import Testing

@testable import Architectures

/// What training leaves beside the weights, in the words of the programs that wrote checkpoints.
@Suite struct OptimizerNames {
  // swift-format-ignore
  /// Per writer: what stands beside every variable, and the counters.
  private static let writers: [(writer: String, layout: String, model: String, slots: [String], counters: [String])] = [
    ("google-research/bert optimization.py", "tf1", "bert pooler+mlm+nsp", ["{}/adam_m", "{}/adam_v"], ["global_step"]),
    ("LAMB of ymcui and TencentARC", "tf1", "bert pooler", ["{}/lamb_m", "{}/lamb_v"], ["global_step"]),
    ("tf.train.AdamOptimizer", "tf1", "gpt2 lm", ["{}/Adam", "{}/Adam_1"], ["beta1_power", "beta2_power", "global_step"]),
    ("tf.train.AdamOptimizer in a scope", "tf1", "bert mlm", ["train_op/{}/Adam", "train_op/{}/Adam_1"], ["train_op/beta1_power"]),
    ("tf.contrib.opt.AdamWOptimizer", "tf1", "bert pooler", ["{}/AdamW", "{}/AdamW_1"], ["beta1_power_1"]),
    ("tf.train.MomentumOptimizer", "tf1", "gpt2 lm", ["{}/Momentum"], ["global_step"]),
    ("tf.train.RMSPropOptimizer, centered", "tf1", "bert pooler", ["{}/RMSProp", "{}/RMSProp_1", "{}/RMSProp_2"], []),
    ("tensor2tensor adafactor.py", "tf1", "gpt2 lm", ["{}/Adafactor", "{}/Adafactor_1", "{}/Adafactor_2"], ["global_step"]),
    ("mesh_tensorflow optimize.py", "tf1", "t5 lm gated", ["{}_slot_vr", "{}_slot_vc", "{}_slot_m"], ["global_step"]),
    ("NVIDIA DeepLearningExamples, accumulation", "tf1", "bert pooler", ["{}/accum", "{}/accum/{}/accum", "{}/adam_m"], ["local_step", "accum_step", "batch_finite", "loss_scale", "good_steps"]),
    ("Intel and Graphcore, accumulation", "tf1", "bert mlm", ["{}/agrads"], ["global_step", "current_loss_scale"]),
    ("tf.train.ExponentialMovingAverage", "tf1", "bert pooler", ["{}/ExponentialMovingAverage"], ["num_updates"]),
    ("Keras 2", "tf2", "bert mlm", ["Adam/{}/m", "Adam/{}/v"], ["Adam/iter", "Adam/beta_1", "Adam/learning_rate"]),
    ("optax", "flax", "bert pooler", ["opt_state/0/mu/{}", "opt_state/0/nu/{}"], ["opt_state/0/count", "step"]),
    ("t5x", "t5x", "t5 lm gated", ["state/param_states/{}/v_row"], ["state/step"]),
  ]

  @Test(arguments: writers.indices)
  func everythingBesideTheWeightsIsAccountedForByName(index: Int) throws {
    let writer = OptimizerNames.writers[index]
    let sample = try #require(try SampleModels.all(blocks: 2).first { $0.name == writer.model })
    var random = SplitMix64(seed: 3)
    let model = try SampleModels.model(sample.architecture, sample.values, &random)
    let found = model.architecture.layout(named: writer.layout)
    let layout = try #require(found)
    var source = try MemorySource(model, layout)
    let names = source.tensors.map(\.name)
    for name in names {
      for slot in writer.slots {
        source.add(slot.replacing("{}", with: name), random.tensor([3]))
      }
    }
    for counter in writer.counters { source.add(counter, random.tensor([])) }
    var request = MappingRequest()
    request.configs = [SampleModels.config(model.architecture, model.values, layout)]
    let mapped = try ModelMapper.map(source, request)
    #expect(mapped.layout.name == writer.layout, "\(writer.writer)")
    let parameters = Set(mapped.locations.values.map(\.tensor))
    #expect(parameters.isSubset(of: names), "\(writer.writer)")
    for (tensor, use) in mapped.uses where !names.contains(tensor.name) {
      guard case .accounted = use else {
        Issue.record("\(writer.writer): \(tensor.name) is not accounted for")
        continue
      }
    }
    let isAverage = writer.slots.contains { $0.hasSuffix("Average") }
    #expect(mapped.notes.contains { $0.contains("moving averages") } == isAverage)
  }

  @Test func aSlotOfAnUnknownVariableAndACounterOfManyNumbersAreNot() throws {
    let sample = try #require(try SampleModels.all(blocks: 2).first { $0.name == "bert pooler" })
    var random = SplitMix64(seed: 3)
    let model = try SampleModels.model(sample.architecture, sample.values, &random)
    let found = model.architecture.layout(named: "tf1")
    let layout = try #require(found)
    var request = MappingRequest()
    request.configs = [SampleModels.config(model.architecture, model.values, layout)]
    for (name, shape) in [("my_head/kernel/adam_m", [2]), ("global_step", [2, 2]), ("extra/v", [4])] {
      var source = try MemorySource(model, layout)
      source.add(name, random.tensor(shape))
      let error = #expect(throws: LayoutError.self) { try ModelMapper.map(source, request) }
      #expect(error?.details.contains { $0.hasPrefix("no place for \(name)") } == true)
    }
  }

  @Test func leftoversAloneAreNoModel() {
    let tensors = ["global_step", "x/kernel", "x/kernel/adam_m"].map { TensorInfo(name: $0, dtype: .f32, shape: []) }
    #expect(throws: LayoutError.self) { try ModelMapper.map(Nothing(tensors: tensors)) }
    #expect((try? ModelMapper.candidates(for: tensors).first?.matched) == 0)
  }
}

/// Names without values.
private struct Nothing: TensorSource {
  let tensors: [TensorInfo]
  func tensor(named name: String) throws -> Tensor { throw CancellationError() }
}
