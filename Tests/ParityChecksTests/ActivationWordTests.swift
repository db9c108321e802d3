import Architectures
import StrictJSON
import TensorData
import TensorGraph
import TestSupport
import Testing

@testable import GraphRuntime

/// The words of configurations for activation functions, and the functions that the reference code computes for them.
@Suite struct ActivationWords {
  private static let inputs = [-11.5, -3.25, -1.0, -0.125, 0.0, 0.75, 2.5, 12.5]

  // swift-format-ignore
  /// `ACT2FN[word]` of transformers 4.57 (`hardswish`: `torch.nn.Hardswish`, as in version 5) at the inputs, with PyTorch 2 in float64.
  private static let reference: [String: [Double]] = [
    "gelu": [-0.0, -0.0018753313877699906, -0.15865525393145702, -0.056282721896235885, 0.0, 0.5800294857173489, 2.4844758366855597, 12.5],
    "gelu_10": [-0.0, -0.0018753313877699906, -0.15865525393145702, -0.056282721896235885, 0.0, 0.5800294857173489, 2.4844758366855597, 10.0],
    "gelu_fast": [-0.0, -0.0015686271447904326, -0.15880800939252304, -0.056282801375798795, 0.0, 0.5799605551650409, 2.4849157339097268, 12.5],
    "gelu_new": [-0.0, -0.0015686271447474948, -0.1588080093917233, -0.05628280137577661, 0.0, 0.5799605551656203, 2.484915733910001, 12.5],
    "gelu_python": [-0.0, -0.0018753313877699906, -0.15865525393145707, -0.05628272189623589, 0.0, 0.5800294857173488, 2.4844758366855597, 12.5],
    "gelu_pytorch_tanh": [-0.0, -0.0015686271447474948, -0.15880800939172324, -0.05628280137577661, 0.0, 0.5799605551656203, 2.484915733910001, 12.5],
    "gelu_python_tanh": [-0.0, -0.0015686271447474948, -0.1588080093917233, -0.05628280137577661, 0.0, 0.5799605551656203, 2.484915733910001, 12.5],
    "gelu_accurate": [-0.0, -0.0015686271447474948, -0.1588080093917233, -0.05628280137577661, 0.0, 0.5799605551656203, 2.484915733910001, 12.5],
    "hardswish": [-0.0, -0.0, -0.3333333333333333, -0.059895833333333336, 0.0, 0.46875, 2.2916666666666665, 12.5],
    "laplace": [0.0, 0.0, 7.173726057629892e-10, 0.0015902055191724385, 0.006094459617935588, 0.5604268865308244, 0.9999999998962167, 1.0],
    "leaky_relu": [-0.115, -0.0325, -0.01, -0.00125, 0.0, 0.75, 2.5, 12.5],
    "linear": [-11.5, -3.25, -1.0, -0.125, 0.0, 0.75, 2.5, 12.5],
    "mish": [-0.00011649548632617436, -0.12357485345218236, -0.30340146137410895, -0.06997990718000248, 0.0, 0.6100183352182934, 2.471392304557881, 12.499999999652804],
    "quick_gelu": [-3.632887462024032e-08, -0.01281937952193459, -0.1542042340671787, -0.05587652662189535, 0.0, 0.5863900575346379, 2.46501383495143, 12.499999992800623],
    "relu": [0.0, 0.0, 0.0, 0.0, 0.0, 0.75, 2.5, 12.5],
    "relu2": [0.0, 0.0, 0.0, 0.0, 0.0, 0.5625, 6.25, 156.25],
    "relu6": [0.0, 0.0, 0.0, 0.0, 0.0, 0.75, 2.5, 6.0],
    "sigmoid": [1.0129990980873921e-05, 0.03732688734412946, 0.2689414213699951, 0.46879062662624377, 0.5, 0.679178699175393, 0.9241418199787566, 0.9999962733607158],
    "silu": [-0.0001164948962800501, -0.12131238386842075, -0.2689414213699951, -0.05859882832828047, 0.0, 0.5093840243815447, 2.3103545499468914, 12.499953417008948],
    "swish": [-0.0001164948962800501, -0.12131238386842075, -0.2689414213699951, -0.05859882832828047, 0.0, 0.5093840243815447, 2.3103545499468914, 12.499953417008948],
    "tanh": [-0.9999999997947624, -0.996997635486526, -0.7615941559557649, -0.12435300177159621, 0.0, 0.6351489523872873, 0.9866142981514303, 0.9999999999722241],
  ]

  private func values(_ architecture: any Architecture.Type, _ layout: String, _ key: String, _ word: String) throws
    -> Hyperparameters
  {
    var object = JSONObject()
    object[key] = .string(word)
    let found = architecture.layout(named: layout)
    return try #require(found).config.read(object, file: "config.json")
  }

