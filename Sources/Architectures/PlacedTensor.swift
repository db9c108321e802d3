import TensorData

/// A stored tensor with the row of a layout that it belongs to.
struct PlacedTensor {
  let tensor: TensorInfo
  let row: LayoutRow
  /// The indices in its name that the row has a place for; where one name fits several rows, some may have none.
  let indices: [String: Int]
  /// The stored axes.
  let axes: Axes
  /// The canonical name of its parameter, of the first one if it holds a stack.
  let parameter: String

  init(_ tensor: TensorInfo, _ row: LayoutRow, _ indices: [String: Int]) {
    self.tensor = tensor
    self.row = row
    let holes = row.names.flatMap(\.holes)
    let indices = indices.filter { holes.contains($0.key) }
    self.indices = indices
    axes = row.axes.filled(indices)
    parameter = row.canonical.filled(indices)
  }
}
