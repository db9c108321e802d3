import Architectures
import TensorData

extension MappedModel {
  /// The model's tensors as a layout stores them, mapped again: the code that `convert` and every reader use, in memory.
  ///
  /// - Parameter layout: the layout to write.
  /// - Returns: what was written, read back.
  /// - Throws: `LayoutError` if the layout has no place for something, or does not read back what it wrote.
  func rewritten(in layout: Layout) throws -> MappedModel {
    var source = MemoryTensors()
    for target in try layout.targets(of: self) {
      let dtype = try parameter(named: target.pieces[0].parameter).dtype
      source.add(target.name, try target.tensor(from: self, dtype: dtype))
    }
    return try source.mapped(architecture, values, layout)
  }
}

extension MemoryTensors {
  /// The tensors mapped through a layout, with the configuration that says `values` in its words.
  func mapped(
    _ architecture: any Architecture.Type, _ values: Hyperparameters, _ layout: Layout
  ) throws -> MappedModel {
    let object = layout.configuration(of: architecture, values, base: nil).object
    var request = MappingRequest()
    request.configs = [ConfigFile(name: layout.config.fileName, object: object)]
    request.architecture = architecture.name
    request.layout = layout.name
    return try ModelMapper.map(self, request)
  }
}
