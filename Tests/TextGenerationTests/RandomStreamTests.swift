import TensorData

import Testing

@testable import TextGeneration

@Suite struct RandomStreamTests {
  @Test func splitMixGivesThePublishedNumbers() {
    var generator = SplitMix64(seed: 1_234_567)
    let numbers = (0..<5).map { _ in generator.next() }
    #expect(
      numbers == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
      ])
  }

  @Test func xoshiroGivesThePublishedNumbers() {
    var stream = RandomStream(state: (1, 2, 3, 4))
    let numbers = (0..<6).map { _ in stream.next() }
    #expect(
      numbers == [
        11520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360, 607_988_272_756_665_600,
      ])
  }

  @Test func aSeedFixesTheStream() {
    var stream = RandomStream(seed: 42)
    let numbers = (0..<4).map { _ in stream.next() }
    #expect(
      numbers == [
        1_546_998_764_402_558_742, 6_990_951_692_964_543_102, 12_544_586_762_248_559_009, 17_057_574_109_182_124_193,
      ])
    #expect(RandomStream(seed: 42) == RandomStream(seed: 42))
    #expect(RandomStream(seed: 42) != RandomStream(seed: 43))
  }

  @Test func unitNumbersAreTheUpper53Bits() {
    var bits = RandomStream(seed: 7)
    var units = RandomStream(seed: 7)
    for _ in 0..<1000 {
      let unit = units.nextUnit()
      #expect(unit == Double(bits.next() >> 11) / 9_007_199_254_740_992)
      #expect(unit >= 0 && unit < 1)
    }
  }
}
