/// `contract.json`: what goes into the model and what comes out.
public struct ContractDocument: Document {
    /// The accepted `schema`.
    package static let schemaName = "qleap.contract"
    /// The accepted `schema_version`.
    package static let schemaVersion = 3
    /// Its file name.
    package static let fileName = "contract.json"

    /// Schema name, as read.
    package let schema: String
    /// Schema version, as read.
    package let schemaVersion: Int
    /// Base name of the model package.
    package let modelName: String
    /// Version of the model.
    package let modelVersion: String
    /// Rate of the input, Hz.
    package let rateHz: Double
    /// Steps in a window.
    package let windowSteps: Int
    /// Steps between the starts of two windows.
    package let hopSteps: Int
    /// Frame of the input: always `C`.
    package let inputFrame: String
    /// The arm the model expects: always `left`.
    package let inputArm: String
    /// How short windows are filled: always `none`.
    package let padding: String
    /// Names of the input channels, in order.
    package let channels: [String]
    /// Inputs of the model.
    package let inputs: [TensorSpec]
    /// Outputs of the model.
    package let outputs: [TensorSpec]
    /// Classes of `exercise_logits`, by id.
    public let exercises: [ExerciseSpec]
    /// Classes of `form_logits`.
    package let formScores: [Int]
    /// What a form score consists of, and what a wrist cannot see.
    public let form: FormSpec

    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case modelName = "model_name"
        case modelVersion = "model_version"
        case rateHz = "rate_hz"
        case windowSteps = "window_steps"
        case hopSteps = "hop_steps"
        case inputFrame = "input_frame"
        case inputArm = "input_arm"
        case padding
        case channels
        case inputs
        case outputs
        case exercises
        case formScores = "form_scores"
        case form
    }

    /// Decodes the contract; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        schema = try container.value(.schema)
        schemaVersion = try container.value(.schemaVersion)
        modelName = try container.value(.modelName)
        modelVersion = try container.value(.modelVersion)
        rateHz = try container.value(.rateHz)
        windowSteps = try container.value(.windowSteps)
        hopSteps = try container.value(.hopSteps)
        inputFrame = try container.value(.inputFrame)
        inputArm = try container.value(.inputArm)
        padding = try container.value(.padding)
        channels = try container.value(.channels)
        inputs = try container.value(.inputs)
        outputs = try container.value(.outputs)
        exercises = try container.value(.exercises)
        formScores = try container.value(.formScores)
        form = try container.value(.form)
    }

    /// The channels that this package delivers, in the model's order.
    static let knownChannels = [
        "specific_force_x", "specific_force_y", "specific_force_z",
        "angular_velocity_x", "angular_velocity_y", "angular_velocity_z",
    ]

    /// The specification of one output.
    ///
    /// - Throws: ``DocumentError/badValue(document:key:reason:)`` when the contract has no such output.
    package func output(_ name: OutputName) throws -> TensorSpec {
        guard let spec = outputs.first(where: { $0.name == name.rawValue }) else {
            throw Self.bad("outputs", "no output '\(name.rawValue)'")
        }
        return spec
    }

    /// Most steps of a window, 20 minutes at 50 Hz: a larger number would size memory that no device has.
    static let mostWindowSteps = 60_000
    /// Most elements of one input or output, 64 MiB.
    static let mostElements = 1 << 24
    /// Lowest rate of the input, Hz: the low-pass before a lower one would have more weights than a stream has samples.
    static let lowestRateHz = 20.0
    /// Highest rate of the input, Hz.
    static let highestRateHz = 1000.0

    /// Checks that this package can serve the contract: frame, arm, channels, shapes, classes.
    ///
    /// - Throws: ``DocumentError/badValue(document:key:reason:)``.
    package func validate() throws {
        guard (Self.lowestRateHz...Self.highestRateHz).contains(rateHz) else {
            throw Self.bad("rate_hz", "expected \(Self.lowestRateHz) to \(Self.highestRateHz) Hz, got \(rateHz)")
        }
        guard (1...Self.mostWindowSteps).contains(windowSteps) else {
            throw Self.bad("window_steps", "expected 1 to \(Self.mostWindowSteps), got \(windowSteps)")
        }
        for (key, specs) in [("inputs", inputs), ("outputs", outputs)] {
            for spec in specs {
                guard let count = spec.checkedCount, count <= Self.mostElements else {
                    throw Self.bad(
                        "\(key).\(spec.name).shape", "expected 1 to \(Self.mostElements) elements, got \(spec.shape)")
                }
            }
        }
        guard (1...windowSteps).contains(hopSteps) else { throw Self.bad("hop_steps", "not between 1 and a window") }
        guard inputFrame == "C" else { throw Self.bad("input_frame", "expected C, got \(inputFrame)") }
        guard inputArm == "left" else { throw Self.bad("input_arm", "expected left, got \(inputArm)") }
        guard padding == "none" else { throw Self.bad("padding", "expected none, got \(padding)") }
        guard channels == Self.knownChannels else { throw Self.bad("channels", "not the six channels of frame C") }
        guard inputs.count == 1, let input = inputs.first, input.shape == [1, windowSteps, channels.count] else {
            throw Self.bad("inputs", "expected one input of shape [1, \(windowSteps), \(channels.count)]")
        }
        guard exercises.map(\.id) == Array(exercises.indices), !exercises.isEmpty else {
            throw Self.bad("exercises", "ids must count from 0")
        }
        guard !formScores.isEmpty else { throw Self.bad("form_scores", "no scores") }
        guard !form.observable.isEmpty else { throw Self.bad("form.observable", "no criteria") }
        guard Set(form.exercises).isSubset(of: exercises.map(\.name)) else {
            throw Self.bad("form.exercises", "not an exercise of this contract")
        }
        guard Set(form.observable).isDisjoint(with: form.notObservable) else {
            throw Self.bad("form.not_observable", "a criterion is listed as observable too")
        }
        guard outputs.map(\.name).sorted() == OutputName.allCases.map(\.rawValue).sorted() else {
            throw Self.bad("outputs", "expected \(OutputName.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let pose = try output(.pose)
        guard pose.shape.count == 4, pose.shape.starts(with: [1, windowSteps]), pose.shape[2] > 0, pose.shape[3] == 3
        else { throw Self.bad("outputs.pose.shape", "expected [1, \(windowSteps), joints, 3]") }
        try expect(.poseLogVariance, pose.shape)
        try expect(.exerciseLogits, [1, exercises.count])
        try expect(.formLogits, [1, formScores.count])
        for name in [OutputName.whatEmbedding, .howEmbedding] {
            let shape = try output(name).shape
            guard shape.count == 2, shape[0] == 1, shape[1] > 0 else {
                throw Self.bad("outputs.\(name.rawValue).shape", "expected [1, features]")
            }
        }
    }

    private func expect(_ name: OutputName, _ shape: [Int]) throws {
        let got = try output(name).shape
        guard got == shape else { throw Self.bad("outputs.\(name.rawValue).shape", "expected \(shape), got \(got)") }
    }
}
