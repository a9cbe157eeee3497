#if canImport(CoreML)
    import CoreML
    import Foundation

    /// Reads and writes multi-arrays by their strides; Core ML pads rows for the Neural Engine, so memory order is not
    /// element order.
    enum TensorReader {
        /// The elements of a feature in row-major order.
        ///
        /// - Throws: ``PredictorError`` for a missing feature, another type, another shape, or a broken layout.
        static func read(_ spec: TensorSpec, from features: any MLFeatureProvider) throws -> [Float] {
            guard let value = features.featureValue(for: spec.name) else {
                throw PredictorError.missingFeature(name: spec.name, available: features.featureNames.sorted())
            }
            guard let array = value.multiArrayValue, array.dataType == .float32 else {
                let got = value.multiArrayValue.map { name(of: $0.dataType) } ?? "no multi-array"
                throw PredictorError.featureType(name: spec.name, expected: spec.dtype.rawValue, got: got)
            }
            let shape = array.shape.map(\.intValue)
            guard shape == spec.shape else {
                throw PredictorError.featureShape(name: spec.name, expected: spec.shape, got: shape)
            }
            let strides = array.strides.map(\.intValue)
            return try array.withUnsafeBytes { bytes in
                let elements = bytes.bindMemory(to: Float.self)
                try check(strides, shape: shape, elements: elements.count, name: spec.name)
                var values: [Float] = []
                values.reserveCapacity(spec.count)
                visit(shape, strides) { values.append(elements[$0]) }
                return values
            }
        }

        /// A new multi-array with the values, given in row-major order.
        ///
        /// - Throws: ``PredictorError/inputSize(expected:got:)`` or a broken layout, or Core ML's allocation error.
        static func array(_ values: [Float], _ spec: TensorSpec) throws -> MLMultiArray {
            guard values.count == spec.count else {
                throw PredictorError.inputSize(expected: spec.count, got: values.count)
            }
            let array = try MLMultiArray(shape: spec.shape.map { NSNumber(value: $0) }, dataType: .float32)
            try array.withUnsafeMutableBytes { bytes, strides in
                let elements = bytes.bindMemory(to: Float.self)
                try check(strides, shape: spec.shape, elements: elements.count, name: spec.name)
                var next = 0
                visit(spec.shape, strides) { offset in
                    elements[offset] = values[next]
                    next += 1
                }
            }
            return array
        }

        /// Words for an element type.
        ///
        /// A table, not a switch: Apple adds types.
        static func name(of type: MLMultiArrayDataType) -> String {
            let names: [MLMultiArrayDataType: String] = [
                .float32: "float32", .float16: "float16", .double: "float64", .int32: "int32",
            ]
            return names[type] ?? "type \(type.rawValue)"
        }

        private static func check(_ strides: [Int], shape: [Int], elements: Int, name: String) throws {
            let last = zip(shape, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
            guard strides.count == shape.count, strides.allSatisfy({ $0 >= 0 }), last < elements else {
                throw PredictorError.featureLayout(name: name, strides: strides, elements: elements)
            }
        }

        /// Calls `body` with the memory offset of each element in row-major order.
        private static func visit(_ shape: [Int], _ strides: [Int], _ body: (Int) -> Void) {
            var position = [Int](repeating: 0, count: shape.count)
            var offset = 0
            for _ in 0..<shape.reduce(1, *) {
                body(offset)
                for axis in shape.indices.reversed() {
                    position[axis] += 1
                    offset += strides[axis]
                    if position[axis] < shape[axis] { break }
                    offset -= shape[axis] * strides[axis]
                    position[axis] = 0
                }
            }
        }
    }
#endif
