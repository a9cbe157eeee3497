// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Stand-in for the part of Apple's Core ML that QLeapEdge calls, for platforms without it. Test use only; the package
// manifest adds this target on Linux alone, so it is in no product on an Apple platform.
//
// Signatures (names, labels, optionality, throws, async) follow https://developer.apple.com/documentation/coreml: MLModel,
// MLModelConfiguration, MLModelDescription, MLFeatureDescription, MLFeatureProvider, MLFeatureValue, MLMultiArray. The
// classes are not Sendable, which is the strictest reading of Apple's headers. Nothing here computes: `StubCoreML.swift`
// says what a model answers.
import Foundation

/// Processors that a model may use.
public enum MLComputeUnits: Int, Sendable {
    case cpuOnly = 0
    case cpuAndGPU = 1
    case all = 2
    case cpuAndNeuralEngine = 3
}

/// Kinds of features.
public enum MLFeatureType: Int, Sendable {
    case invalid = 0
    case int64 = 1
    case double = 2
    case string = 3
    case image = 4
    case multiArray = 5
    case dictionary = 6
    case sequence = 7
}

/// Element types of a multi-array; raw values as in MLMultiArray.h.
public enum MLMultiArrayDataType: Int, Sendable {
    case double = 0x10040
    case float32 = 0x10020
    case float16 = 0x10010
    case int32 = 0x20020
}

/// A multi-dimensional array with strides.
open class MLMultiArray: NSObject {
    public let dataType: MLMultiArrayDataType
    public let shape: [NSNumber]
    public let strides: [NSNumber]
    var storage: [UInt8]

    /// Allocates a contiguous array.
    public convenience init(shape: [NSNumber], dataType: MLMultiArrayDataType) throws {
        var strides: [Int] = []
        var next = 1
        for size in shape.reversed() {
            strides.insert(next, at: 0)
            next *= size.intValue
        }
        self.init(stubShape: shape.map(\.intValue), dataType: dataType, strides: strides, elements: next)
    }

    /// Only in this stand-in: any strides and any amount of memory.
    public init(stubShape: [Int], dataType: MLMultiArrayDataType, strides: [Int], elements: Int) {
        self.dataType = dataType
        shape = stubShape.map { NSNumber(value: $0) }
        self.strides = strides.map { NSNumber(value: $0) }
        storage = [UInt8](repeating: 0xFF, count: elements * (dataType.rawValue & 0xFF) / 8)
    }

    /// Number of elements.
    public var count: Int { shape.reduce(1) { $0 * $1.intValue } }

    /// Calls a closure with the storage.
    public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try storage.withUnsafeBytes(body)
    }

    /// Calls a closure with the mutable storage and its strides.
    public func withUnsafeMutableBytes<R>(
        _ body: (UnsafeMutableRawBufferPointer, [Int]) throws -> R
    ) rethrows -> R {
        let strides = self.strides.map(\.intValue)
        return try storage.withUnsafeMutableBytes { try body($0, strides) }
    }
}

/// One value of a feature.
open class MLFeatureValue: NSObject {
    public let type: MLFeatureType
    public let multiArrayValue: MLMultiArray?

    public init(multiArray value: MLMultiArray) {
        type = .multiArray
        multiArrayValue = value
    }

    public init(double value: Double) {
        type = .double
        multiArrayValue = nil
    }
}

/// A collection of feature values.
public protocol MLFeatureProvider {
    var featureNames: Set<String> { get }
    func featureValue(for featureName: String) -> MLFeatureValue?
}

/// A feature provider backed by a dictionary.
open class MLDictionaryFeatureProvider: NSObject, MLFeatureProvider {
    public let dictionary: [String: MLFeatureValue]

    public init(dictionary: [String: Any]) throws {
        self.dictionary = dictionary.compactMapValues { $0 as? MLFeatureValue }
        guard self.dictionary.count == dictionary.count else { throw StubError(message: "not a feature value") }
    }

    public var featureNames: Set<String> { Set(dictionary.keys) }

    public func featureValue(for featureName: String) -> MLFeatureValue? { dictionary[featureName] }
}

/// What a multi-array feature must be.
open class MLMultiArrayConstraint: NSObject {
    public let shape: [NSNumber]
    public let dataType: MLMultiArrayDataType

    init(shape: [Int], dataType: MLMultiArrayDataType) {
        self.shape = shape.map { NSNumber(value: $0) }
        self.dataType = dataType
    }
}

/// One feature of a model.
open class MLFeatureDescription: NSObject {
    public let name: String
    public let type: MLFeatureType
    public let multiArrayConstraint: MLMultiArrayConstraint?

    init(_ feature: StubFeature) {
        name = feature.name
        type = feature.dataType == nil ? .double : .multiArray
        multiArrayConstraint = feature.dataType.map { MLMultiArrayConstraint(shape: feature.shape, dataType: $0) }
    }
}

/// The features of a model.
open class MLModelDescription: NSObject {
    public let inputDescriptionsByName: [String: MLFeatureDescription]
    public let outputDescriptionsByName: [String: MLFeatureDescription]

    init(_ model: StubModel) {
        func byName(_ features: [StubFeature]) -> [String: MLFeatureDescription] {
            Dictionary(uniqueKeysWithValues: features.map { ($0.name, MLFeatureDescription($0)) })
        }
        inputDescriptionsByName = byName(model.inputs)
        outputDescriptionsByName = byName(model.outputs)
    }
}

/// How a model is loaded.
open class MLModelConfiguration: NSObject {
    public var computeUnits: MLComputeUnits = .all

    override public init() {}
}

/// Options of one prediction.
open class MLPredictionOptions: NSObject {
    override public init() {}
}

/// A model; what it answers is registered in ``StubCoreML``.
open class MLModel: NSObject {
    public let configuration: MLModelConfiguration
    public let modelDescription: MLModelDescription
    private let behaviour: StubModel

    private init(behaviour: StubModel, configuration: MLModelConfiguration) {
        self.behaviour = behaviour
        self.configuration = configuration
        modelDescription = MLModelDescription(behaviour)
    }

    /// Loads a compiled model.
    open class func load(
        contentsOf url: URL, configuration: MLModelConfiguration = MLModelConfiguration()
    ) async throws -> MLModel {
        let behaviour = try StubCoreML.behaviour(ofCompiled: url)
        behaviour.onLoad(configuration.computeUnits)
        return MLModel(behaviour: behaviour, configuration: configuration)
    }

    #if !os(watchOS)
        /// Compiles a package into a temporary folder.
        open class func compileModel(at modelURL: URL) async throws -> URL {
            try StubCoreML.compile(modelURL)
        }
    #endif

    /// Predicts, synchronously.
    open func prediction(from input: any MLFeatureProvider) throws -> any MLFeatureProvider {
        try behaviour.answer(input)
    }

    /// Predicts, asynchronously.
    open func prediction(
        from input: any MLFeatureProvider, options: MLPredictionOptions = MLPredictionOptions()
    ) async throws -> any MLFeatureProvider {
        try behaviour.answer(input)
    }
}
