// swift-tools-version: 6.0
import PackageDescription

// With QLEAP_EDGE_STUBS=1 a small stand-in for SwiftUI lets Linux type-check the views and both apps. Xcode never sees it: there
// the apps are targets of the project that XcodeGen makes of project.yml, and use this package for everything else.
let hasStubs = Context.environment["QLEAP_EDGE_STUBS"] == "1"
let swiftUI: [Target.Dependency] = hasStubs ? ["SwiftUI"] : []
let flags: [SwiftSetting] = hasStubs ? [.define("QLEAP_EDGE_STUBS")] : []
let checks: [Target] =
    hasStubs
    ? [
        .target(name: "SwiftUI", path: "Tests/Stubs/SwiftUI"),
        .target(
            name: "PhoneApp", dependencies: ["ExampleLogic", "ExampleViews", "SwiftUI"], path: "Apps/Phone",
            exclude: ["Info.plist", "Phone.entitlements"], swiftSettings: flags),
        .target(
            name: "WatchApp", dependencies: ["ExampleLogic", "ExampleViews", "SwiftUI"], path: "Apps/Watch",
            exclude: ["Info.plist", "Watch.entitlements"], swiftSettings: flags),
    ] : []

let package = Package(
    name: "ExampleKit",
    platforms: [.iOS(.v17), .watchOS(.v10), .macOS(.v14)],
    products: [.library(name: "ExampleKit", targets: ["ExampleLogic", "ExampleViews"])],
    dependencies: [.package(path: "../QLeapEdge")],
    targets: [
        .target(
            name: "ExampleLogic",
            dependencies: [
                .product(name: "QLeapEdge", package: "QLeapEdge"),
                .product(name: "QLeapEdgeMotion", package: "QLeapEdge"),
            ], swiftSettings: flags),
        .target(name: "ExampleViews", dependencies: ["ExampleLogic"] + swiftUI, swiftSettings: flags),
        .testTarget(name: "ExampleLogicTests", dependencies: ["ExampleLogic"]),
    ] + checks,
    swiftLanguageModes: [.v6]
)
