import ModelConversion
import TensorData
import Testing

@Suite struct ModuleTreeTests {
  private func tree(_ names: [(String, [Int])]) -> ModuleTree {
    ModuleTree(
      names.map { name, shape in
        let count = shape.reduce(1, *)
        return .init(name: name, dtype: .f32, shape: shape, parameterCount: count, byteCount: 4 * count)
      })
  }

  /// A model of `layers` equal layers in the order in which safetensors files sort names.
  private func model(layers: Int) -> ModuleTree {
    var names = [("wte.weight", [7, 2])]
    for layer in (0..<layers).sorted(by: { "\($0)" < "\($1)" }) {
      names += [
        ("h.\(layer).attn.weight", [2, 6]), ("h.\(layer).attn.bias", [6]), ("h.\(layer).ln_1.weight", [2]),
        ("h.\(layer).mlp.up.weight", [2, 8]), ("h.\(layer).mlp.down.weight", [8, 2]),
      ]
    }
    return tree(names)
  }

  private func labels(_ rows: [ModuleTree.Row]) -> [String] {
    rows.map { String(repeating: " ", count: $0.level) + $0.label }
  }

  @Test func equalLayersAreOneRowInTheOrderOfTheirNumbers() throws {
    let rows = model(layers: 12).rows(.modules)
    #expect(labels(rows) == ["wte", "h.0 … 11", " attn", " ln_1", " mlp", "  up", "  down"])
    let layer = try #require(rows.first { $0.label == "h.0 … 11" })
    #expect(layer.count == 12 && layer.parameterCount == 12 + 6 + 2 + 32 && layer.byteCount == 4 * 52)
    #expect(rows.allSatisfy { $0.level == 0 || $0.count == 12 })
    #expect(try #require(rows.first { $0.label == "attn" }).shapes == [[2, 6], [6]])
  }

  @Test func rowsOfTheTopAddUpToTheWhole() {
    for detail in [ModuleTree.Detail.modules, .everyTensor, .parts(1), .parts(2), .parts(3)] {
      let tops = model(layers: 11).rows(detail).filter { $0.level == 0 }
      #expect(tops.reduce(0) { $0 + $1.count * $1.parameterCount } == 14 + 11 * 52)
      #expect(tops.reduce(0) { $0 + $1.count * $1.byteCount } == 4 * (14 + 11 * 52))
    }
  }

  @Test func depthCutsNamesAndTheLargestListsEveryTensor() {
    let tree = model(layers: 3)
    #expect(tree.depth == 5)
    #expect(labels(tree.rows(.parts(1))) == ["wte", "h"])
    #expect(labels(tree.rows(.parts(2))) == ["wte.weight", "h.0 … 2"])
    let all = tree.rows(.everyTensor)
    #expect(all.filter { !$0.shapes.isEmpty }.count == 16)
    #expect(all.allSatisfy { $0.count == 1 })
    #expect(labels(all).filter { $0.hasSuffix("weight") }.count == 13)
  }

  @Test func layersThatDifferAreNotRolledUpTogether() {
    var names: [(String, [Int])] = []
    for layer in 0..<6 { names.append(("block.\(layer).w.kernel", layer == 2 ? [3] : [4])) }
    names.append(("block.8.w.kernel", [4]))
    #expect(labels(tree(names).rows(.parts(2))) == ["block", " 0 … 1", " 2", " 3 … 5", " 8"])
  }

  @Test func theOrderOfTensorsInsideALayerDoesNotMatter() {
    let rows = tree([("l.0.a", [1]), ("l.0.b", [2]), ("l.1.b", [2]), ("l.1.a", [1])]).rows(.parts(2))
    #expect(labels(rows) == ["l.0 … 1"])
  }

  @Test func numberedNamesRollUpOnlyWhereTheyAreLayers() {
    let norms = tree([("ln_1.weight", [2]), ("ln_2.weight", [2]), ("ln_f.weight", [2])])
    #expect(labels(norms.rows(.modules)) == ["ln_1", "ln_2", "ln_f"])
    let layers = tree([("h0/a/w", [2]), ("h0/b/w", [2]), ("h1/a/w", [2]), ("h1/b/w", [2])])
    #expect(labels(layers.rows(.parts(1))) == ["h0 … h1"])
    let files = tree((0..<100).map { ("tensor_\($0)", [2]) })
    #expect(labels(files.rows(.modules)) == ["tensor_0 … tensor_99"])
  }

  @Test func aTensorMayHaveTheNameOfAModule() {
    let rows = tree([("a", [1]), ("a.b", [2]), ("a/b", [3])]).rows(.everyTensor)
    #expect(labels(rows) == ["a", "a", " b", " b"])
    #expect(rows[0].parameterCount == 1 && rows[1].parameterCount == 5)
  }

  @Test func oddNamesAreKept() {
    #expect(labels(tree([("", [1])]).rows(.modules)) == [""])
    #expect(labels(tree([("a..b", [1]), (".", [1])]).rows(.everyTensor)) == ["a..b", "."])
    #expect(tree([]).rows(.modules).isEmpty)
  }

  @Test func siblingsAreSortedAsAskedFor() {
    let tree = tree([("b.x.y.w", [1]), ("a.x.y.w", [3]), ("c.x.y.w", [2])])
    #expect(labels(tree.rows(.parts(1))) == ["b", "a", "c"])
    #expect(labels(tree.rows(.parts(1), order: .name)) == ["a", "b", "c"])
    #expect(labels(tree.rows(.parts(1), order: .parameters)) == ["a", "c", "b"])
  }

  @Test func whatDoesNotFitIsCutByPartsOfNames() {
    let tree = tree((0..<50).flatMap { a in (0..<50).map { b in ("m\(a)x.n\(b)x.w", [a * 50 + b + 1]) } })
    #expect(tree.rowsThatFit(60).count == 50)
    #expect(tree.rowsThatFit(60).allSatisfy { $0.level == 0 })
    #expect(tree.rowsThatFit(10).count == 11)
    #expect(tree.rowsThatFit(5000).count == 50 + 2500)
  }
}
