import Foundation

/// Why a model could not be loaded, or a prediction could not be made.
///
/// A cancelled task throws `CancellationError` instead.
public enum PredictorError: QLeapEdgeError, Equatable {
    /// No model at any of these places.
    case modelNotFound(searched: [String])
    /// The platform cannot compile an `.mlpackage` at run time (watchOS): ship or name a `.mlmodelc`.
    case compilationUnavailable(path: String)
    /// Core ML could not compile the package.
    case compilationFailed(path: String, reason: String)
    /// The compiled model could not be put into the cache folder.
    case cacheFailed(path: String, reason: String)
    /// Core ML could not load the model.
    case loadFailed(path: String, reason: String)
    /// A feature of the contract is missing.
    case missingFeature(name: String, available: [String])
    /// A feature is not a multi-array of the contract's element type.
    case featureType(name: String, expected: String, got: String)
    /// A feature has another shape than the contract says.
    case featureShape(name: String, expected: [Int], got: [Int])
    /// A multi-array's strides lead outside its memory.
    case featureLayout(name: String, strides: [Int], elements: Int)
    /// The window has another number of values than the contract says.
    case inputSize(expected: Int, got: Int)
    /// Core ML threw while predicting.
    case predictionFailed(reason: String)
    /// This device computes something else than the released package: show nothing, or try other compute units.
    case selfTestFailed(output: String, difference: Double, tolerance: Double)
}

extension PredictorError {
    /// One sentence: what, where, expected, got.
    public var description: String {
        switch self {
        case .modelNotFound(let searched):
            "no model found; searched \(searched.joined(separator: ", "))"
        case .compilationUnavailable(let path):
            "\(path): this platform cannot compile a package at run time; ship a .mlmodelc"
        case .compilationFailed(let path, let reason):
            "\(path): Core ML cannot compile the package (\(reason))"
        case .cacheFailed(let path, let reason):
            "\(path): cannot keep the compiled model (\(reason))"
        case .loadFailed(let path, let reason):
            "\(path): Core ML cannot load the model (\(reason))"
        case .missingFeature(let name, let available):
            "no feature '\(name)'; the model has \(available.joined(separator: ", "))"
        case .featureType(let name, let expected, let got):
            "feature '\(name)': expected \(expected), got \(got)"
        case .featureShape(let name, let expected, let got):
            "feature '\(name)': expected shape \(expected), got \(got)"
        case .featureLayout(let name, let strides, let elements):
            "feature '\(name)': strides \(strides) lead outside its \(elements) elements"
        case .inputSize(let expected, let got):
            "the window has \(got) values, expected \(expected)"
        case .selfTestFailed(let output, let difference, let tolerance):
            "'\(output)': this device is off by \(difference) in the self-test, \(tolerance) is allowed; try other compute units"
        case .predictionFailed(let reason):
            "Core ML failed to predict (\(reason))"
        }
    }

    /// The next step.
    public var recoverySuggestion: String? {
        switch self {
        case .modelNotFound:
            "Build the app with Xcode, which compiles the package's model, or give the URL of a compiled model."
        case .compilationUnavailable:
            "Build the watch app with Xcode, or ship what `xcrun coremlcompiler compile` makes and give its URL."
        case .compilationFailed, .loadFailed, .predictionFailed:
            "Try other compute units, for example cpuOnly; if it stays, report it with the device's model and system."
        case .cacheFailed:
            "Free storage on the device, or give a folder that the app may write."
        case .missingFeature, .featureType, .featureShape, .featureLayout, .inputSize:
            "Use the model that came with this payload."
        case .selfTestFailed:
            "Show no figure of this model on this device; try other compute units, for example cpuOnly."
        }
    }
}
