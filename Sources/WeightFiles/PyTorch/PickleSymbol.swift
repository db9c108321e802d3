internal import TensorData

/// The classes and functions that may stand in a PyTorch checkpoint, by name; nothing is looked up or imported.
enum PickleSymbol: Sendable, Equatable {
  /// `collections.OrderedDict` and the like, whose objects are dictionaries.
  case dictionary
  case set
  /// `torch.Size`, whose objects are tuples.
  case size
  /// A class of storages with elements of one type.
  case storage(DType)
  /// A storage that counts bytes.
  case untypedStorage
  /// A class of storages, or an element type, that cannot be represented.
  case unsupportedType(String)
  /// An element type such as `torch.float8_e4m3fn`.
  case elementType(DType)
  /// `torch._utils._rebuild_tensor`: storage, offset, sizes, strides.
  case rebuildTensor
  /// `torch._utils._rebuild_tensor_v2`: the same, whether it has a gradient, hooks, and perhaps flags.
  case rebuildTensor2
  /// `torch._utils._rebuild_tensor_v3`: the same, with the element type before the flags.
  case rebuildTensor3
  /// `torch._utils._rebuild_parameter`: a tensor, and more that does not matter here.
  case rebuildParameter
  /// `torch._tensor._rebuild_from_type_v2`: a function, a class, its arguments, and attributes.
  case rebuildFromType
  /// The plain classes of tensors.
  case tensorClass
  /// A function that makes a tensor of a kind that cannot be represented.
  case unsupportedTensor(String)
  /// A class or function whose objects hold no weights and are passed over.
  case opaque(String)

  /// Whether a call of it makes a tensor.
  var makesTensor: Bool {
    switch self {
    case .rebuildTensor, .rebuildTensor2, .rebuildTensor3, .rebuildParameter, .rebuildFromType, .unsupportedTensor: true
    default: false
    }
  }

  /// What is known of a class or function.
  ///
  /// - Parameters:
  ///   - module: the module's name.
  ///   - name: the name in it, compared whole: a path of attributes is no name.
  /// - Returns: the symbol; nil if it is none that a checkpoint may name.
  static func named(_ module: String, _ name: String) -> PickleSymbol? {
    switch module {
    case "torch", "torch.cuda", "torch.storage": return torchName(module, name)
    case "torch._utils":
      switch name {
      case "_rebuild_tensor": return .rebuildTensor
      case "_rebuild_tensor_v2": return .rebuildTensor2
      case "_rebuild_tensor_v3": return .rebuildTensor3
      case "_rebuild_parameter", "_rebuild_parameter_with_state": return .rebuildParameter
      default:
        return unsupportedTensors.first { $0.name == name }.map { .unsupportedTensor($0.kind) }
      }
    case "torch._tensor": return name == "_rebuild_from_type_v2" ? .rebuildFromType : nil
    case "torch.nn.parameter": return ["Parameter", "Buffer"].contains(name) ? .tensorClass : nil
    case "collections": return collection(name)
    default: return other(module, name)
    }
  }

  private static func torchName(_ module: String, _ name: String) -> PickleSymbol? {
    if name.utf8.contains(UInt8(ascii: ".")) { return nil }
    if name == "UntypedStorage", module != "torch.cuda" { return .untypedStorage }
    if let stem = name.removing(end: "Storage") {
      return storages.first { $0.stem == stem }.map { .storage($0.dtype) } ?? .unsupportedType("torch.\(name)")
    }
    guard module == "torch" else { return nil }
    if let dtype = elementTypes.first(where: { $0.name == name })?.dtype { return .elementType(dtype) }
    if unsupportedTypes.contains(name) { return .unsupportedType("torch.\(name)") }
    switch name {
    case "Size": return .size
    case "Tensor": return .tensorClass
    case "device", "per_tensor_affine", "per_channel_affine", "strided", "sparse_coo", "contiguous_format":
      return .opaque("torch.\(name)")
    default: return nil
    }
  }

  private static func collection(_ name: String) -> PickleSymbol? {
    switch name {
    case "OrderedDict", "defaultdict", "Counter": .dictionary
    case "deque": .opaque("collections.deque")
    default: nil
    }
  }

