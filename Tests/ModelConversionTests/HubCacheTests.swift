import Glibc
import TestSupport
import Testing

@testable import ModelConversion

/// The states in which huggingface_hub leaves its cache, and the environment that says where it is.
@Suite struct HubCaches {
  let folder = TemporaryFolder()
  private static let first = String(repeating: "a1", count: 20)
  private static let second = String(repeating: "b2", count: 20)

  /// A cache with one repository: references and snapshots.
  @discardableResult
  private func repository(
    in cache: String = "hub", _ name: String = "org--name", refs: [String: String], snapshots: [String]
  ) -> String {
    let root = "\(cache)/models--\(name)"
    var folders = [cache, root, "\(root)/refs", "\(root)/refs/pr", "\(root)/snapshots", "\(root)/blobs"]
    folders += snapshots.map { "\(root)/snapshots/\($0)" }
    for folder in folders { mkdir(self.folder.file(folder), 0o777) }
    for (name, commit) in refs { folder.write(Array(commit.utf8), to: "\(root)/refs/\(name)") }
    return folder.file(root)
  }

  private func cache(_ environment: [String: String] = [:]) -> HubCache {
    let base = environment.isEmpty ? ["HF_HUB_CACHE": folder.file("hub")] : environment
    return HubCache { base[$0] }
  }

  @Test func aReferenceNamesTheSnapshot() throws {
    let root = repository(refs: ["main": HubCaches.second], snapshots: [HubCaches.first, HubCaches.second])
    #expect(try cache().snapshot(of: "org/name") == "\(root)/snapshots/\(HubCaches.second)")
    #expect(try cache().snapshot(of: "org/other") == nil)
    #expect(try cache().snapshot(of: "./org/name") == nil && cache().snapshot(of: "a/b/c") == nil)
  }

  @Test func aRevisionIsABranchATagACommitOrItsBeginning() throws {
    let root = repository(
      refs: ["main": HubCaches.second, "v1.0": HubCaches.first + "\n", "pr/7": HubCaches.first],
      snapshots: [HubCaches.first, HubCaches.second])
    for revision in ["v1.0", "pr/7", HubCaches.first, "a1a1a1a"] {
      #expect(try cache().snapshot(of: "org/name@\(revision)") == "\(root)/snapshots/\(HubCaches.first)")
    }
    for revision in ["v2", "a1a1", "../main", "c3c3c3c3"] {
      let error = #expect(throws: ModelError.self) { try cache().snapshot(of: "org/name@\(revision)") }
      #expect(error?.kind == .io && error?.message.hasSuffix("there is no revision \(revision)") == true)
    }
  }

  @Test func theOnlySnapshotNeedsNoReference() throws {
    let root = repository(refs: [:], snapshots: [HubCaches.first])
    #expect(try cache().snapshot(of: "org/name") == "\(root)/snapshots/\(HubCaches.first)")
  }

  @Test func noneOfSeveralSnapshotsIsPickedInSilence() throws {
    repository(refs: [:], snapshots: [HubCaches.first, HubCaches.second])
    let error = #expect(throws: ModelError.self) { try cache().snapshot(of: "org/name") }
    #expect(error?.message.contains("there is no refs/main, and there are 2 snapshots") == true)
    #expect(error?.details == ["snapshot \(HubCaches.first)", "snapshot \(HubCaches.second)"])
    #expect(error?.hint?.contains("org/name@\(HubCaches.first)") == true)
    #expect(try cache().snapshot(of: "org/name@\(HubCaches.first)") != nil, "the hint works")
  }

  @Test func aReferenceToAMissingSnapshotDoesNotMeanAnother() {
    repository(refs: ["main": HubCaches.second], snapshots: [HubCaches.first])
    let error = #expect(throws: ModelError.self) { try cache().snapshot(of: "org/name") }
    #expect(error?.message.contains("refs/main is \(HubCaches.second), of which there is no snapshot") == true)
    repository(refs: ["main": ""], snapshots: [HubCaches.first])
    let empty = #expect(throws: ModelError.self) { try cache().snapshot(of: "org/name") }
    #expect(empty?.message.contains("refs/main is empty") == true)
  }

