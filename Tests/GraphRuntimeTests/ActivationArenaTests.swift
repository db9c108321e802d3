import TensorData
import Testing

@testable import GraphRuntime

@Suite struct ActivationArenaTests {
  @Test func memoryIsUsedAgainOnceItsTensorIsGone() {
    let arena = ActivationArena()
    let first = UnsafeMutableRawPointer(arena.float32([10, 100]).elements)
    let (held, second) = arena.float32([1000])
    #expect(UnsafeMutableRawPointer(second) == first)
    let third = UnsafeMutableRawPointer(arena.float32([1000]).elements)
    #expect(third != first)
    #expect(held.byteCount == 4000)
  }

  @Test func tensorsOutliveTheArena() throws {
    var arena: ActivationArena? = ActivationArena()
    let (tensor, elements) = try #require(arena).float32([3])
    elements.update(repeating: 2, count: 3)
    arena = nil
    #expect(try tensor.floats() == [2, 2, 2])
  }

  @Test func sizesAreRoundedToAFew() {
    let arena = ActivationArena()
    let places = Set((8_100...8_190).map { UnsafeMutableRawPointer(arena.float32([$0]).elements) })
    #expect(places.count == 1)
    let (empty, _) = arena.float32([0, 5])
    #expect(empty.byteCount == 0)
  }
}
