/// Order statistics and moments, with NumPy's definitions.
extension Collection where Element == Double {
    /// The mean; 0 of nothing.
    var mean: Double { isEmpty ? 0 : reduce(0, +) / Double(count) }

    /// The median; 0 of nothing.
    var median: Double { percentile(50) }

    /// The percentile, by linear interpolation between neighbours; 0 of nothing.
    func percentile(_ percent: Double) -> Double {
        let ordered = sorted()
        guard let last = ordered.indices.last else { return 0 }
        let place = percent / 100 * Double(last)
        let before = Int(place)
        guard before < last else { return ordered[last] }
        return ordered[before] + (place - Double(before)) * (ordered[before + 1] - ordered[before])
    }

    /// The standard deviation of a whole population; 0 of nothing.
    var standardDeviation: Double {
        let middle = mean
        return map { ($0 - middle) * ($0 - middle) }.mean.squareRoot()
    }
}

/// Searching and interpolation in increasing values.
extension RandomAccessCollection where Element == Double, Index == Int {
    /// The first index whose value is at least `value` (NumPy's `searchsorted`, side left), `endIndex` if there is none.
    func firstIndex(notBefore value: Double) -> Int {
        partition { $0 < value }
    }

    /// The first index whose value is above `value` (side right), `endIndex` if there is none.
    func firstIndex(after value: Double) -> Int {
        partition { $0 <= value }
    }

    private func partition(_ isBefore: (Double) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// A value and its index.
extension Sequence {
    /// The first of the elements with the largest key; nil of nothing.
    func firstMaximum<Key>(by isLess: (Key, Key) -> Bool, _ key: (Element) -> Key) -> Element? {
        var best: (element: Element, key: Key)?
        for element in self {
            let own = key(element)
            guard let known = best else {
                best = (element, own)
                continue
            }
            if isLess(known.key, own) { best = (element, own) }
        }
        return best?.element
    }

    /// The first of the elements with the largest key; nil of nothing.
    func firstMaximum<Key: Comparable>(_ key: (Element) -> Key) -> Element? { firstMaximum(by: <, key) }
}
