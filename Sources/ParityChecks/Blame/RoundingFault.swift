import TensorData

/// A way in which values came to a narrower type, other than rounding to nearest with ties to even.
enum RoundingFault: Hashable {
  /// One rule for every value.
  case rule(Rule, DType)
  /// Rounded to one type and then to another: the second rounding sees what the first has left.
  case twice(via: DType, to: DType)

  /// Rules that have been seen, the commonest mistakes first; the raw value is a bit of a set.
  enum Rule: Int, CaseIterable {
    /// The lower bits were left out.
    case cutOff
    /// Numbers below the smallest normal one became zero.
    case flushed
    /// Numbers beyond the range became the largest finite one.
    case saturated
    /// Ties went away from zero, as in adding one half and cutting off.
    case halfAway
    /// Ties went up.
    case halfUp
    /// Ties went towards zero.
    case halfDown
    /// Down, whatever is nearest.
    case downward
    /// Up, whatever is nearest.
    case upward
    /// Away from zero, whatever is nearest.
    case outward
    /// One of the two neighbours, by chance.
    case random
  }

  /// Every way that makes all of the found values out of the expected ones.
  ///
  /// - Parameters:
  ///   - found: the values that are judged.
  ///   - expected: what they were made from, in its own type.
  /// - Returns: the ways, the likeliest first; none if rounding explains nothing, or all was rounded as it should be.
  /// - Throws: `CastError` if the values are no numbers.
  static func all(found: Tensor, expected: Tensor) throws -> [RoundingFault] {
    guard found.shape == expected.shape, FloatGrid(expected.dtype) != nil else { return [] }
    let positions = TensorSample.positions(found.elementCount)
    let sample = (found: TensorSample.gather(found, positions), expected: TensorSample.gather(expected, positions))
    // One number throughout says nothing about how it was rounded.
    guard Set(try sample.found.doubles()).count > 1 else { return [] }
    return try targets(found.dtype, expected.dtype).flatMap { type -> [RoundingFault] in
      var faults: [RoundingFault] = []
      if let part = try narrowed(sample.found, to: type) {
        let candidates = try Obedience(part, sample.expected, type, Rule.allCases).rules
        if !candidates.isEmpty, let whole = try narrowed(found, to: type) {
          faults = try Obedience(whole, expected, type, candidates).faults.map { .rule($0, type) }
        }
      }
      for via in [DType.f32, .bf16, .f16]
      where try isTwofold(sample.found, sample.expected, via, type, provesIt: false)
        && isTwofold(found, expected, via, type, provesIt: true)
      {
        faults.append(.twice(via: via, to: type))
      }
      return faults
    }
  }

  /// The first way that explains all of several tensors; nil if there is none.
  static func common(_ faults: [[RoundingFault]]) -> RoundingFault? {
    let explained = faults.filter { !$0.isEmpty }
    return explained.first?.first { fault in explained.allSatisfy { $0.contains(fault) } }
  }

  /// What it is called.
  var diagnosis: Diagnosis {
    switch self {
    case .rule(.random, let type):
      Diagnosis(
        .rounded,
        "was rounded to \(type.rawValue) at random: every value is one of its two neighbours, often the farther",
        .measured)
    case .rule(let rule, let type): Diagnosis(.rounded, "was \(rule.words(type))")
    case .twice(let via, let type):
      Diagnosis(.rounded, "was rounded twice, to \(via.rawValue) and then to \(type.rawValue)")
    }
  }

  /// The types that the values may have come through: their own if it is another, or narrower ones that hold them all.
  private static func targets(_ found: DType, _ expected: DType) -> [DType] {
    if found != expected { return FloatGrid(found) == nil ? [] : [found] }
    return [DType.bf16, .f16, .f8e4m3, .f8e5m2].filter { $0.bitWidth < found.bitWidth }
  }

  /// The values in a type that holds all of them; nil if it does not.
  private static func narrowed(_ tensor: Tensor, to type: DType) throws -> Tensor? {
    if tensor.dtype == type { return tensor }
    let narrow = try Cast.convert(tensor, to: type)
    return TensorSample.holdsSame(try Cast.convert(narrow, to: tensor.dtype), tensor) ? narrow : nil
  }

  /// Whether the values were rounded to two types in turn; `provesIt` asks that neither type alone gives them.
  private static func isTwofold(
    _ found: Tensor, _ expected: Tensor, _ via: DType, _ type: DType, provesIt: Bool
  ) throws -> Bool {
    guard via != type, via != expected.dtype, via.bitWidth < expected.dtype.bitWidth else { return false }
    let first = try Cast.convert(expected, to: via)
    func isFound(_ tensor: Tensor) throws -> Bool {
      TensorSample.holdsSame(try Cast.convert(tensor, to: found.dtype), found)
    }
    guard try isFound(Cast.convert(first, to: type)) else { return false }
    return try !provesIt || !isFound(Cast.convert(expected, to: type)) && (found.dtype == type || !isFound(first))
  }

  /// The rules that a whole tensor obeys.
  private struct Obedience {
    /// The rules that every value obeys.
    private(set) var rules: [Rule]
    private var inexact = 0
    private var farther = 0

