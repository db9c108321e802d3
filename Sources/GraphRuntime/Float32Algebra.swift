import CKernels
import TensorData
import TensorGraph

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Operations on named axes in single precision.
extension Float32Backend {
  /// Products of matrices, one for each place of the axes that both values keep.
  static func contract(_ context: NodeContext, _ inputs: [Tensor]) throws -> Tensor {
    let sizes = try context.sizes(of: inputs)
    let (first, second, result) = (context.axes(ofInput: 0), context.axes(ofInput: 1), context.axes)
    let shared = first.filter { second.contains($0) && result.contains($0) }
    let summed = first.filter { second.contains($0) && !result.contains($0) }
    let rowAxes = first.filter { !second.contains($0) }
    let columnAxes = second.filter { !first.contains($0) }
    func count(_ axes: [String]) -> Int { axes.reduce(1) { $0 * (sizes[$1] ?? 1) } }
    let (batch, rows, depth, columns) = (count(shared), count(rowAxes), count(summed), count(columnAxes))
    let a = context.broadcast(inputs[0], input: 0, along: shared + rowAxes + summed, sizes: sizes).float32
    let b = context.broadcast(inputs[1], input: 1, along: shared + summed + columnAxes, sizes: sizes).float32
    let order = shared + rowAxes + columnAxes
    let product = context.float32(order.map { sizes[$0] ?? 1 }) { y in
      guard let a = a.values.baseAddress, let b = b.values.baseAddress else {
        return y.update(repeating: 0, count: batch * rows * columns)
      }
      Parallel.rows(batch * rows, threads: context.threads, work: depth * columns) { part in
        for row in part {
          let sum = y + row * columns
          sum.update(repeating: 0, count: columns)
          let matrix = b + row / rows * depth * columns
          for k in 0..<depth {
            let (factor, line) = (a[row * depth + k], matrix + k * columns)
            for column in 0..<columns { sum[column] += factor * line[column] }
          }
        }
      }
    }
    return order == result ? product : product.permuted(result.map { order.firstIndex(of: $0) ?? 0 }).contiguous()
  }

  /// The softmax along the last axis over the places that count.
  static func softmax(_ context: NodeContext, _ inputs: [Tensor], hasMask: Bool) throws -> Tensor {
    let marks = try context.marks(inputs, mask: 1, along: context.axes, hasMask: hasMask)
    let x = inputs[0].float32
    let width = max(x.shape.last ?? 1, 1)
    return context.float32(inputs[0].shape) { y in
      guard let x = x.values.baseAddress else { return }
      Parallel.rows(inputs[0].elementCount / width, threads: context.threads, work: width * 16) { part in
        for row in part {
          let (source, target) = (x + row * width, y + row * width)
          let counted = (0..<width).filter { marks?[row * width + $0] ?? true }
          guard !counted.isEmpty else {
            target.update(repeating: 1 / Float(width), count: width)
            continue
          }
          // Those that count go to the front, and after the softmax from behind to their places.
          for (front, place) in counted.enumerated() { target[front] = source[place] }
          tfconv_softmax(target, 1, counted.count)
          var behind = width
          for (front, place) in counted.enumerated().reversed() {
            target[place] = target[front]
            (target + place + 1).update(repeating: 0, count: behind - place - 1)
            behind = place
          }
          target.update(repeating: 0, count: behind)
        }
      }
    }
  }

  /// The mean along an axis over the places that count, summed in double precision.
  static func mean(_ context: NodeContext, _ inputs: [Tensor], axis: String, hasMask: Bool) throws -> Tensor {
    let axes = context.axes + [axis]
    let marks = try context.marks(inputs, mask: 1, along: axes, hasMask: hasMask)
    let sizes = try context.sizes(of: inputs)
    let x = context.broadcast(inputs[0], input: 0, along: axes, sizes: sizes).float32
    let width = sizes[axis] ?? 0
    return context.float32(Array(x.shape.dropLast())) { y in
      Parallel.rows(x.shape.dropLast().reduce(1, *), threads: context.threads, work: width) { part in
        for place in part {
          var (sum, counted) = (0.0, 0)
          for index in place * width..<(place + 1) * width where marks?[index] ?? true {
            sum += Double(x.values[index])
            counted += 1
          }
          y[place] = counted == 0 ? 0 : Float(sum / Double(counted))
        }
      }
    }
  }

  /// Sine waves at positions: a table of frequencies, then a product and a sine for each.
  static func sinusoid(_ context: NodeContext, _ positions: Tensor, _ options: SinusoidOptions) throws -> Tensor {
    let numbers = try positions.doubles()
    let width = context.node.axes.last.flatMap { context.graph.sizes[$0] } ?? 0
    let half = (width + 1) / 2
    let last = options.reachesBase ? Double(max(width / 2 - 1, 1)) : Double(max(width, 2)) / 2
    let frequencies = (0..<half).map { exp(-log(10_000.0) * Double($0) / last) }
    return context.float32(positions.shape + [width]) { y in
      for (row, position) in numbers.enumerated() {
        for wave in 0..<half {
          // Sine and cosine of one angle, each at its place; an odd width has no last cosine.
          let angle = position * frequencies[wave]
          let (sine, cosine) = options.isInterleaved ? (2 * wave, 2 * wave + 1) : (wave, half + wave)
          y[row * width + sine] = Float(sin(angle))
          if cosine < width { y[row * width + cosine] = Float(cos(angle)) }
        }
      }
    }
  }

  /// Scores by key out of scores by distance: in each row a window that moves by one.
  static func relativeShift(_ context: NodeContext, _ x: Tensor, isBidirectional: Bool) throws -> Tensor {
    let keys = try context.shiftedKeys(x, isBidirectional: isBidirectional)
    let (queries, distances) = (x.shape[x.shape.count - 2], x.shape[x.shape.count - 1])
    let elements = x.float32
    return context.float32(x.shape.dropLast() + [keys]) { y in
      guard let source = elements.values.baseAddress, distances > 0, queries > 0 else { return }
      for row in 0..<elements.values.count / distances {
        let first = queries - row % queries - (isBidirectional ? 0 : 1)
        let (line, target) = (source + row * distances, y + row * keys)
        let count = max(0, min(keys, distances - first))
        target.update(from: line + first, count: count)
        (target + count).update(repeating: 0, count: keys - count)
      }
    }
  }
}
