import Foundation

/// Makes hostile documents of a good one: it knows where the values lie in the text, so that most of them are still JSON.
struct JSONMutator {
    private enum Kind { case object, array, string, number, literal }

    private struct Value {
        let kind: Kind
        let range: Range<Int>
        /// Key and value of a member, or the element of an array; nil at the root.
        let member: Range<Int>?
        /// What goes with the member when it is removed: one comma.
        var removal: Range<Int>?
    }

    private struct Edit {
        let range: Range<Int>
        let text: [UInt8]
    }

    private let text: [UInt8]
    /// Values by path, with the numbers of elements left out, so that a long array does not crowd out the rest.
    private var groups: [[Value]] = []
    private var strings: [Range<Int>] = []

    /// - Parameter text: a well-formed document.
    init(_ data: Data) {
        text = [UInt8](data)
        var reader = Reader(text: text)
        reader.value(path: "", member: nil)
        groups = reader.found.sorted { $0.key < $1.key }.map(\.value)
        strings = groups.joined().filter { $0.kind == .string }.map(\.range)
    }

    /// One to three changes of the values, or changed bytes.
    func mutated(using random: inout SplitMix64) -> Data {
        if random.chance(0.1) { return Data(bytesChanged(using: &random)) }
        var edits: [Edit] = []
        for _ in 0..<random.pick([1, 1, 1, 2, 3]) {
            let edit = edit(of: random.pick(random.pick(groups)), using: &random)
            if edits.allSatisfy({ !$0.range.overlaps(edit.range) && $0.range != edit.range }) { edits.append(edit) }
        }
        var changed = text
        for edit in edits.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
            changed.replaceSubrange(edit.range, with: edit.text)
        }
        return Data(changed)
    }

    private func bytesChanged(using random: inout SplitMix64) -> [UInt8] {
        var changed = text
        for _ in 0..<random.pick([1, 2, 8]) {
            changed[Int.random(in: changed.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        if random.chance(0.3) { changed.removeLast(Int.random(in: 0..<changed.count, using: &random)) }
        return changed
    }

    private func edit(of value: Value, using random: inout SplitMix64) -> Edit {
        let choice = Int.random(in: 0..<10, using: &random)
        if let member = value.member, let removal = value.removal {
            switch choice {
            case 0: return Edit(range: removal, text: [])
            case 1: return Edit(range: member.upperBound..<member.upperBound, text: [44] + text[member])
            case 2 where member != value.range:
                let key = random.pick(Self.keys) + ":"
                return Edit(range: member.lowerBound..<value.range.lowerBound, text: Array(key.utf8))
            case 3:
                // The first elements or members only.
                return Edit(range: removal.lowerBound..<member.upperBound, text: [])
            default: break
            }
        }
        return Edit(range: value.range, text: replacement(of: value, using: &random))
    }

    private func replacement(of value: Value, using random: inout SplitMix64) -> [UInt8] {
        if random.chance(0.1) { return Array(random.pick(Self.otherTypes).utf8) }
        if random.chance(0.02) {
            let depth = random.pick([3, 100, 600, 100_000])
            return [UInt8](repeating: 91, count: depth) + [UInt8](repeating: 93, count: depth)
        }
        switch value.kind {
        case .number, .literal: return Array(random.pick(Self.numbers).utf8)
        case .string:
            if random.chance(0.3), !strings.isEmpty { return Array(text[random.pick(strings)]) }
            return random.pick(Self.strings)
        case .object, .array:
            if random.chance(0.3) { return [91] + text[value.range] + [93] }
            let other = random.pick(random.pick(groups))
            return other.range.count < 2000 ? Array(text[other.range]) : Array("[]".utf8)
        }
    }

    static let numbers = [
        "0", "-0", "-1", "1", "2", "3", "0.1", "1.5", "60000", "60001", "16777216", "2147483648", "4294967296",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e18", "1e19", "1e38", "1e39",
        "1e154", "1e155", "1e300", "1e308", "-1e308", "1e309", "-1e309", "1e400000000", "1e-9", "1e-20", "1e-300",
        "5e-324",
        "1e-400", "0.99999999999999994", "NaN", "Infinity", "-Infinity", "01", "+1", "1.", ".5", "0x10", "1e",
        String(repeating: "9", count: 400), "0." + String(repeating: "0", count: 400) + "1",
    ]
    private static let keys = ["\"\"", "\"schema\"", "\"surprise\"", "\"\\u0000\"", "\"name\"", "3", "\"\u{1F600}\""]
    private static let otherTypes = ["null", "true", "false", "[]", "{}", "\"x\"", "1", "[[]]", "{\"a\":{}}", "[null]"]
    private static let strings: [[UInt8]] =
        [
            "\"\"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"../x\"", "\"/\"",
            "\"a//b\"", "\".\"",
            "\"\\n\"", "\"C\"", "\"left\"", "\"none\"", "\"release\"", "\"e\u{301}\u{301}\u{301}\"",
            "\"\u{202E}\u{1F468}\u{200D}\"",
            "\"" + String(repeating: "a", count: 10_000) + "\"", "\"" + String(repeating: "0", count: 64) + "\"",
            "\"\u{1}\"",
            "\"unfinished",
        ].map { Array($0.utf8) } + [[34, 0xff, 0xfe, 34], [34, 0xc0, 0x80, 34], [34, 0xed, 0xa0, 0x80, 34]]

    /// Walks over a well-formed text.
    private struct Reader {
        let text: [UInt8]
        var position = 0
        var found: [String: [Value]] = [:]

        mutating func value(path: String, member start: Int?) {
            space()
            let begin = position
            let kind: Kind
            switch text[position] {
            case 123:
                kind = .object
                children(until: 125) { reader in
                    let key = reader.string()
                    reader.space()
                    reader.position += 1  // the colon
                    return path + "." + key
                }
            case 91:
                kind = .array
                children(until: 93) { _ in path + "[]" }
            case 34:
                kind = .string
                _ = string()
            case 45, 48...57:
                kind = .number
                word()
            default:
                kind = .literal
                word()
            }
            let member = start.map { $0..<position }
            found[path, default: []].append(Value(kind: kind, range: begin..<position, member: member, removal: member))
        }

        private mutating func children(until close: UInt8, _ path: (inout Reader) -> String) {
            position += 1
            space()
            var before: Int?
            while text[position] != close {
                if text[position] == 44 { position += 1 }
                space()
                let start = position
                let name = path(&self)
                value(path: name, member: start)
                // Without the comma before it, or, of the first one, after it.
                if var last = found[name]?.popLast() {
                    last.removal = (before ?? start)..<position
                    if before == nil, let comma = comma() { last.removal = start..<comma + 1 }
                    found[name]?.append(last)
                }
                before = position
                space()
            }
            position += 1
        }

        private func comma() -> Int? {
            let next = text[position...].firstIndex { ![32, 10, 13, 9].contains($0) }
            return next.flatMap { text[$0] == 44 ? $0 : nil }
        }

        private mutating func string() -> String {
            let start = position
            position += 1
            while text[position] != 34 { position += text[position] == 92 ? 2 : 1 }
            position += 1
            return String(decoding: text[start..<position], as: UTF8.self)
        }

        private mutating func word() {
            while position < text.count, ![44, 93, 125, 32, 10, 13, 9].contains(text[position]) { position += 1 }
        }

        private mutating func space() {
            while position < text.count, [32, 10, 13, 9].contains(text[position]) { position += 1 }
        }
    }
}
