/// A pattern on tensor names: `*` stands for any text, dots and slashes included, `?` for one Unicode scalar,
/// `[a-z]` for one of a set and `[!a-z]` or `[^a-z]` for one outside it; a backslash takes the next scalar literally.
///
/// A bracket that is never closed is an ordinary character. Names are compared scalar by scalar, so composed and
/// decomposed accents differ, and a match takes time in proportion to the lengths of pattern and name multiplied.
struct GlobPattern: Sendable {
  private enum Element: Sendable {
    case literal(Unicode.Scalar)
    case anyText
    case anyScalar
    case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)

    func matches(_ scalar: Unicode.Scalar) -> Bool {
      switch self {
      case .literal(let expected): expected == scalar
      case .anyScalar, .anyText: true
      case .set(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
      }
    }
  }

  /// The pattern as it was written.
  let text: String
  private let elements: [Element]

  init(_ text: String) {
    self.text = text
    var elements: [Element] = []
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "*": elements.append(.anyText)
      case "?": elements.append(.anyScalar)
      case "[": elements.append(Self.takeSet(&rest) ?? .literal(scalar))
      case "\\": elements.append(.literal(rest.popFirst() ?? scalar))
      default: elements.append(.literal(scalar))
      }
    }
    self.elements = elements
  }

  /// Whether the whole of `name` fits the pattern.
  func matches(_ name: String) -> Bool {
    let scalars = Array(name.unicodeScalars)
    var position = 0
    var element = 0
    var lastStar: (element: Int, position: Int)?
    while position < scalars.count {
      if element < elements.count, case .anyText = elements[element] {
        lastStar = (element, position)
        element += 1
      } else if element < elements.count, elements[element].matches(scalars[position]) {
        element += 1
        position += 1
      } else if let star = lastStar {
        // The last star takes one scalar more; earlier stars never need to.
        lastStar = (star.element, star.position + 1)
        element = star.element + 1
        position = star.position + 1
      } else {
        return false
      }
    }
    return elements[element...].allSatisfy { if case .anyText = $0 { true } else { false } }
  }

  /// Reads a set after its opening bracket, or leaves `rest` alone and returns nil if it is never closed.
  private static func takeSet(_ rest: inout Substring.UnicodeScalarView) -> Element? {
    var inner = rest
    let isNegated = inner.first == "!" || inner.first == "^"
    if isNegated { inner.removeFirst() }
    var ranges: [ClosedRange<Unicode.Scalar>] = []
    var isFirst = true
    while let scalar = inner.popFirst() {
      if scalar == "]", !isFirst {
        rest = inner
        return .set(ranges, isNegated: isNegated)
      }
      isFirst = false
      let afterDash = inner.dropFirst()
      if inner.first == "-", let upper = afterDash.first, upper != "]" {
        inner = afterDash.dropFirst()
        if scalar <= upper { ranges.append(scalar...upper) }
      } else {
        ranges.append(scalar...scalar)
      }
    }
    return nil
  }
}
