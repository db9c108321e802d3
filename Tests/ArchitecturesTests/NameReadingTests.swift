import Testing

@testable import Architectures

@Suite struct NameReadings {
  @Test(arguments: [
    ("bert.encoder.layer.0.output.dense.weight", "bert/encoder/layer/0/output/dense/weight"),
    ("('params', 'bert', 'h', '0')", "params/bert/h/0"), ("['params']['h'][0]['kernel']", "params/h/0/kernel"),
    (".params['h']['0'].kernel", "params/h/0/kernel"), ("target|encoder|kernel", "target/encoder/kernel"),
    ("/bert/pooler/dense/kernel", "bert/pooler/dense/kernel"), ("bert//pooler", "bert/pooler"),
    ("model/layer_._0/kernel", "model/layer_/_0/kernel"),
    ("h/0/kernel/.ATTRIBUTES/VARIABLE_VALUE", "h/0/kernel"),
    ("a.Sb/layer_.._0/kernel/.ATTRIBUTES/VARIABLE_VALUE", "a/b/layer_/_0/kernel"),
  ])
  func pathsAreJoinedBySlashes(name: String, reading: String) {
    #expect(NameReading(name).text == reading)
  }

  @Test func whatContainersPutInsideIsTakenOut() {
    let reading = NameReading("_fsdp_wrapped_module.h.0._checkpoint_wrapped_module._orig_mod.attn.module.weight:0")
    #expect(reading.text == "h/0/attn/weight")
    #expect(
      reading.wrappers == ["_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_orig_mod", "module"])
    #expect(reading.ending == ":0")
    #expect(NameReading("a.b:x").ending.isEmpty && NameReading("a:").text == "a:")
    #expect(NameReading("modules.0.weight").wrappers.isEmpty)
  }

  @Test func noLayoutHasAWrapperInItsNames() {
    for architecture in ArchitectureRegistry.all {
      for name in architecture.layouts.flatMap({ $0.rows.flatMap { $0.names + $0.copies.map(\.name) } }) {
        let parts = NameReading.joined(name.filled([:])).split(separator: "/").map(String.init)
        #expect(NameReading.wrappers.isDisjoint(with: parts), "\(name)")
      }
    }
  }

  @Test func templatesAreJoinedAsNamesAre() {
    let template: NameTemplate = "[bert.]encoder/layer_._{block:03}/kernel:0"
    #expect(template.joined.description == "[bert/]encoder/layer_/_{block:03}/kernel")
    #expect(template.joined.match("bert/encoder/layer_/_007/kernel")?.indices == ["block": 7])
  }
}
