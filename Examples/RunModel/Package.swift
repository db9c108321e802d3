// swift-tools-version: 6.2
import PackageDescription

let modules = ["Architectures", "GraphRuntime", "ModelConversion", "TensorData"]

let package = Package(
  name: "RunModel",
  dependencies: [.package(name: "tfconv", path: "../..")],
  targets: [
    .executableTarget(
      name: "RunModel", dependencies: modules.map { .product(name: $0, package: "tfconv") },
      swiftSettings: [.treatAllWarnings(as: .error)])
  ],
  swiftLanguageModes: [.v6]
)
