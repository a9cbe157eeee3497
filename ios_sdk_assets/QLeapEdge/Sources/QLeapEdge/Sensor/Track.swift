/// A growing row of values with lasting indices, whose oldest part can be forgotten.
struct Track<Element: Sendable>: Sendable {
    private var stored: [Element] = []
    private var start = 0

    /// One past the newest index.
    var end: Int { start + stored.count }

    subscript(index: Int) -> Element { stored[index - start] }

    mutating func append(_ element: Element) {
        stored.append(element)
    }

    /// Drops elements before `index`, in large pieces.
    mutating func forget(before index: Int) {
        let count = index - start
        guard count > 256 else { return }
        stored.removeFirst(count)
        start += count
    }
}
