import Foundation
import QLeapEdge

/// Samples at 100 Hz of a watch that lies still, each with its number in the rotation rate.
func samples(_ count: Int, from first: Int = 0, withAttitude: Bool = true) -> [MotionSample] {
    (first..<first + count).map { index in
        MotionSample(
            timestamp: 100 + Double(index) / 100, gravity: SIMD3(0, 0, -1), userAcceleration: SIMD3(0.1, -0.2, 1e-17),
            rotationRate: SIMD3(Double(index), 0, 0),
            attitude: withAttitude ? Attitude(w: 1, x: 0, y: 0, z: 0) : nil)
    }
}

/// A folder of a test, removed after it.
func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
}

/// Names of everything in a folder, hidden files too.
func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
}

/// Waits until something is so, at most two seconds.
func eventually(_ condition: () -> Bool) async throws -> Bool {
    for _ in 0..<200 {
        if condition() { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return condition()
}
