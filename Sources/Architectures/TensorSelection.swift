/// Stored tensors that a user chose: some by their names, others by patterns.
///
/// A name takes its tensor whatever the layout makes of it. A pattern takes, of the tensors that it fits, only those that
/// the layout has no place for, so that `cls.*` never takes a head that is understood.
public struct TensorSelection: Sendable, ExpressibleByArrayLiteral {
  /// Tensors that were named.
  public var named: Set<String>
  /// Tensors that a pattern fits.
  public var fitting: Set<String>

  /// Takes both sets.
  public init(named: Set<String>, fitting: Set<String>) {
    self.named = named
    self.fitting = fitting
  }

  /// Tensors that were named.
  public init(arrayLiteral names: String...) { self.init(named: Set(names), fitting: []) }

  /// Whether a tensor is chosen.
  ///
  /// - Parameters:
  ///   - name: its name.
  ///   - hasPlace: whether the layout has a place for it.
  /// - Returns: whether it is taken.
  public func takes(_ name: String, hasPlace: Bool) -> Bool {
    named.contains(name) || !hasPlace && fitting.contains(name)
  }
}

extension MappingRequest {
  /// Adds tensors that the file itself says are carried along; what the user leaves out stays left out.
  ///
  /// - Parameter names: their names.
  public mutating func carry(remembered names: Set<String>) {
    carried.fitting.formUnion(names.subtracting(allowedUnmapped.named).subtracting(allowedUnmapped.fitting))
  }

  /// Whether a stored tensor is left out or carried along, so that the layout need not have a place for it.
  func setsAside(_ name: String, hasPlace: Bool) -> Bool {
    allowedUnmapped.takes(name, hasPlace: hasPlace) || carried.takes(name, hasPlace: hasPlace)
  }
}
