import TensorData
import TensorGraph
import TestSupport
import Testing

@testable import GraphRuntime

/// Every library and vector width that this machine has.
let everyLibrary: [ProductLibrary] =
  [16, 32, 64].filter { $0 <= ProductLibrary.widestVectorBytes }.map { .kernels(vectorBytes: $0) } + [.openBLAS]

/// Products in every library, orientation and type of weight, against the float64 oracle.
@Suite struct ProductLibraryTests {
  private struct Case {
    let rows: Int
    let depth: Int
    let columns: Int
  }

  /// One row, a few, part of a tile, several tiles, several chunks of rows; depths and widths around the blocks' edges.
  private static let cases = [
    Case(rows: 1, depth: 1, columns: 1), Case(rows: 1, depth: 70, columns: 131), Case(rows: 3, depth: 33, columns: 40),
    Case(rows: 4, depth: 400, columns: 300), Case(rows: 1, depth: 1031, columns: 70),
    Case(rows: 3, depth: 2200, columns: 5), Case(rows: 5, depth: 7, columns: 9),
    Case(rows: 33, depth: 65, columns: 97), Case(rows: 130, depth: 385, columns: 50),
    Case(rows: 400, depth: 800, columns: 200),
  ]

  private func probe(_ weight: Tensor, bias: Tensor, _ example: Case) -> OperationProbe {
    OperationProbe(
      parameterAxes: ["y.weight": ["in", "out"], "y.bias": ["out"]],
      sizes: ["in": example.depth, "out": example.columns], tensors: ["y.weight": weight, "y.bias": bias]
    ) { graph in
      _ = graph.linear("y", graph.input("x", .features, axes: ["seq", "in"]))
    }
  }

  @Test(arguments: cases.indices, everyLibrary)
  func productsFollowTheOracle(_ index: Int, _ library: ProductLibrary) throws {
    let example = Self.cases[index]
    var generator = SplitMix64(seed: UInt64(50 + index))
    let x = generator.tensor([example.rows, example.depth])
    let bias = generator.tensor([example.columns])
    for dtype in [DType.f32, .f16, .bf16] {
      let weight = try Cast.convert(generator.tensor([example.depth, example.columns]), to: dtype)
      for stored in [weight, weight.permuted([1, 0]).contiguous().permuted([1, 0])] {
        let probe = probe(stored, bias: bias, example)
        let truth = try probe.value(.f64, [x]).doubles()
        for threads in [1, 3] {
          let found = try probe.value(.f32, [x], threads: threads, products: library)
          // The rounding errors of a sum grow like the root of its length.
          #expect(try worstUlps(found, truth) <= 4 + Double(example.depth).squareRoot() / 2)
        }
      }
    }
  }

  @Test func theKernelsGiveTheSameBitsOnAnyNumberOfThreads() throws {
    var generator = SplitMix64(seed: 60)
    for example in Self.cases {
      let x = generator.tensor([example.rows, example.depth])
      let weight = generator.tensor([example.depth, example.columns])
      let bias = generator.tensor([example.columns])
      for stored in [weight, weight.permuted([1, 0]).contiguous().permuted([1, 0])] {
        let probe = probe(stored, bias: bias, example)
        for library in everyLibrary where library != .openBLAS {
          let one = try probe.value(.f32, [x], threads: 1, products: library)
          for threads in [2, 3, 7] {
            #expect(try probe.value(.f32, [x], threads: threads, products: library).isBitEqual(to: one))
          }
        }
      }
    }
  }

  /// Not with OpenBLAS, whose number of threads other tests set meanwhile; it is compared with the oracle above.
  @Test func weightsOfTwoBytesGiveWhatTheirValuesGiveInFloat32() throws {
    var generator = SplitMix64(seed: 61)
    for example in Self.cases {
      let x = generator.tensor([example.rows, example.depth])
      let bias = generator.tensor([example.columns])
      for dtype in [DType.f16, .bf16] {
        let half = try Cast.convert(generator.tensor([example.depth, example.columns]), to: dtype)
        let whole = try Cast.convert(half, to: .f32)
        for library in everyLibrary where library != .openBLAS {
          let found = try probe(half, bias: bias, example).value(.f32, [x], products: library)
          #expect(try probe(whole, bias: bias, example).value(.f32, [x], products: library).isBitEqual(to: found))
        }
      }
    }
  }

  /// Few rows read weights that are columns of one matrix together; copies of them lie apart.
  @Test(arguments: [1, 3, 6], [DType.f32, .bf16])
  func columnsOfOneMatrixGiveWhatTheyGiveAlone(rows: Int, dtype: DType) throws {
    let (depth, columns) = (210, 37)
    let names = ["a", "b", "c"]
    var generator = SplitMix64(seed: 64)
    let matrix = try Cast.convert(generator.tensor([depth, names.count, columns]), to: dtype)
    let embeddings = generator.tensor([rows, depth])
    var axes = ["table.weight": ["vocab", "in"]]
    for name in names { (axes["\(name).weight"], axes["\(name).bias"]) = (["in", "out"], ["out"]) }
    var graph = Graph(parameterAxes: axes, sizes: ["vocab": rows, "in": depth, "out": columns])
    let x = graph.embedding("table", graph.input("ids", .tokens, axes: ["seq"]))
    for name in names { graph.output(name, .states, graph.linear(name, x)) }
    var together = ParameterTable(tensors: ["table.weight": embeddings])
    for (index, name) in names.enumerated() {
      together.tensors["\(name).weight"] = matrix.selecting(index, onAxis: 1)
      together.tensors["\(name).bias"] = generator.tensor([columns])
    }
    let apart = ParameterTable(tensors: together.tensors.mapValues { $0.contiguous() })
    let inputs = ["ids": Tensor(.i64, [rows], Array(0..<Int64(rows)))]
    for library in everyLibrary where library != .openBLAS {
      let results = try [together, apart].map { table in
        try GraphExecutor(graph, parameters: table, precision: .f32, threads: 2, products: library).run(inputs: inputs)
      }
      for name in names { #expect(sameBits(results[0][name], results[1][name])) }
    }
  }

  @Test(arguments: everyLibrary)
  func sumsOverNothingAreTheBias(_ library: ProductLibrary) throws {
    var generator = SplitMix64(seed: 62)
    let example = Case(rows: 2, depth: 0, columns: 3)
    let bias = generator.tensor([3])
    let empty = Tensor(.f32, [0, 3], [Float]())
    let found = try probe(empty, bias: bias, example).value(.f32, [Tensor(.f32, [2, 0], [Float]())], products: library)
    #expect(try found.floats() == bias.floats() + bias.floats())
  }

  /// With our own kernels: the bits of OpenBLAS depend on how many threads it has.
  @Test func manyCallersAtOnceGetTheSameBits() async throws {
    let library = ProductLibrary.kernels(vectorBytes: ProductLibrary.widestVectorBytes)
    var generator = SplitMix64(seed: 63)
    let example = Case(rows: 130, depth: 200, columns: 300)
    let x = generator.tensor([example.rows, example.depth])
    let probe = probe(
      generator.tensor([example.depth, example.columns]), bias: generator.tensor([example.columns]), example)
    let expected = try probe.value(.f32, [x], threads: 1, products: library)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for threads in 1...8 {
        group.addTask {
          for _ in 0..<20 {
            let found = try probe.value(.f32, [x], threads: threads, products: library)
            guard found.isBitEqual(to: expected) else { return false }
          }
          return true
        }
      }
      for try await isEqual in group { #expect(isEqual) }
    }
  }
}
