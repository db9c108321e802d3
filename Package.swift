// swift-tools-version: 6.2
import PackageDescription

/// One row per module, its name and what it may import; nothing imports upward.
///
/// `swift build --explicit-target-dependency-import-check error` holds the sources to this table.
let modules: [(name: String, dependencies: [Target.Dependency], floor: Int)] = [
  ("StrictJSON", [], 1),
  ("TensorData", ["CKernels"], 1),
  ("TensorGraph", ["TensorData"], 2),
  ("WeightFiles", ["TensorData", "StrictJSON", "CKernels", "CZlib", "CISAL", "CLibdeflate", "CSystemCalls"], 2),
  ("Architectures", ["TensorData", "TensorGraph", "StrictJSON"], 3),
  ("GraphRuntime", ["TensorData", "TensorGraph", "CBLAS", "CKernels"], 4),
  ("ModelConversion", ["TensorData", "WeightFiles", "Architectures", "StrictJSON"], 4),
  (
    "TextGeneration",
    ["TensorData", "TensorGraph", "Architectures", "GraphRuntime", "StrictJSON"], 5
  ),
  (
    "ParityChecks",
    [
      "TensorData", "TensorGraph", "WeightFiles", "Architectures", "GraphRuntime", "ModelConversion", "TextGeneration",
      "StrictJSON",
    ], 6
  ),
]

/// System libraries: Debian's package, and the module map that gives it a Swift name.
let systemLibraries: [(name: String, pkgConfig: String, package: String)] = [
  ("CZlib", "zlib", "zlib1g-dev"),
  ("CISAL", "libisal", "libisal-dev"),
  ("CLibdeflate", "libdeflate", "libdeflate-dev"),
]

/// Texts that make the linker take Swift's C++ runtime into a static program rather than look it up at every start.
let staticLibraries = "\(Context.packageDirectory)/Sources/StaticLibraries"

let everyModule = modules.map { Target.Dependency(stringLiteral: $0.name) }

let package = Package(
  name: "tfconv",
  products: [.executable(name: "tfconv", targets: ["tfconv"])]
    + modules.map { .library(name: $0.name, targets: [$0.name]) },
  targets: systemLibraries.map {
    .systemLibrary(name: $0.name, pkgConfig: $0.pkgConfig, providers: [.apt([$0.package])])
  } + [
    .target(name: "CBLAS", linkerSettings: [.linkedLibrary("dl")]),
    .target(name: "CKernels"),
    .target(name: "CSystemCalls"),
  ]
    + modules.map { .target(name: $0.name, dependencies: $0.dependencies) } + [
      .executableTarget(
        name: "tfconv", dependencies: everyModule + ["CSystemCalls"],
        linkerSettings: [.unsafeFlags(["-L\(staticLibraries)"], .when(configuration: .release))]),
      .target(
        name: "TestSupport", dependencies: ["TensorData", "StrictJSON", "WeightFiles", "Architectures"],
        path: "Tests/TestSupport"),
    ]
    + modules.map {
      .testTarget(name: "\($0.name)Tests", dependencies: everyModule + ["TestSupport"])
    } + [
      .testTarget(
        name: "CommandLineTests", dependencies: everyModule + ["TestSupport", "tfconv"], exclude: ["Snapshots"])
    ],
  swiftLanguageModes: [.v6]
)

for target in package.targets
where target.type != .system && !target.name.hasPrefix("C") || target.name == "CommandLineTests" {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
  ]
}
