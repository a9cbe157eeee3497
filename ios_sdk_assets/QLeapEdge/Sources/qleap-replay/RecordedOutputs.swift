import Foundation
import QLeapEdge

/// What the model answered to the windows of a recording, from a safetensors file: the six outputs, and the stamps `start_s`.
struct RecordedOutputs {
    /// Why the file cannot be used.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    private struct Tensor: Decodable {
        let dtype: String
        let shape: [Int]
        let data_offsets: [Int]  // swift-format-ignore: AlwaysUseLowerCamelCase
    }

    /// A tensor, or the free text under `__metadata__`.
    private struct Entry: Decodable {
        let tensor: Tensor?
        init(from decoder: any Decoder) throws { tensor = try? Tensor(from: decoder) }
    }

    private let startS: [Double]
    private let tensors: [OutputName: [Float]]

    init(contentsOf url: URL, contract: ContractDocument) throws {
        let name = url.lastPathComponent
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw Problem(description: "\(url.path) cannot be read: \(error.localizedDescription)")
        }
        guard data.count > 8 else { throw Problem(description: "\(name) is no safetensors file: \(data.count) bytes") }
        let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(data.count - 8) else {
            throw Problem(description: "\(name) is no safetensors file: its header is longer than the file")
        }
        let body = data.dropFirst(8 + Int(length))
        let header: [String: Tensor]
        do {
            let text = data.dropFirst(8).prefix(Int(length))
            header = try JSONDecoder().decode([String: Entry].self, from: text).compactMapValues(\.tensor)
        } catch {
            throw Problem(description: "\(name) is no safetensors file: its header is no JSON")
        }
        func floats(_ key: String, each count: Int, of windows: Int?) throws -> [Float] {
            guard let tensor = header[key], tensor.dtype == "F32", tensor.data_offsets.count == 2,
                let (first, stop) = Optional((tensor.data_offsets[0], tensor.data_offsets[1])),
                first >= 0, stop >= first, stop <= body.count, (stop - first) % (4 * max(count, 1)) == 0,
                windows == nil || (stop - first) == 4 * count * (windows ?? 0)
            else { throw Problem(description: "\(name): tensor \(key) is missing, no float32, or of another shape") }
            let bytes = body.dropFirst(first).prefix(stop - first)
            return bytes.withUnsafeBytes { raw in
                (0..<raw.count / 4).map {
                    Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
                }
            }
        }
        let stamps = try floats("start_s", each: 1, of: nil)
        startS = stamps.map(Double.init)
        var found: [OutputName: [Float]] = [:]
        for output in OutputName.allCases {
            found[output] = try floats(output.rawValue, each: contract.output(output).count, of: stamps.count)
        }
        tensors = found
    }

    /// How many windows it answers.
    var windowCount: Int { startS.count }

    /// The outputs for the window that starts at a stamp (seconds since the first row); nil where there are none.
    func outputs(at stampS: Double) -> ModelOutputs? {
        guard let row = startS.indices.min(by: { abs(startS[$0] - stampS) < abs(startS[$1] - stampS) }),
            abs(startS[row] - stampS) < 5e-3
        else { return nil }
        func part(_ name: OutputName) -> [Float] {
            let all = tensors[name] ?? []
            let count = all.count / max(startS.count, 1)
            return Array(all[(row * count)..<((row + 1) * count)])
        }
        return ModelOutputs(
            pose: part(.pose), poseLogVariance: part(.poseLogVariance), exerciseLogits: part(.exerciseLogits),
            formLogits: part(.formLogits), whatEmbedding: part(.whatEmbedding), howEmbedding: part(.howEmbedding))
    }
}
