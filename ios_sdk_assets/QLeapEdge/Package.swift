// swift-tools-version: 6.0
import PackageDescription

// On Linux the model tree is copied as it is, because `.process` flattens an .mlpackage there; under Xcode `.process`
// is what compiles it.
#if os(Linux)
    let payload: Resource = .copy("Payload")
#else
    let payload: Resource = .process("Payload")
#endif

// With QLEAP_EDGE_STUBS=1, small stubs replace the frameworks that Linux lacks, so that our own tests compile and run the code
// behind `#if canImport(CoreML)` and its like there. A package that uses this one never sees them.
let hasStubs = Context.environment["QLEAP_EDGE_STUBS"] == "1"
let stubs: [Target.Dependency] = hasStubs ? ["CoreML", "CoreMotion"] : []
let motionStubs: [Target.Dependency] =
    hasStubs ? ["CoreMotion", "HealthKit", "WatchConnectivity", "WatchKit"] : []
let stubTargets: [Target] =
    hasStubs
    ? [
        .target(name: "CoreML", path: "Tests/Stubs/CoreML"),
        .target(name: "CoreMotion", path: "Tests/Stubs/CoreMotion"),
        .target(name: "HealthKit", path: "Tests/Stubs/HealthKit"),
        .target(name: "WatchConnectivity", path: "Tests/Stubs/WatchConnectivity"),
        .target(name: "WatchKit", path: "Tests/Stubs/WatchKit"),
        .executableTarget(
            name: "write-recording", dependencies: ["QLeapEdgeMotion"], path: "Tests/write-recording"),
    ] : []

let package = Package(
    name: "QLeapEdge",
    platforms: [.iOS(.v17), .watchOS(.v10), .macOS(.v14)],
    products: [
        .library(name: "QLeapEdge", targets: ["QLeapEdge"]),
        .library(name: "QLeapEdgeMotion", targets: ["QLeapEdgeMotion"]),
        .executable(name: "qleap-verify", targets: ["qleap-verify"]),
        .executable(name: "qleap-bench", targets: ["qleap-bench"]),
        .executable(name: "qleap-replay", targets: ["qleap-replay"]),
    ],
    targets: [
        .target(name: "QLeapEdge", dependencies: stubs, resources: [payload, .copy("PrivacyInfo.xcprivacy")]),
        .target(name: "QLeapEdgeMotion", dependencies: ["QLeapEdge"] + motionStubs),
        .executableTarget(name: "qleap-verify", dependencies: ["QLeapEdge"]),
        .executableTarget(name: "qleap-bench", dependencies: ["QLeapEdge"]),
        .executableTarget(name: "qleap-replay", dependencies: ["QLeapEdge"]),
        .executableTarget(name: "qleap-stream-bench", dependencies: ["QLeapEdge"]),
        .testTarget(name: "QLeapEdgeTests", dependencies: ["QLeapEdge"] + stubs, resources: [.copy("Fixtures")]),
        .testTarget(name: "QLeapEdgeMotionTests", dependencies: ["QLeapEdgeMotion"] + motionStubs),
    ] + stubTargets,
    swiftLanguageModes: [.v6]
)
