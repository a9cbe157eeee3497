/// Finds peaks by prominence and distance, with the rules of SciPy's `find_peaks`.
enum PeakFinder {
    /// The indices of peaks; of a flat top its middle.
    ///
    /// - Parameters:
    ///   - values: the signal.
    ///   - prominence: least height above the higher of the lowest points on either side, up to a higher peak.
    ///   - distance: least number of steps between two peaks; the higher one stays.
    static func peaks(_ values: [Double], prominence: Double, distance: Int) -> [Int] {
        separated(maxima(values), values, distance).filter { self.prominence(of: $0, values) >= prominence }
    }

    private static func maxima(_ values: [Double]) -> [Int] {
        var found: [Int] = []
        var index = 1
        while index + 1 < values.count {
            if values[index - 1] < values[index] {
                var ahead = index + 1
                while ahead + 1 < values.count, values[ahead] == values[index] { ahead += 1 }
                if values[ahead] < values[index] {
                    found.append((index + ahead - 1) / 2)
                    index = ahead
                }
            }
            index += 1
        }
        return found
    }

    private static func separated(_ peaks: [Int], _ values: [Double], _ distance: Int) -> [Int] {
        var isKept = peaks.map { _ in true }
        let order = peaks.indices.sorted { (values[peaks[$0]], $0) < (values[peaks[$1]], $1) }
        for place in order.reversed() where isKept[place] {
            for other in peaks.indices
            where other != place && isKept[other] && abs(peaks[other] - peaks[place]) < distance {
                isKept[other] = false
            }
        }
        return peaks.indices.filter { isKept[$0] }.map { peaks[$0] }
    }

    private static func prominence(of peak: Int, _ values: [Double]) -> Double {
        func lowest(_ way: Int) -> Double {
            var (index, low) = (peak, values[peak])
            while values.indices.contains(index), values[index] <= values[peak] {
                low = min(low, values[index])
                index += way
            }
            return low
        }
        return values[peak] - max(lowest(-1), lowest(1))
    }
}
