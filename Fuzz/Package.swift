// swift-tools-version: 6.2
import PackageDescription

/// The readers under libFuzzer; scripts/fuzz builds it with the instrumentation that it needs.
let package = Package(
  name: "Fuzz",
  dependencies: [.package(name: "tfconv", path: "..")],
  targets: [
    .executableTarget(
      name: "FuzzReaders",
      dependencies: ["WeightFiles", "Architectures", "TensorData", "StrictJSON"].map {
        .product(name: $0, package: "tfconv")
      },
      swiftSettings: [.unsafeFlags(["-parse-as-library"])],
      linkerSettings: [.unsafeFlags(["-use-ld=lld"])])
  ],
  swiftLanguageModes: [.v6]
)
