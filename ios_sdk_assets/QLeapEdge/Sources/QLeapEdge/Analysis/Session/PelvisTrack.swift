/// The height of the pelvis above the lower ankle in a set, averaged over the windows that hold a frame: a guess of the network.
///
/// The lower ankle is the one that carries the body; above the mean of both, a raised knee would look like half a squat.
struct PelvisTrack {
    /// Seconds, steps of the model's clock.
    let timeS: [Double]
    /// Metres; nil where no window holds the frame.
    let heightM: [Double?]

    init(_ windows: [WindowRecord], rateHz: Double) {
        guard let first = windows.first, let last = windows.last else {
            (timeS, heightM) = ([], [])
            return
        }
        let frames = Int(((last.startS - first.startS) * rateHz).rounded()) + last.heightsM.count
        var sums = [SIMD3<Double>](repeating: .zero, count: frames)
        var counts = [Int](repeating: 0, count: frames)
        for window in windows {
            let begin = Int(((window.startS - first.startS) * rateHz).rounded())
            for (offset, heights) in window.heightsM.enumerated() where begin + offset < frames {
                sums[begin + offset] += heights
                counts[begin + offset] += 1
            }
        }
        timeS = (0..<frames).map { first.startS + Double($0) / rateHz }
        heightM = zip(sums, counts).map { sum, count in
            guard count > 0 else { return nil }
            let mean = sum / Double(count)
            return mean.x - min(mean.y, mean.z)
        }
    }

    /// How far the pelvis falls between two stamps; nil where a frame is not known.
    func fall(_ startS: Double, _ endS: Double) -> Double? {
        let frames = timeS.indices.filter { timeS[$0] >= startS && timeS[$0] <= endS }
        let heights = frames.compactMap { heightM[$0] }
        guard heights.count == frames.count, let low = heights.min(), let high = heights.max() else { return nil }
        return high - low
    }

    /// How many times the pelvis falls and rises again.
    func repetitionCount(stature: Double, rateHz: Double, _ parameters: NameParameters) -> Int {
        let prominence = parameters.smallestDepth * stature
        let distance = max(1, Int(parameters.shortestGapS * rateHz))
        var found = 0
        for stretch in knownStretches {
            let part = stretch.compactMap { heightM[$0] }
            let bottoms = PeakFinder.peaks(part.map { -$0 }, prominence: prominence, distance: distance)
            // Neighbouring repetitions share the highest point between their bottoms, so they never overlap.
            let edges = [0] + bottoms + [part.count - 1]
            let tops = zip(edges, edges.dropFirst()).map { low, high in
                stretch.lowerBound + ((low...high).firstMaximum { part[$0] } ?? low)
            }
            for (start, end) in zip(tops, tops.dropFirst()) {
                let isCutBefore = start == stretch.lowerBound && start > 0
                let isCutAfter = end == stretch.upperBound - 1 && end < heightM.count - 1
                if !isCutBefore, !isCutAfter { found += 1 }
            }
        }
        return found
    }

    private var knownStretches: [Range<Int>] {
        var found: [Range<Int>] = []
        var begin: Int?
        for index in heightM.indices {
            if heightM[index] != nil {
                begin = begin ?? index
            } else if let first = begin {
                found.append(first..<index)
                begin = nil
            }
        }
        if let begin { found.append(begin..<heightM.count) }
        return found
    }
}
