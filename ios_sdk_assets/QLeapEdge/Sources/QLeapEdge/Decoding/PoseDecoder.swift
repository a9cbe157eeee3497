import Foundation

/// Turns raw outputs into a ``PoseEstimate`` by the calibration profile; all arithmetic is in double precision.
package struct PoseDecoder: Sendable {
    /// What the model takes and gives.
    package let contract: ContractDocument
    /// How its numbers are calibrated.
    package let profile: ProfileDocument
    /// What its joints are.
    package let skeleton: SkeletonDocument
    /// For whom σ is calibrated; no gate depends on it.
    package let population: Population

    /// Creates a decoder.
    ///
    /// - Parameters:
    ///   - contract: what the model takes and gives.
    ///   - profile: how its numbers are calibrated.
    ///   - skeleton: what its joints are.
    ///   - population: for whom σ is calibrated.
    /// - Throws: ``DocumentError/inconsistent(document:key:expected:got:)`` when the three do not belong together.
    package init(
        contract: ContractDocument, profile: ProfileDocument, skeleton: SkeletonDocument,
        population: Population = .captured
    ) throws {
        func require(_ document: String, _ key: String, _ expected: Int, _ got: Int) throws {
            guard expected == got else {
                throw DocumentError.inconsistent(
                    document: document, key: key, expected: String(expected), got: String(got))
            }
        }
        let joints = try contract.output(.pose).shape[2]
        let features = try contract.output(.whatEmbedding).count
        try require(SkeletonDocument.fileName, "joints", joints, skeleton.joints.count)
        try require(ProfileDocument.fileName, "sigma_scale", joints, profile.sigmaScale.count)
        try require(
            ProfileDocument.fileName, "abstain.embedding.centres", features, profile.abstain.embedding.featureCount)
        try require(
            ProfileDocument.fileName, "abstain.input.centres", Self.inputFeatureCount,
            profile.abstain.input.featureCount)
        self.contract = contract
        self.profile = profile
        self.skeleton = skeleton
        self.population = population
    }

    /// Decodes one window.
    ///
    /// - Parameters:
    ///   - outputs: the model's answer.
    ///   - window: the input it answered to (left-arm frame C), with its wearer.
    /// - Throws: ``DecodingProblem``; numbers that are not finite are refused, since no gate could fire on them.
    package func decode(_ outputs: ModelOutputs, window: ImuWindow) throws -> PoseEstimate {
        let wearer = window.wearer
        try check(window.values, "imu", contract.windowSteps * ImuWindow.channelCount)
        for name in OutputName.allCases {
            try check(outputs[name], name.rawValue, try contract.output(name).count)
        }
        let order = wearer.wrist == .right ? skeleton.mirrored : skeleton.joints.map(\.index)
        let reflection = SIMD3<Double>(1, wearer.wrist == .right ? -1 : 1, 1) * wearer.stature
        let joints = order.count
        let frames = contract.windowSteps
        let positions = Self.points(
            outputs.pose, order, times: [SIMD3<Double>](repeating: reflection, count: joints))
        let sigmas = Self.points(
            Exponential.squareRoots(ofLogarithms: outputs.poseLogVariance), order,
            times: calibratedScales.map { $0 * wearer.stature })
        let exercise = Self.softmax(outputs.exerciseLogits, temperature: profile.temperature.exercise)
        let form = Self.softmax(outputs.formLogits, temperature: profile.temperature.form)
        let named = Self.largest(exercise)
        let isScored = contract.form.exercises.contains(contract.exercises[named].name)
        let scores = try gateScores(outputs, window)
        return PoseEstimate(
            frameCount: frames, jointCount: joints, positions: positions, sigmas: sigmas,
            levels: profile.levels, radii: order.map { profile.radius[$0] },
            exerciseProbability: exercise, formProbability: form,
            exercise: named, form: isScored ? Self.largest(form) : nil,
            formRange: isScored ? profile.formSets.range(form) : nil,
            logSigma: scores.logSigma, embeddingDistance: scores.embedding, inputDistance: scores.input,
            reasons: fired(scores), timestamp: window.endTimestamp)
    }

    /// Added before a logarithm, m/s² and rad/s: a dead channel stays finite.
    package static let still = 1e-3

    /// How many numbers ``inputFeatures(_:)`` gives.
    package static let inputFeatureCount = 2 * ImuWindow.channelCount + 1

    /// Mean of each channel over a window, then the logarithm of each standard deviation (population, plus ``still``),
    /// then the logarithm of the mean norm of the specific force (plus ``still``): 13 numbers.
    package static func inputFeatures(_ window: ImuWindow) -> [Double] {
        let steps = Double(window.steps)
        let channels = ImuWindow.channelCount
        var means = [Double](repeating: 0, count: channels)
        var squares = [Double](repeating: 0, count: channels)
        let whole = window.steps * channels
        for start in stride(from: 0, to: whole, by: channels) {
            for channel in 0..<channels { means[channel] += Double(window.values[start + channel]) / steps }
        }
        for start in stride(from: 0, to: whole, by: channels) {
            for channel in 0..<channels {
                let difference = Double(window.values[start + channel]) - means[channel]
                squares[channel] += difference * difference
            }
        }
        var norm = 0.0
        for step in 0..<window.steps {
            let force = vector(window.values, 2 * step)
            norm += (force * force).sum().squareRoot() / steps
        }
        return means + squares.map { log(($0 / steps).squareRoot() + still) } + [log(norm + still)]
    }

    /// An embedding scaled to length 1; one of length 0 stays 0.
    private static func unitLength(_ embedding: [Float]) -> [Double] {
        let wide = embedding.map(Double.init)
        let length = max(wide.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
        return wide.map { $0 / length }
    }

    private typealias GateScores = (logSigma: Double, embedding: Double, input: Double)

    private func gateScores(_ outputs: ModelOutputs, _ window: ImuWindow) throws -> GateScores {
        (
            meanLogSigma(outputs.poseLogVariance),
            try profile.abstain.embedding.distance(of: Self.unitLength(outputs.whatEmbedding)),
            try profile.abstain.input.distance(of: Self.inputFeatures(window))
        )
    }

    private func fired(_ scores: GateScores) -> [AbstainReason] {
        AbstainReason.allCases.filter { reason in
            // "Not below" rather than "above": a score that overflowed to no number fires too.
            switch reason {
            case .sigma: !(scores.logSigma <= profile.abstain.logSigmaThreshold)
            case .embedding: !(scores.embedding <= profile.abstain.embedding.threshold)
            case .input: !(scores.input <= profile.abstain.input.threshold)
            }
        }
    }

    /// What exp(½ log-variance) of a joint is multiplied by: scale × widening (1 for synthetic persons).
    private var calibratedScales: [SIMD3<Double>] {
        zip(profile.sigmaScale, profile.captured.widening).map { scale, widening in
            SIMD3(scale[0], scale[1], scale[2]) * (population == .captured ? widening : 1)
        }
    }

    /// Points of all frames in the wearer's joint order, each times the factor of its joint in the model's order.
    private static func points<Scalar: SIMDScalar & BinaryFloatingPoint>(
        _ values: [Scalar], _ order: [Int], times factors: [SIMD3<Double>]
    ) -> [SIMD3<Double>] {
        // Without bounds to check a point: there are thousands of them a window, and `decode` has counted the values.
        values.withUnsafeBufferPointer { values in
            Array(unsafeUninitializedCapacity: values.count / 3) { points, count in
                guard var point = points.baseAddress else { return }
                for row in stride(from: 0, to: values.count, by: 3 * order.count) {
                    for joint in order {
                        let first = row &+ 3 &* joint
                        let value = SIMD3(values[first], values[first &+ 1], values[first &+ 2])
                        point.initialize(to: SIMD3<Double>(value) * factors[joint])
                        point += 1
                    }
                }
                count = values.count / 3
            }
        }
    }

    /// Mean of ln σ' of synthetic persons over frames, joints without the root, and axes.
    private func meanLogSigma(_ logVariance: [Float]) -> Double {
        let joints = profile.sigmaScale.count
        let frames = logVariance.count / 3 / joints
        let root = skeleton.rootIndex
        let halves = logVariance.withUnsafeBufferPointer { values in
            var sum = SIMD3<Double>.zero
            for row in stride(from: 0, to: values.count, by: 3 * joints) {
                for joint in 0..<joints where joint != root {
                    let first = row &+ 3 &* joint
                    sum += SIMD3<Double>(SIMD3(values[first], values[first &+ 1], values[first &+ 2]))
                }
            }
            return sum.sum()
        }
        var scales = 0.0
        for joint in 0..<joints where joint != root { scales += profile.sigmaScale[joint].reduce(0) { $0 + log($1) } }
        let count = Double(3 * (joints - 1))
        return 0.5 * halves / (count * Double(frames)) + scales / count
    }

    private static func vector(_ values: [Float], _ point: Int) -> SIMD3<Double> {
        SIMD3(Double(values[3 * point]), Double(values[3 * point + 1]), Double(values[3 * point + 2]))
    }

    private static func softmax(_ logits: [Float], temperature: Double) -> [Double] {
        // The difference comes before the division: divided by a tiny temperature, two logits would be infinite, and
        // their difference no number.
        let top = logits.max().map(Double.init) ?? 0
        let weights = logits.map { exp((Double($0) - top) / temperature) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// Index of the largest value, the first one of equals.
    private static func largest(_ values: [Double]) -> Int {
        values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
    }

    private func check(_ values: [Float], _ name: String, _ expected: Int) throws {
        guard values.count == expected else {
            throw DecodingProblem.elementCount(name: name, expected: expected, got: values.count)
        }
        // Only where one is bad, its place is sought.
        if !Exponential.areAllWithin(.greatestFiniteMagnitude, values),
            let index = values.firstIndex(where: { !$0.isFinite })
        {
            throw DecodingProblem.notFinite(name: name, index: index)
        }
    }
}
