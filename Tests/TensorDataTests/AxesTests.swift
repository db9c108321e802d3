import TensorData
import TestSupport
import Testing

@Suite struct AxesTests {
  private let sizes = ["embed": 6, "heads": 2, "head": 3, "qkv": 3]

  @Test(arguments: ["embed", "(heads head) embed", "1 embed", "embed (qkv heads head)", "", "a (b c) (d e f)"])
  func textReadsBackAsItWasWritten(_ text: String) {
    #expect(Axes(parsing: text)?.description == text)
  }

  @Test(arguments: ["(a", "a)", "((a b) c)", "(a (b) c)", "a-b", "A", "()", "a ) b", "( a b)"])
  func malformedTextIsRefused(_ text: String) {
    #expect(Axes(parsing: text) == nil)
  }

  @Test func shapesFollowFromSizes() {
    #expect(("embed (qkv heads head)" as Axes).shape(sizes) == [6, 18])
    #expect(("1 embed" as Axes).shape(sizes) == [1, 6])
    #expect(("embed unknown" as Axes).shape(sizes) == nil)
    #expect(("1 embed" as Axes).names == ["embed"])
  }

  @Test func aPartOfAFusedTensorIsAWindowOnIt() {
    let fused = Tensor(.i32, [6, 18], (0..<108).map { Int32($0) })
    let keys = ("embed (qkv heads head)" as Axes).view(
      of: fused, as: ["heads", "head", "embed"], sizes: sizes, at: ["qkv": 1])
    #expect(keys.storage === fused.storage)
    #expect(keys.shape == [2, 3, 6])
    for h in 0..<2 {
      for d in 0..<3 {
        for e in 0..<6 {
          let element = keys.selecting(h, onAxis: 0).selecting(d, onAxis: 0).selecting(e, onAxis: 0)
          #expect(element.elements(as: Int32.self) == [Int32(e * 18 + 6 + h * 3 + d)])
        }
      }
    }
  }

  @Test func whatIsViewedIsWrittenBackToTheSamePlace() {
    let fused = Tensor(.i32, [6, 18], (0..<108).map { Int32($0) })
    let axes: Axes = "embed (qkv heads head)"
    let copy = Tensor(dtype: .i32, shape: [6, 18]) { bytes in
      for part in 0..<3 {
        let order = ["head", "embed", "heads"]
        let view = axes.view(of: fused, as: order, sizes: sizes, at: ["qkv": part]).contiguous()
        let place = axes.placement(of: order, sizes: sizes, at: ["qkv": part])
        Rearrange.copy(
          view, into: UnsafeMutableRawBufferPointer(rebasing: bytes[(place.offset * 4)...]), strides: place.strides)
      }
    }
    #expect(copy.isBitEqual(to: fused))
  }

  @Test func constantAxesAreSkipped() {
    let stored = Tensor(.i32, [1, 6], (0..<6).map { Int32($0) })
    let view = ("1 embed" as Axes).view(of: stored, as: ["embed"], sizes: sizes, at: [:])
    #expect(view.shape == [6])
    #expect(view.isBitEqual(to: stored.reshaped([6])))
  }
}