  private static func other(_ module: String, _ name: String) -> PickleSymbol? {
    switch module {
    case "builtins", "__builtin__":
      if name == "set" || name == "frozenset" { return .set }
      return builtinTypes.contains(name) ? .opaque("\(module).\(name)") : nil
    case "torch.serialization": return name == "_get_layout" ? .opaque("torch.layout") : nil
    case "numpy.core.multiarray", "numpy._core.multiarray":
      return name == "scalar" ? .opaque("numpy.scalar") : nil
    case "numpy": return numpyTypes.contains(name) ? .opaque("numpy.\(name)") : nil
    default:
      let isHarmless =
        opaque.contains { $0.module == module && $0.names.contains(name) }
        || (module == "omegaconf" || module.hasPrefix("omegaconf."))
      return isHarmless && !name.utf8.contains(UInt8(ascii: ".")) ? .opaque("\(module).\(name)") : nil
    }
  }

  // MARK: Tables

  /// Classes of storages, without the word Storage. Source: pytorch, torch/storage.py, `_dtype_to_storage_type_map`.
  // swift-format-ignore
  private static let storages: [(stem: String, dtype: DType)] = [
    ("Float", .f32), ("Double", .f64), ("Half", .f16), ("BFloat16", .bf16), ("Long", .i64), ("Int", .i32),
    ("Short", .i16), ("Char", .i8), ("Byte", .u8), ("Bool", .bool), ("ComplexFloat", .c64),
  ]

  /// Element types. Source: pytorch, docs/source/tensor_attributes.rst.
  // swift-format-ignore
  private static let elementTypes: [(name: String, dtype: DType)] = [
    ("float32", .f32), ("float64", .f64), ("float16", .f16), ("bfloat16", .bf16), ("int64", .i64), ("int32", .i32),
    ("int16", .i16), ("int8", .i8), ("uint8", .u8), ("bool", .bool), ("complex64", .c64), ("uint16", .u16),
    ("uint32", .u32), ("uint64", .u64), ("float8_e4m3fn", .f8e4m3), ("float8_e5m2", .f8e5m2),
    ("float8_e4m3fnuz", .f8e4m3fnuz), ("float8_e5m2fnuz", .f8e5m2fnuz), ("float8_e8m0fnu", .f8e8m0),
  ]
  private static let unsupportedTypes = [
    "complex128", "complex32", "qint8", "quint8", "qint32", "quint4x2", "quint2x4", "float4_e2m1fn_x2", "bits8",
    "bits16",
  ]

  /// Functions that make tensors with something else than sizes and strides, as torch/_utils.py has them.
  private static let unsupportedTensors: [(name: String, kind: String)] = [
    ("_rebuild_qtensor", "a quantised tensor"), ("_rebuild_sparse_tensor", "a sparse tensor"),
    ("_rebuild_sparse_csr_tensor", "a sparse tensor"), ("_rebuild_nested_tensor", "a nested tensor"),
    ("_rebuild_meta_tensor_no_storage", "a tensor without values (on the device meta)"),
    ("_rebuild_device_tensor_from_numpy", "a tensor of another device, kept as a pickled NumPy array"),
    ("_rebuild_device_tensor_from_cpu_tensor", "a tensor of another device"),
    ("_rebuild_xla_tensor", "a tensor of another device"),
    ("_rebuild_wrapper_subclass", "a tensor of a class of its own"),
  ]

  private static let builtinTypes = [
    "int", "float", "str", "bool", "dict", "list", "tuple", "bytes", "object", "complex", "slice", "range", "bytearray",
    "unicode", "long",
  ]
  private static let numpyTypes = [
    "dtype", "float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8",
    "bool_", "bool",
  ]

  /// Classes of settings and of the standard library that training programs keep beside weights.
  // swift-format-ignore
  private static let opaque: [(module: String, names: [String])] = [
    ("argparse", ["Namespace"]), ("types", ["SimpleNamespace"]), ("_codecs", ["encode"]),
    ("copyreg", ["_reconstructor"]), ("copy_reg", ["_reconstructor"]),
    ("pathlib", ["Path", "PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath"]),
    ("pathlib._local", ["Path", "PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath"]),
    ("datetime", ["datetime", "date", "time", "timedelta", "timezone"]), ("typing", ["Any", "Union", "Optional"]),
    ("numpy.dtypes", ["Float64DType", "Float32DType", "Float16DType", "Int64DType", "Int32DType", "BoolDType"]),
    ("lightning_fabric.utilities.data", ["AttributeDict"]),
    ("lightning.fabric.utilities.data", ["AttributeDict"]), ("pytorch_lightning.utilities.parsing", ["AttributeDict"]),
  ]
}
