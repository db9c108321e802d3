import Architectures
import Foundation
import ModelConversion
import StrictJSON
import WeightFiles

/// One pair of `peers/index.json`.
struct PeerPair: Sendable {
  /// The name of the pair.
  let id: String
  /// The class of the model in the reference library.
  let modelClass: String
  /// The peer's layout, as tfconv calls it.
  let layout: String
  /// The file that Hugging Face wrote.
  let hf: String
  /// The peer's file.
  let peer: String
  /// The recorded inputs and outputs of the Hugging Face model, or nil.
  let hfReference: String?
  /// Those of the peer's model, or nil.
  let peerReference: String?
  /// The conversions that make sense.
  let directions: [String]
  /// The side that holds less, or nil.
  let lossySide: String?
  /// Tensors of the Hugging Face file that the peer has no place for.
  let notInPeer: Set<String>

  let folder: String
  private let container: String

  init?(_ json: JSONValue, folder: String) {
    guard let id = json["id"]?.string, let modelClass = json["model_class"]?.string,
      let layout = json["layout"]?.string, let hf = json["hf"]?.string, let peer = json["peer"]?.string,
      let container = json["peer_format"]?.string, let architecture = json["architecture"]?.string
    else { return nil }
    self.id = id
    self.modelClass = modelClass
    self.layout = PeerPairs.layoutName(layout, architecture)
    self.hf = hf
    self.peer = peer
    self.container = container
    hfReference = json["hf_ref"]?.string
    peerReference = json["peer_ref"]?.string
    directions = json["directions"]?.array?.compactMap(\.string) ?? []
    lossySide = json["lossy_side"]?.string
    notInPeer = Set(json["hf_not_in_peer"]?.array?.compactMap(\.string) ?? [])
    self.folder = folder
  }

  /// Why the pair cannot be looked at, or nil.
  var reasonToSkip: String? {
    WeightFormat.named(container) == nil ? "there is no reader of .\(container) files" : nil
  }

  /// The path of a file of the index.
  func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// The directory of a file of the index, whose configuration belongs to it.
  private func directory(_ name: String) -> String {
    path(name.split(separator: "/").dropLast().joined(separator: "/"))
  }

  /// The model as Hugging Face wrote it.
  func openHF() throws -> Model { try Model.open(directory(hf)) }

  /// The peer's model.
  func openPeer() throws -> Model { try Model.open(directory(peer)) }

  /// The peer's model on the canonical parameters; what neither its file nor its configuration says is as in the other.
  ///
  /// Where names and shapes fit several layouts alike, it must be one of them.
  func mappedPeer(_ hf: MappedModel) throws -> MappedModel {
    var request = MappingRequest()
    request.fallback = hf.values
    let model = try openPeer()
    do {
      return try model.mapped(request)
    } catch let error as LayoutError where error.message.hasSuffix("alike") && error.message.contains(".\(layout) ") {
      request.layout = layout
      return try model.mapped(request)
    }
  }
}

/// The pairs of `fixtures/peers`.
enum PeerPairs {
  /// The folder of the pairs.
  static let folder: String = {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return tests.deletingLastPathComponent().appendingPathComponent("fixtures/peers").path
  }()

  /// All pairs of the index.
  static func all() throws -> [PeerPair] {
    let text = try String(contentsOfFile: folder + "/index.json", encoding: .utf8)
    let items = try JSONValue(parsing: text)["pairs"]?.array ?? []
    let pairs = items.compactMap { PeerPair($0, folder: folder) }
    precondition(!pairs.isEmpty && pairs.count == items.count, "an entry of the index is not understood")
    return pairs
  }

  /// Names under which outputs of the original releases are recorded.
  static let aliases = ["sequence_output": "last_hidden_state", "pooled_output": "pooler_output"]

  /// tfconv's name of a layout of the index: `tf2_h5` is `tf2-h5`, `tf1_classifier` is a kind of `tf1`.
  static func layoutName(_ name: String, _ architecture: String) -> String {
    let known = Set(ArchitectureRegistry.all.flatMap { $0.layouts.map(\.name) })
    var parts = name.split(separator: "/")[0].split(separator: "_").map(String.init)
    while parts.count > 1, !known.contains(parts.joined(separator: "-")) { parts.removeLast() }
    return parts.joined(separator: "-")
  }
}
