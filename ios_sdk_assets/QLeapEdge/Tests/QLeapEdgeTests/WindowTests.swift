import Testing

@testable import QLeapEdge

/// Windows: complete, every hop, never across a gap.
@Suite struct WindowTests {
    func step(_ index: Int, segment: Int = 0) -> ResampledStep {
        let value = Double(index)
        return ResampledStep(
            segment: segment, index: index,
            sample: ImuSample(
                timestamp: value / 50, specificForce: SIMD3(value, 0, 0), angularVelocity: SIMD3(0, 0, -value)))
    }

    @Test func windowsComeEveryHop() throws {
        var buffer = WindowBuffer(wearer: try .sample())
        let windows = (0..<431).compactMap { buffer.append(step($0)) }
        #expect(windows.count == 24)
        for (number, window) in windows.enumerated() {
            #expect(window.values.count == 1200)
            #expect(window.values.first == Float(10 * number))
            #expect(window.values.last == -Float(10 * number + 199))
            #expect(window.startTimestamp == Double(10 * number) / 50)
            #expect(window.endTimestamp == Double(10 * number + 199) / 50)
        }
    }

    @Test func aGapStartsOver() throws {
        var buffer = WindowBuffer(wearer: try .sample(), windowSteps: 4, hopSteps: 2)
        #expect((0..<3).compactMap { buffer.append(step($0)) }.isEmpty)
        let windows = (0..<6).compactMap { buffer.append(step($0, segment: 1)) }
        #expect(windows.map { $0.values[0] } == [0, 2])
        #expect(windows.allSatisfy { $0.segment == 1 })
    }

    @Test func fromCoreMotionToWindows() throws {
        let contract = try Shipped.payload().contract
        let wearer = try Wearer(stature: 1.7, wear: WearConfiguration(wrist: .right, crown: .right))
        func samples(_ count: Int, from start: Double) -> [MotionSample] {
            (0..<count).map {
                MotionSample(
                    timestamp: start + Double($0) / 100, gravity: SIMD3(-1, 0, 0), userAcceleration: .zero,
                    rotationRate: SIMD3(0.5, 0, 0))
            }
        }
        var windower = MotionWindower(wearer: wearer, contract: contract)
        let recording = samples(1001, from: 0) + samples(300, from: 12) + samples(401, from: 20)
        var windows: [ImuWindow] = []
        for start in stride(from: 0, to: recording.count, by: 25) {
            windows += try windower.append(Array(recording[start..<min(start + 25, recording.count)]))
        }
        windows += windower.finish()
        // 501 steps give 31 windows, 150 steps none, 201 steps one.
        #expect(windows.allSatisfy { $0.wearer == wearer })
        #expect(windows.map(\.segment) == Array(repeating: 0, count: 31) + [2])
        for window in windows {
            for (index, value) in window.values.enumerated() {
                // Right arm hanging: Rz(180) turns the case's x to distal, then y is mirrored; the axial x rate flips twice.
                let expected = [-ForearmFrame.standardGravity, 0, 0, 0.5, 0, 0][index % 6]
                #expect(abs(Double(value) - expected) < 1e-5)
            }
        }
    }
}
