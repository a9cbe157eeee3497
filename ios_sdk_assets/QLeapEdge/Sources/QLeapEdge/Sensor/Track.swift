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

    /// Drops elements before `index`, in pieces.
    ///
    /// Neither so small that each sample moves the rest, nor so large that copying the state of a stream costs more than its
    /// arithmetic.
    mutating func forget(before index: Int) {
        let count = index - start
        guard count > 64 else { return }
        stored.removeFirst(count)
        start += count
    }
}
