import StrictJSON

/// What the `config.json` of every KerasHub backbone has in common: a serialised Keras object around the arguments.
///
/// Source: keras_hub, `models/backbone.py`; Keras 3, `saving/serialization_lib.py`.
enum KerasHubConfig {
  /// Arguments that do not change what the weights compute.
  static let irrelevant: Set<String> = ["name", "trainable", "dtype", "dropout"]

  /// Keras's names of activations (Keras 3, `activations/activations.py`).
  ///
  /// Its `gelu` is the erf form, the tanh form is a function that KerasHub registers. Its `leaky_relu` has another slope than
  /// PyTorch's and is refused by name.
  static let activations = HFConfig.words([
    ("relu", "relu"), ("relu6", "relu6"), ("gelu", "gelu_erf"), ("keras_hub>gelu_approximate", "gelu_tanh"),
    ("keras_nlp>gelu_approximate", "gelu_tanh"), ("silu", "silu"), ("swish", "silu"), ("hard_silu", "hard_swish"),
    ("hard_swish", "hard_swish"), ("mish", "mish"), ("tanh", "tanh"), ("sigmoid", "sigmoid"), ("linear", "identity"),
  ])

  /// The members around the arguments.
  ///
  /// - Parameters:
  ///   - module: the model's folder, `bert`.
  ///   - name: the beginning of the class's name, `Bert`.
  /// - Returns: the members, with an empty section.
  static func frame(_ module: String, _ name: String) -> JSONObject {
    var frame = JSONObject()
    frame["module"] = .string("keras_hub.src.models.\(module).\(module)_backbone")
    frame["class_name"] = .string("\(name)Backbone")
    frame["config"] = .object(JSONObject())
    frame["registered_name"] = .string("keras_hub>\(name)Backbone")
    return frame
  }

  /// A function as Keras serialises it: its name, or an object for one that a package registers.
  static func function(_ word: String) -> JSONValue {
    guard word.contains(">") else { return .string(word) }
    var object = JSONObject()
    object["module"] = "builtins"
    object["class_name"] = "function"
    object["config"] = .string(word)
    object["registered_name"] = "function"
    return .object(object)
  }
}
