// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// The part of the stand-in that has no counterpart at Apple's: what a model at a path answers.
import Foundation
import Synchronization

/// Any failure of the stand-in.
public struct StubError: Error, LocalizedError, Equatable {
    public let message: String

    public init(message: String) {
        self.message = message
    }

    public var errorDescription: String? { message }
}

/// One feature that a model describes; not a multi-array when it has no element type.
public struct StubFeature: Sendable {
    public var name: String
    public var shape: [Int]
    public var dataType: MLMultiArrayDataType?

    public init(name: String, shape: [Int], dataType: MLMultiArrayDataType? = .float32) {
        self.name = name
        self.shape = shape
        self.dataType = dataType
    }
}

/// What a model describes and answers.
public struct StubModel: Sendable {
    public var inputs: [StubFeature]
    public var outputs: [StubFeature]
    public var answer: @Sendable (any MLFeatureProvider) throws -> any MLFeatureProvider
    public var onLoad: @Sendable (MLComputeUnits) -> Void = { _ in }

    public init(
        inputs: [StubFeature], outputs: [StubFeature],
        answer: @escaping @Sendable (any MLFeatureProvider) throws -> any MLFeatureProvider
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.answer = answer
    }
}

/// The models that exist, by the path of their package or compiled folder.
public enum StubCoreML {
    private static let models = Mutex<[String: StubModel]>([:])
    private static let compilations = Mutex<[String: Int]>([:])
    private static let originFile = "stub-origin.txt"

    /// Says what the model at a path is.
    public static func register(_ model: StubModel, at url: URL) {
        models.withLock { $0[url.standardizedFileURL.path] = model }
    }

    /// How often the package at a path has been compiled.
    public static func compileCount(of url: URL) -> Int {
        compilations.withLock { $0[url.standardizedFileURL.path] ?? 0 }
    }

    static func compile(_ package: URL) throws -> URL {
        let path = package.standardizedFileURL.path
        guard models.withLock({ $0[path] != nil }) else { throw StubError(message: "no stub for \(path)") }
        compilations.withLock { $0[path, default: 0] += 1 }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".mlmodelc")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(path.utf8).write(to: folder.appendingPathComponent(originFile))
        return folder
    }

    static func behaviour(ofCompiled url: URL) throws -> StubModel {
        let origin = try? String(contentsOf: url.appendingPathComponent(originFile), encoding: .utf8)
        let path = origin ?? url.standardizedFileURL.path
        guard let model = models.withLock({ $0[path] }) else { throw StubError(message: "no stub for \(path)") }
        return model
    }
}
