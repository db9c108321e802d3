// The operations as a forward pass writes them. Each checks the axes of what it is given; what does not fit becomes the
// graph's misfit, and the pass goes on with a value of the axes that the node should have had.

extension Graph {
  /// The axes of a parameter that a node needs; none if the model lacks it.
  private mutating func axes(of parameter: String, for node: String) -> [String] {
    check(parameterAxes[parameter] != nil, node, "it needs the parameter \(parameter), which the model does not have")
    return parameterAxes[parameter] ?? []
  }

  /// Checks that a parameter that a node needs has exactly these axes.
  private mutating func check(_ parameter: String, has expected: some Collection<String>, for node: String) {
    let found = axes(of: parameter, for: node)
    check(found.elementsEqual(expected), node, "\(parameter) has the axes \(found), not \(Array(expected))")
  }

  /// Rows of the table `NAME.weight`, chosen by ids.
  public mutating func embedding(_ name: String, _ ids: Value, table: String? = nil) -> Value {
    let table = table ?? "\(name).weight"
    let row = axes(of: table, for: name).dropFirst()
    return emit(name, .embedding, [ids], parameters: [table], axes: ids.axes + row)
  }

  /// The product with `NAME.weight`, plus `NAME.bias` if the table has it.
  ///
  /// - Parameters:
  ///   - name: the path of the parameters.
  ///   - x: the value; every axis that the weight also has is summed over.
  ///   - weight: another parameter to use as the weight (a tied one).
  ///   - bias: another parameter to use as the bias.
  ///   - settings: the hyper-parameters that decide what is done to x before.
  /// - Returns: a value with the axes of x that the weight lacks, then the rest of the weight's.
  public mutating func linear(
    _ name: String, _ x: Value, weight: String? = nil, bias: String? = nil, from settings: [String] = []
  ) -> Value {
    let weight = weight ?? "\(name).weight"
    let bias = bias ?? "\(name).bias"
    let weightAxes = axes(of: weight, for: name)
    let contracted = x.axes.filter(weightAxes.contains)
    let produced = weightAxes.filter { !contracted.contains($0) }
    check(
      !contracted.isEmpty && x.axes.suffix(contracted.count) == contracted[...], name,
      "\(weight) has the axes \(weightAxes), which do not begin or end with the last ones of \(x.axes)")
    var parameters = [weight]
    if has(bias) {
      check(bias, has: produced, for: name)
      parameters.append(bias)
    }
    return emit(
      name, .linear, [x], parameters: parameters, axes: x.axes.dropLast(contracted.count) + produced,
      settings: settings)
  }

  /// The sum of two values, one of which may lack axes of the other.
  public mutating func add(_ name: String, _ a: Value, _ b: Value) -> Value {
    emit(name, .add, [a, b], parameters: [], axes: widest(name, a, b))
  }

  /// The product, element by element, of two values, one of which may lack axes of the other.
  public mutating func multiply(_ name: String, _ a: Value, _ b: Value) -> Value {
    emit(name, .multiply, [a, b], parameters: [], axes: widest(name, a, b))
  }

  /// The product with a constant; `settings` are the hyper-parameters that decide it.
  public mutating func scale(
    _ name: String, _ x: Value, by factor: Double, from settings: [String] = []
  ) -> Value {
    emit(name, .scale(factor), [x], parameters: [], axes: x.axes, settings: settings)
  }

  /// Layer normalisation with `NAME.weight` and `NAME.bias`; `settings` are the hyper-parameters that decide epsilon.
  public mutating func layerNorm(
    _ name: String, _ x: Value, epsilon: Double, from settings: [String] = []
  ) -> Value {
    let parameters = ["\(name).weight", "\(name).bias"]
    for parameter in parameters { check(parameter, has: x.axes.suffix(1), for: name) }
    return emit(name, .layerNorm(epsilon: epsilon), [x], parameters: parameters, axes: x.axes, settings: settings)
  }

  /// Root-mean-square normalisation with `NAME.weight`; `settings` are the hyper-parameters that decide epsilon.
  public mutating func rmsNorm(
    _ name: String, _ x: Value, epsilon: Double, from settings: [String] = []
  ) -> Value {
    check("\(name).weight", has: x.axes.suffix(1), for: name)
    return emit(
      name, .rmsNorm(epsilon: epsilon), [x], parameters: ["\(name).weight"], axes: x.axes, settings: settings)
  }

