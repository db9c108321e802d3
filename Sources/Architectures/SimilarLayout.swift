/// The layout whose names are most like those of a file that has none of any layout's names.
struct SimilarLayout {
  /// `bert.hf`.
  let name: String
  /// For a stored name the template that is most like it.
  let nearest: [(stored: String, template: String)]

  /// More kinds of names are not looked at: those of a model are fewer, and what more would cost says nothing new.
  private static let maximumKinds = 200
  /// The share of words that names must have in common, on the average, to be called alike.
  private static let threshold = 1.0 / 3

  /// Compares the words of the stored names with the words of every template.
  ///
  /// - Parameters:
  ///   - candidates: the layouts to choose from.
  ///   - names: the stored names.
  /// - Returns: the most similar layout, or nil if none is similar.
  static func of(_ candidates: [ModelMapper.Candidate], _ names: StoredNames) -> SimilarLayout? {
    let stored = names.firstOfKind.prefix(maximumKinds).map { names.names[$0] }
    let words = stored.map(words(of:))
    var best: (score: Double, layout: SimilarLayout)?
    for candidate in candidates {
      let templates = candidate.layout.rows.flatMap(\.names).map { ($0.description, self.words(of: $0.description)) }
      var total = 0.0
      var nearest: [(String, String)] = []
      for (name, words) in zip(stored, words) {
        let alike = templates.map { ($0.0, likeness(words, $0.1)) }.max { $0.1 < $1.1 }
        guard let alike else { continue }
        total += alike.1
        nearest.append((name, alike.0))
      }
      let score = total / Double(max(stored.count, 1))
      if score >= threshold, score > best?.score ?? 0 {
        best = (score, SimilarLayout(name: candidate.name, nearest: nearest))
      }
    }
    return best?.layout
  }

  /// The share of all words that both have (Jaccard's index).
  private static func likeness(_ a: Set<String>, _ b: Set<String>) -> Double {
    let common = a.intersection(b).count
    return Double(common) / Double(max(a.count + b.count - common, 1))
  }

  /// `encoder.layer.{block}.SelfAttention.q` is encoder, layer, self, attention and q: words part at whatever is no letter,
  /// and where a capital follows a small one; what stands in braces is a number.
  private static func words(of name: String) -> Set<String> {
    let (small, capital) = (UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"))
    var words: Set<String> = []
    var word: [UInt8] = []
    var isInside = false
    var last: UInt8 = 0
    func end() {
      if !word.isEmpty { words.insert(String(decoding: word, as: UTF8.self)) }
      word = []
    }
    for byte in name.utf8 {
      if byte == UInt8(ascii: "{") { isInside = true }
      let isCapital = capital.contains(byte)
      if isInside || !isCapital && !small.contains(byte) {
        end()
      } else {
        if isCapital, small.contains(last) { end() }
        word.append(byte | 0x20)
      }
      if byte == UInt8(ascii: "}") { isInside = false }
      last = byte
    }
    end()
    return words
  }
}
