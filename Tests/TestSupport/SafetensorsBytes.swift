public import TensorData

/// Safetensors files put together by hand, so that tests can also make ones that no writer would write.
public enum SafetensorsBytes {
  /// A file with these tensors in this order.
  ///
  /// - Parameters:
  ///   - tensors: names without characters that JSON escapes, and the tensors.
  ///   - metadata: entries of `__metadata__`.
  /// - Returns: the bytes.
  public static func file(_ tensors: [(name: String, tensor: Tensor)], metadata: [(String, String)] = []) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      members.append("\"__metadata__\":{\(metadata.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ","))}")
    }
    var data: [UInt8] = []
    for (name, tensor) in tensors {
      let begin = data.count
      tensor.withUnsafeBytes { data += $0 }
      members.append(
        "\"\(name)\":{\"dtype\":\"\(tensor.dtype.rawValue)\",\"shape\":[\(tensor.shape.map(String.init).joined(separator: ","))],"
          + "\"data_offsets\":[\(begin),\(data.count)]}")
    }
    return file("{\(members.joined(separator: ","))}", data: data)
  }

  /// A file with this header and these bytes behind it.
  public static func file(_ header: String, data: [UInt8]) -> [UInt8] {
    let header = Array(header.utf8)
    return withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init) + header + data
  }
}
