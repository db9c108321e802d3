/// One member of a JSON object.
public struct JSONMember: Sendable, Equatable {
  /// The name.
  public let key: String
  /// What it stands for.
  public var value: JSONValue

  /// Takes both fields.
  public init(key: String, value: JSONValue) {
    self.key = key
    self.value = value
  }
}

/// The members of a JSON object in the order of the text, found by key in constant time.
///
/// Keys are compared byte by byte: Swift's `==` on strings calls composed and decomposed letters equal, JSON does not.
public struct JSONObject: Sendable, Equatable {
  /// The members in order; no key occurs twice.
  public private(set) var members: [JSONMember] = []
  private var positions: [Key: Int] = [:]

  /// Up to this many members a look-up walks the list and no dictionary is kept.
  private static let listLimit = 8

  /// An object without members.
  public init() {}

  /// The value of a member.
  ///
  /// Setting replaces in place, appends a new key at the end, and removes on nil.
  public subscript(key: String) -> JSONValue? {
    get { position(of: key).map { members[$0].value } }
    set {
      guard let newValue else { return remove(key) }
      if let index = position(of: key) { members[index].value = newValue } else { _ = append(key, newValue) }
    }
  }

  /// Adds a member at the end; false if the key is there already.
  mutating func append(_ key: String, _ value: JSONValue) -> Bool {
    guard position(of: key) == nil else { return false }
    members.append(JSONMember(key: key, value: value))
    if !positions.isEmpty {
      positions[Key(name: key)] = members.count - 1
    } else if members.count > JSONObject.listLimit {
      indexAll()
    }
    return true
  }

  private mutating func remove(_ key: String) {
    guard let index = position(of: key) else { return }
    members.remove(at: index)
    positions = [:]
    if members.count > JSONObject.listLimit { indexAll() }
  }

  private mutating func indexAll() {
    positions = [:]
    positions.reserveCapacity(members.count)
    for (index, member) in members.enumerated() { positions[Key(name: member.key)] = index }
  }

  private func position(of key: String) -> Int? {
    guard positions.isEmpty else { return positions[Key(name: key)] }
    return members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
  }

  /// Whether both have the same members, in any order.
  public static func == (a: JSONObject, b: JSONObject) -> Bool {
    a.members.count == b.members.count && a.members.allSatisfy { b[$0.key] == $0.value }
  }

  /// A key compared and hashed by its UTF-8 bytes.
  private struct Key: Hashable {
    var name: String

    static func == (a: Key, b: Key) -> Bool { a.name.utf8.elementsEqual(b.name.utf8) }

    func hash(into hasher: inout Hasher) {
      var name = name
      name.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
  }
}