  private func computed(_ function: String, _ precision: Precision) throws -> [Double] {
    let activation = try #require(Activation(rawValue: function))
    var graph = Graph(parameterAxes: [:], sizes: [:])
    let x = graph.input("x", .features, axes: ["n"])
    _ = graph.activation("y", x, activation)
    let executor = try GraphExecutor(graph, parameters: NoParameters(), precision: precision)
    let input = Tensor(.f64, [ActivationWords.inputs.count], ActivationWords.inputs)
    return try executor.evaluate(node: graph.nodes.count - 1, inputs: [input]).doubles()
  }

  private struct NoParameters: ParameterSource {
    func parameter(named name: String) throws -> Tensor { throw LayoutError(.unmapped, name) }
  }

  @Test(arguments: reference.keys.sorted())
  func everyNameOfTransformersIsTheFunctionThatTransformersComputes(_ word: String) throws {
    let expected = try #require(ActivationWords.reference[word])
    for (architecture, key): (any Architecture.Type, String) in [
      (BERT.self, "hidden_act"), (GPT2.self, "activation_function"), (T5.self, "feed_forward_proj"),
      (T5.self, "dense_act_fn"),
    ] {
      let values = try values(architecture, "hf", key, word)
      let function = try #require(values.string("activation"))
      for (precision, tolerance) in [(Precision.f64, 3e-11), (.f32, 1e-7)] {
        for (found, wanted) in zip(try computed(function, precision), expected) {
          #expect(abs(found - wanted) <= tolerance * abs(wanted) + 1e-16, "\(key) = \(word): \(found)")
        }
      }
    }
  }

  @Test(arguments: reference.keys.sorted())
  func aGatedFeedForwardOfT5HasTheFunctionBehindTheDash(_ word: String) throws {
    let gated = try values(T5.self, "hf", "feed_forward_proj", "gated-\(word)")
    #expect(gated.flag("is_gated"))
    // transformers, configuration_t5.py: "gated-gelu" alone means gelu_new.
    let plain = try values(T5.self, "hf", "feed_forward_proj", word == "gelu" ? "gelu_new" : word)
    #expect(!plain.flag("is_gated"))
    #expect(gated["activation"] == plain["activation"])
  }

  @Test(arguments: ["prelu", "xielu", "sqrtsoftplus", "glu", "gelu_bert", "elu", "Gelu", "gated-elu"])
  func aFunctionThatIsNotKnownIsRefusedByNameAndNothingIsProposed(_ word: String) throws {
    for (architecture, key): (any Architecture.Type, String) in [
      (BERT.self, "hidden_act"), (GPT2.self, "activation_function"), (T5.self, "feed_forward_proj"),
    ] {
      let error = #expect(throws: LayoutError.self) { _ = try values(architecture, "hf", key, word) }
      #expect(error?.message == "config.json: \(key) = \"\(word)\" is not known")
      let hint = try #require(error?.hint)
      #expect(!hint.contains("--set") && !hint.contains("did you mean"))
    }
  }

  @Test func whatFlaxAndTensorFlowDoNotKnowIsRefusedThere() throws {
    // transformers 4.57: modeling_flax_utils.py and activations_tf.py have shorter lists than activations.py.
    for (layout, words) in [
      ("flax", ["gelu_10", "gelu_fast", "mish", "relu6", "sigmoid"]),
      ("tf2", ["relu2", "laplace", "gelu_pytorch_tanh"]),
      ("tf2-h5", ["relu2", "linear", "leaky_relu"]),
    ] {
      for word in words {
        #expect(throws: LayoutError.self, "\(layout) \(word)") { try values(BERT.self, layout, "hidden_act", word) }
        #expect(throws: LayoutError.self) { try values(GPT2.self, layout, "activation_function", word) }
        #expect(throws: LayoutError.self) { try values(T5.self, layout, "feed_forward_proj", "gated-\(word)") }
      }
    }
  }

  @Test func whatALayoutHasNoWordForIsNotSaidWithAnotherWord() throws {
    // Every function into every dialect: what is read back is the function, or it is kept apart and told.
    for architecture in ArchitectureRegistry.all {
      for layout in architecture.layouts {
        for activation in Activation.allCases {
          var base = JSONObject()
          let key = layout.config.keys.first {
            ["hidden_act", "activation_function", "dense_act_fn"].contains($0.name)
          }
          if let key, layout.config.section == nil { base[key.name] = "gelu" }
          var values = Hyperparameters()
          for (name, value) in layout.config.implied { values.set(name, value, origin: "fixed") }
          values.set("activation", .string(activation.rawValue), origin: "test")
          values.set("is_gated", .bool(false), origin: "test")
          let written = layout.configuration(of: architecture, values, base: base)
          let back = try layout.config.read(written.object, file: layout.config.fileName)
          let name = "\(architecture.name).\(layout.name) \(activation.rawValue)"
          #expect(back["activation"] == .string(activation.rawValue), "\(name)")
          #expect(
            written.unsaid.contains("activation") == (written.object["tfconv"]?["activation"] != nil), "\(name)")
        }
      }
    }
  }
}