  /// A function of each element; `settings` are the hyper-parameters that choose it, none if it is always the same.
  public mutating func activation(
    _ name: String, _ x: Value, _ function: Activation, from settings: [String] = []
  ) -> Value {
    emit(name, .activation(function), [x], parameters: [], axes: x.axes, settings: settings)
  }

  /// The attention core.
  ///
  /// - Parameters:
  ///   - name: the name of the node.
  ///   - q: queries, `[batch, queries, heads, head]`.
  ///   - k: keys, `[batch, keys, heads, head]`.
  ///   - v: values, like k.
  ///   - mask: which keys are seen, `[batch, keys]`.
  ///   - globals: which tokens see and are seen by all, `[batch, keys]`.
  ///   - bias: added to the scores, `[heads, queries, keys]` or with the batch in front.
  ///   - scale: the factor on the scores.
  ///   - visibility: which keys a query sees by their places.
  ///   - isCached: whether keys and values are kept from call to call.
  ///   - settings: the hyper-parameters that decide the scale.
  /// - Returns: the mixed values, with the axes of q.
  public mutating func attention(
    _ name: String, q: Value, k: Value, v: Value, mask: Value? = nil, globals: Value? = nil, bias: Value? = nil,
    scale: Double, visibility: Visibility = .all, isCached: Bool = false, from settings: [String] = []
  ) -> Value {
    check(
      q.axes.count == 4 && k.axes == v.axes && k.axes.count == 4, name,
      "queries \(q.axes), keys \(k.axes) and values \(v.axes) do not go together")
    let options = AttentionOptions(
      scale: scale, visibility: visibility, hasMask: mask != nil, hasGlobals: globals != nil, hasBias: bias != nil,
      isCached: isCached)
    let inputs = [q, k, v] + [mask, globals, bias].compactMap { $0 }
    return emit(name, .attention(options), inputs, parameters: [], axes: q.axes, settings: settings)
  }

  /// T5's bias by bucketed distance, from the table `NAME.weight`, `[buckets, heads]`; `settings` are the
  /// hyper-parameters that decide the distance.
  public mutating func relativeBias(
    _ name: String, queries: Value, isBidirectional: Bool, maxDistance: Int, from settings: [String] = []
  ) -> Value {
    let heads = axes(of: "\(name).weight", for: name).suffix(1)
    check(queries.axes.count > 1, name, "the queries \(queries.axes) have no axis of positions")
    let positions = queries.axes.dropFirst().prefix(1)
    return emit(
      name, .relativeBias(isBidirectional: isBidirectional, maxDistance: maxDistance), [queries],
      parameters: ["\(name).weight"], axes: Array(heads) + positions + positions.map { "\($0)_keys" },
      settings: settings)
  }

  /// One position of one axis; a negative one is counted from the end.
  public mutating func select(_ name: String, _ x: Value, axis: String, index: Int) -> Value {
    check(x.axes.contains(axis), name, "there is no axis \(axis) in \(x.axes)")
    return emit(name, .select(axis: axis, index: index), [x], parameters: [], axes: x.axes.filter { $0 != axis })
  }

  /// The last position of each row that is no padding.
  ///
  /// - Parameters:
  ///   - name: the name of the node.
  ///   - x: the value, `[batch, seq, …]`.
  ///   - ids: the token ids, `[batch, seq]`.
  ///   - padding: the id that is padding, or nil if none is.
  /// - Returns: the value without the axis `seq`.
  public mutating func last(_ name: String, _ x: Value, ids: Value, padding: Int?) -> Value {
    check(
      x.axes.starts(with: ids.axes) && ids.axes.count == 2, name, "\(x.axes) do not begin with two axes \(ids.axes)")
    let axes = Array(x.axes.prefix(1)) + x.axes.dropFirst(2)
    return emit(name, .last(padding: padding), [x, ids], parameters: [], axes: axes)
  }

  /// The mean cross-entropy of logits against labels.
  public mutating func crossEntropy(_ name: String, logits: Value, labels: Value, isShifted: Bool = false) -> Value {
    check(
      logits.axes.dropLast() == labels.axes[...], name, "labels \(labels.axes) do not go with logits \(logits.axes)")
    return emit(name, .crossEntropy(isShifted: isShifted), [logits, labels], parameters: [], axes: [])
  }
}