  @Test func anUnfinishedDownloadIsNamed() {
    let root = repository(refs: ["main": HubCaches.first], snapshots: [])
    folder.write([1], to: "hub/models--org--name/blobs/c0ffee.incomplete")
    let error = #expect(throws: ModelError.self) { try cache().snapshot(of: "org/name") }
    #expect(error?.details == ["a download was not finished: \(root)/blobs/c0ffee.incomplete"])
    repository(refs: ["main": HubCaches.first], snapshots: [HubCaches.first])
    let inside = #expect(throws: ModelError.self) {
      try ModelLocator.locate("\(root)/snapshots/\(HubCaches.first)")
    }
    #expect(inside?.details == ["a download was not finished: \(root)/blobs/c0ffee.incomplete"])
  }

  @Test func whatIsRecordedAsNotExistingIsNoSnapshot() throws {
    let root = repository(refs: ["main": HubCaches.first], snapshots: [HubCaches.first])
    for folder in [".no_exist", ".no_exist/\(HubCaches.second)"] { mkdir("\(root)/\(folder)", 0o777) }
    folder.write([], to: "hub/models--org--name/.no_exist/\(HubCaches.second)/model.safetensors")
    #expect(try cache().snapshot(of: "org/name") == "\(root)/snapshots/\(HubCaches.first)")
    #expect(throws: ModelError.self) { try cache().snapshot(of: "org/name@\(HubCaches.second)") }
  }

  @Test func linksIntoTheBlobsAndCopiesAreBothFilesOfTheModel() throws {
    repository(refs: ["main": HubCaches.first], snapshots: [HubCaches.first])
    let snapshot = "hub/models--org--name/snapshots/\(HubCaches.first)"
    folder.write([1], to: "\(snapshot)/model.safetensors")
    #expect(try ModelLocator.locate(folder.file(snapshot)).weights == folder.file("\(snapshot)/model.safetensors"))
    unlink(folder.file("\(snapshot)/model.safetensors"))
    #expect(symlink("../../blobs/c0ffee", folder.file("\(snapshot)/model.safetensors")) == 0)
    let gone = #expect(throws: ModelError.self) { try ModelLocator.locate(folder.file(snapshot)) }
    #expect(gone?.message.contains("is a symbolic link to ../../blobs/c0ffee, where there is nothing") == true)
    folder.write([1], to: "hub/models--org--name/blobs/c0ffee")
    #expect(try ModelLocator.locate(folder.file(snapshot)).weights == folder.file("\(snapshot)/model.safetensors"))
  }

  @Test(arguments: [
    (["HF_HUB_CACHE": "/a", "HUGGINGFACE_HUB_CACHE": "/b", "HF_HOME": "/c", "XDG_CACHE_HOME": "/d"], ["/a"]),
    (["HUGGINGFACE_HUB_CACHE": "/b", "HF_HOME": "/c", "XDG_CACHE_HOME": "/d"], ["/b"]),
    (["HF_HOME": "/c", "XDG_CACHE_HOME": "/d"], ["/c/hub"]),
    (["XDG_CACHE_HOME": "/d", "HOME": "/h"], ["/d/huggingface/hub"]),
    (["HOME": "/h/"], ["/h/.cache/huggingface/hub"]),
    (["HF_HOME": "~/x", "HOME": "/h"], ["/h/x/hub"]),
    (["HF_HUB_CACHE": "$A/${B}/$C", "A": "/a", "B": "b"], ["/a/b/$C"]),
    (["XDG_CACHE_HOME": "~/y", "HOME": "/h"], ["/h/y/huggingface/hub"]),
    (["TRANSFORMERS_CACHE": "/t", "PYTORCH_TRANSFORMERS_CACHE": "/p", "HF_HOME": "/c"], ["/c/hub", "/t"]),
    (["PYTORCH_TRANSFORMERS_CACHE": "/p", "PYTORCH_PRETRAINED_BERT_CACHE": "/q", "HF_HOME": "/c"], ["/c/hub", "/p"]),
    (["PYTORCH_PRETRAINED_BERT_CACHE": "/q", "HF_HUB_CACHE": "/q"], ["/q"]),
  ])
  func theEnvironmentSaysWhereTheCacheIs(environment: [String: String], directories: [String]) {
    #expect(cache(environment).directories == directories)
  }

  @Test func withoutHOMETheSystemKnowsTheHomeDirectory() throws {
    let entry = try #require(getpwuid(getuid()))
    let home = String(cString: entry.pointee.pw_dir)
    let expected = (home == "/" ? "" : home) + "/.cache/huggingface/hub"
    #expect(cache(["NOTHING": ""]).directories == [expected])
    #expect(
      cache(["HF_HOME": "~\(String(cString: entry.pointee.pw_name))/x"]).directories == [
        (home == "/" ? "" : home) + "/x/hub"
      ])
    #expect(cache(["HF_HOME": "~nobody-has-this-name/x"]).directories == ["~nobody-has-this-name/x/hub"])
  }

  @Test func aModelInTwoCachesIsNamedWithBoth() {
    repository(refs: ["main": HubCaches.first], snapshots: [HubCaches.first])
    repository(in: "old", refs: ["main": HubCaches.second], snapshots: [HubCaches.second])
    let both = ["HF_HUB_CACHE": folder.file("hub"), "TRANSFORMERS_CACHE": folder.file("old")]
    let error = #expect(throws: ModelError.self) { try cache(both).snapshot(of: "org/name") }
    #expect(error?.details == [folder.file("hub/models--org--name"), folder.file("old/models--org--name")])
  }
}
