// swift-tools-version: 6.0
import PackageDescription

// On Linux the model tree is copied as it is, because `.process` flattens an .mlpackage there; under Xcode `.process`
// is what compiles it. The two frameworks that Linux lacks are replaced by small stubs, so that the code behind
// `#if canImport(CoreML)` and `#if canImport(CoreMotion)` is compiled and tested there too.
#if os(Linux)
    let payload: Resource = .copy("Payload")
    let stubs: [Target.Dependency] = ["CoreML", "CoreMotion"]
    let stubTargets: [Target] = [
        .target(name: "CoreML", path: "Tests/Stubs/CoreML"),
        .target(name: "CoreMotion", path: "Tests/Stubs/CoreMotion"),
    ]
#else
    let payload: Resource = .process("Payload")
    let stubs: [Target.Dependency] = []
    let stubTargets: [Target] = []
#endif

let package = Package(
    name: "QLeapEdge",
    platforms: [.iOS(.v17), .watchOS(.v10), .macOS(.v14)],
    products: [
        .library(name: "QLeapEdge", targets: ["QLeapEdge"]),
        .executable(name: "qleap-verify", targets: ["qleap-verify"]),
    ],
    targets: [
        .target(name: "QLeapEdge", dependencies: stubs, resources: [payload]),
        .executableTarget(name: "qleap-verify", dependencies: ["QLeapEdge"]),
        .testTarget(name: "QLeapEdgeTests", dependencies: ["QLeapEdge"] + stubs, resources: [.copy("Fixtures")]),
    ] + stubTargets,
    swiftLanguageModes: [.v6]
)
