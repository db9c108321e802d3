import TensorData
import TensorGraph

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Operations on named axes in double precision, each as its definition reads.
extension Float64Backend {
  /// y[kept] = Σ a · b over every axis that is not in the result.
  static func contract(_ context: NodeContext, _ inputs: [Tensor]) throws -> Tensor {
    let sizes = try context.sizes(of: inputs)
    let result = context.axes
    let summed = context.axes(ofInput: 0).filter { !result.contains($0) }
    let shape = result.map { sizes[$0] ?? 1 }
    let count = summed.reduce(1) { $0 * (sizes[$1] ?? 1) }
    let (a, b) = (
      context.broadcast(inputs[0], input: 0, along: result + summed, sizes: sizes).float64,
      context.broadcast(inputs[1], input: 1, along: result + summed, sizes: sizes).float64
    )
    return .float64(shape: shape) { y in
      for place in y.indices {
        var sum = 0.0
        for index in place * count..<(place + 1) * count { sum += a.values[index] * b.values[index] }
        y[place] = sum
      }
    }
  }

  /// exp(x) over its sum, along the last axis; places that do not count give 0, and where none does, all weigh alike.
  static func softmax(_ context: NodeContext, _ inputs: [Tensor], hasMask: Bool) throws -> Tensor {
    let marks = try context.marks(inputs, mask: 1, along: context.axes, hasMask: hasMask)
    let x = inputs[0].float64
    let width = max(x.shape.last ?? 1, 1)
    return .float64(shape: x.shape) { y in
      for first in stride(from: 0, to: y.count, by: width) {
        let places = first..<first + width
        let counted = places.filter { marks?[$0] ?? true }
        for place in places { y[place] = counted.isEmpty ? 1 / Double(width) : 0 }
        let largest = counted.reduce(-.infinity) { max($0, x.values[$1]) }
        let sum = counted.reduce(0) { $0 + exp(x.values[$1] - largest) }
        for place in counted { y[place] = exp(x.values[place] - largest) / sum }
      }
    }
  }

  /// The sum over the places that count, over their number.
  static func mean(_ context: NodeContext, _ inputs: [Tensor], axis: String, hasMask: Bool) throws -> Tensor {
    let axes = context.axes + [axis]
    let marks = try context.marks(inputs, mask: 1, along: axes, hasMask: hasMask)
    let sizes = try context.sizes(of: inputs)
    let x = context.broadcast(inputs[0], input: 0, along: axes, sizes: sizes).float64
    let width = sizes[axis] ?? 0
    return .float64(shape: Array(x.shape.dropLast())) { y in
      for place in y.indices {
        let counted = (place * width..<(place + 1) * width).filter { marks?[$0] ?? true }
        y[place] = counted.isEmpty ? 0 : counted.reduce(0) { $0 + x.values[$1] } / Double(counted.count)
      }
    }
  }

  /// sin(p f) and cos(p f) for the frequencies f = 10,000^(−i / n), i from 0 to n − 1.
  static func sinusoid(_ context: NodeContext, _ positions: Tensor, _ options: SinusoidOptions) throws -> Tensor {
    let numbers = try positions.doubles()
    let width = context.node.axes.last.flatMap { context.graph.sizes[$0] } ?? 0
    // Of an odd width there is one sine more than cosines.
    let sines = (width + 1) / 2
    let steps = options.reachesBase ? Double(width / 2 - 1) : Double(width) / 2
    return .float64(shape: positions.shape + [width]) { y in
      for (index, position) in numbers.enumerated() {
        for wave in 0..<width {
          let isSine = options.isInterleaved ? wave % 2 == 0 : wave < sines
          let frequency = options.isInterleaved ? wave / 2 : isSine ? wave : wave - sines
          let angle = position * pow(10_000, -Double(frequency) / max(steps, 1))
          y[index * width + wave] = isSine ? sin(angle) : cos(angle)
        }
      }
    }
  }

  /// Scores by key out of scores by distance.
  static func relativeShift(_ context: NodeContext, _ x: Tensor, isBidirectional: Bool) throws -> Tensor {
    let keys = try context.shiftedKeys(x, isBidirectional: isBidirectional)
    let (queries, distances) = (x.shape[x.shape.count - 2], x.shape[x.shape.count - 1])
    let elements = x.float64
    return .float64(shape: x.shape.dropLast() + [keys]) { y in
      for row in 0..<(distances == 0 ? 0 : elements.values.count / distances) {
        for key in 0..<keys {
          let column = context.shiftedColumn(
            query: row % queries, key: key, queries: queries, distances: distances, isBidirectional: isBidirectional)
          y[row * keys + key] = column.map { elements.values[row * distances + $0] } ?? 0
        }
      }
    }
  }
}
