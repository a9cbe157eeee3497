#if canImport(CoreML) && os(Linux)
    import CoreML
    import Foundation
    import Synchronization

    @testable import QLeapEdge

    /// A stand-in model that answers every golden input with its golden outputs.
    struct GoldenModel {
        /// How an answer is laid out or broken.
        enum Twist: Sendable {
            /// Contiguous rows.
            case none
            /// Rows padded in memory, as the Neural Engine hands them out; the padding is NaN.
            case paddedRows
            /// Axes stored in another order.
            case transposed
            /// One output is not there.
            case without(String)
            /// One output has another shape.
            case reshaped(String)
            /// One output is double precision.
            case doubled(String)
            /// One output is a number instead of an array.
            case scalar(String)
            /// Strides that lead outside the memory.
            case brokenStrides(String)
            /// One element of one output is off.
            case off(String, by: Float)
            /// Core ML throws.
            case failing
        }

        let contract: ContractDocument
        let golden: GoldenDocument

        init(_ payload: EdgePayload) throws {
            contract = payload.contract
            golden = try Shipped.golden()
        }

        func stub(_ twist: Twist = .none) -> StubModel {
            let (contract, golden) = (contract, golden)
            func features(_ specs: [TensorSpec]) -> [StubFeature] {
                specs.map { StubFeature(name: $0.name, shape: $0.shape) }
            }
            return StubModel(inputs: features(contract.inputs), outputs: features(contract.outputs)) { input in
                if case .failing = twist { throw StubError(message: "the engine is on fire") }
                let spec = contract.inputs[0]
                guard let array = input.featureValue(for: spec.name)?.multiArrayValue else {
                    throw StubError(message: "no \(spec.name)")
                }
                let values = array.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
                guard let window = golden.windows.first(where: { $0.imu.map(Float.init) == values }) else {
                    throw StubError(message: "not a golden input")
                }
                var answer: [String: Any] = [:]
                for output in contract.outputs {
                    guard let name = OutputName(rawValue: output.name) else { continue }
                    answer[output.name] = Self.value(output, window.outputs.modelOutputs[name], twist)
                }
                return try MLDictionaryFeatureProvider(dictionary: answer)
            }
        }

        private static func value(_ spec: TensorSpec, _ values: [Float], _ twist: Twist) -> MLFeatureValue? {
            switch twist {
            case .without(spec.name): nil
            case .off(spec.name, let difference):
                feature(spec.shape, [values[0] + difference] + values.dropFirst(), contiguous(spec.shape))
            case .scalar(spec.name): MLFeatureValue(double: 1)
            case .reshaped(spec.name): feature(spec.shape + [1], values, contiguous(spec.shape + [1]))
            case .doubled(spec.name):
                MLFeatureValue(
                    multiArray: MLMultiArray(
                        stubShape: spec.shape, dataType: .double, strides: contiguous(spec.shape), elements: spec.count)
                )
            case .brokenStrides(spec.name):
                MLFeatureValue(
                    multiArray: MLMultiArray(
                        stubShape: spec.shape, dataType: .float32, strides: contiguous(spec.shape),
                        elements: spec.count - 1))
            case .paddedRows:
                feature(spec.shape, values, contiguous(spec.shape.dropLast() + [(spec.shape.last ?? 1) + 13]))
            case .transposed: feature(spec.shape, values, Array(contiguous(spec.shape.reversed()).reversed()))
            default: feature(spec.shape, values, contiguous(spec.shape))
            }
        }

        private static func contiguous(_ shape: [Int]) -> [Int] {
            shape.indices.map { shape[($0 + 1)...].reduce(1, *) }
        }

        /// Lays values out by strides; memory that no element owns stays NaN.
        private static func feature(_ shape: [Int], _ values: [Float], _ strides: [Int]) -> MLFeatureValue {
            let last = zip(shape, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
            let array = MLMultiArray(stubShape: shape, dataType: .float32, strides: strides, elements: last + 1)
            array.withUnsafeMutableBytes { bytes, _ in
                let elements = bytes.bindMemory(to: Float.self)
                for (index, value) in values.enumerated() {
                    var (rest, offset) = (index, 0)
                    for axis in shape.indices.reversed() {
                        offset += rest % shape[axis] * strides[axis]
                        rest /= shape[axis]
                    }
                    elements[offset] = value
                }
            }
            return MLFeatureValue(multiArray: array)
        }
    }
#endif