    /// Holds the values of a type to the given rules.
    init(_ found: Tensor, _ expected: Tensor, _ type: DType, _ candidates: [Rule]) throws {
      rules = candidates
      guard let grid = FloatGrid(type) else {
        rules = []
        return
      }
      for (value, result) in zip(try expected.doubles(), try found.doubles()) {
        guard value.isFinite else {
          guard value == result || value.isNaN && result.isNaN else {
            rules = []
            return
          }
          continue
        }
        let choice = Choice(value, grid)
        if !rules.allSatisfy({ choice.allows(result, under: $0) }) {
          rules = rules.filter { choice.allows(result, under: $0) }
          if rules.isEmpty { return }
        }
        if choice.low != choice.high { inexact += 1 }
        if result.magnitude != choice.nearest, choice.nearest <= grid.greatest || result.isFinite { farther += 1 }
      }
    }

    /// The rules that are no rounding to nearest, as some value must show.
    ///
    /// Nearly all rounded to nearest, and few values that are their other neighbour, is no rounding at random.
    var faults: [Rule] {
      guard farther > 0 else { return [] }
      let isRandom = inexact >= 32 && farther * 10 >= inexact && farther * 2 <= inexact
      return rules.filter { $0 != .random || isRandom }
    }
  }

  /// The two numbers of a grid that a value lies between.
  private struct Choice {
    let value: Double
    let grid: FloatGrid
    /// The magnitudes of the neighbours; equal if the value lies on the grid.
    let low: Double
    let high: Double
    /// Which of them is nearest, ties to even.
    let nearest: Double
    let isTie: Bool

    init(_ value: Double, _ grid: FloatGrid) {
      let unit = grid.unit(at: value)
      let count = (value.magnitude / unit).rounded(.down)
      let rest = value.magnitude - count * unit
      self.value = value
      self.grid = grid
      low = count * unit
      high = rest == 0 ? low : low + unit
      isTie = rest == unit / 2
      nearest = rest < unit / 2 || isTie && count.truncatingRemainder(dividingBy: 2) == 0 ? low : high
    }

    func allows(_ result: Double, under rule: Rule) -> Bool {
      if rule == .random { return isResult(result, low) || isResult(result, high) }
      return isResult(result, magnitude(under: rule), saturates: rule == .saturated || rule == .cutOff)
    }

    private func magnitude(under rule: Rule) -> Double {
      let isNegative = value < 0
      switch rule {
      case .cutOff: return low
      case .flushed: return nearest < grid.leastNormal ? 0 : nearest
      case .saturated, .random: return nearest
      case .halfAway: return isTie ? high : nearest
      case .halfUp: return isTie ? (isNegative ? low : high) : nearest
      case .halfDown: return isTie ? low : nearest
      case .downward: return isNegative ? high : low
      case .upward: return isNegative ? low : high
      case .outward: return high
      }
    }

    private func isResult(_ result: Double, _ magnitude: Double, saturates: Bool = false) -> Bool {
      if magnitude > grid.greatest {
        return saturates ? result.magnitude == grid.greatest : !result.isFinite
      }
      guard result.magnitude == magnitude else { return false }
      return magnitude == 0 || (result < 0) == (value < 0)
    }
  }
}

extension RoundingFault.Rule {
  /// What was done to the values: `cut off, not rounded, to F16`.
  fileprivate func words(_ type: DType) -> String {
    switch self {
    case .cutOff:
      type == .bf16 ? "cut off after 16 bits, not rounded, to BF16" : "cut off, not rounded, to \(type.rawValue)"
    case .flushed: "rounded to \(type.rawValue) with numbers below its smallest normal one taken for zero"
    case .saturated: "rounded to \(type.rawValue) with numbers beyond its range taken for its largest one"
    case .halfAway: "rounded to \(type.rawValue) with ties away from zero instead of to even"
    case .halfUp: "rounded to \(type.rawValue) with ties up instead of to even"
    case .halfDown: "rounded to \(type.rawValue) with ties towards zero instead of to even"
    case .downward: "rounded down to \(type.rawValue), not to nearest"
    case .upward: "rounded up to \(type.rawValue), not to nearest"
    case .outward: "rounded away from zero to \(type.rawValue), not to nearest"
    case .random: "rounded to \(type.rawValue) at random"
    }
  }
}

/// Values without the bits that a narrower type has no room for.
enum CutOff {
  /// Cuts off instead of rounding: what is beyond the range becomes the largest finite number.
  ///
  /// - Parameters:
  ///   - tensor: floating-point values.
  ///   - type: F16 or BF16.
  /// - Returns: a tensor of that type and the same shape.
  /// - Throws: `CastError` if there is no such conversion.
  static func tensor(_ tensor: Tensor, to type: DType) throws -> Tensor {
    let rounded = try Cast.convert(tensor, to: type)
    let pairs = zip(try tensor.doubles(), try rounded.doubles())
    return Tensor(dtype: type, shape: tensor.shape) { bytes in
      rounded.withUnsafeBytes { bytes.copyMemory(from: $0) }
      for (index, (value, near)) in pairs.enumerated() where value.isFinite && near.magnitude > value.magnitude {
        // The next code towards zero is one less, whatever the sign.
        let code = bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
        bytes.storeBytes(of: code - 1, toByteOffset: index * 2, as: UInt16.self)
      }
    }
  }
}
