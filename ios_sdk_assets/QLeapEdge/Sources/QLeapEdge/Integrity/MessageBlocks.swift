import Foundation

/// Cuts a message into the blocks of a hash function of the SHA-2 family, and pads its end.
///
/// Source: NIST FIPS 180-4, sections 5.1 and 5.2.
struct MessageBlocks: Sendable {
    private let size: Int
    private var pending: [UInt8] = []
    private var length: UInt64 = 0

    /// Starts with no bytes.
    ///
    /// - Parameter size: bytes of a block: 64 for words of 32 bits, 128 for words of 64 bits.
    init(of size: Int) {
        self.size = size
    }

    /// Adds bytes and gives the whole blocks that they complete; splitting them over several calls changes nothing.
    mutating func add(_ data: some ContiguousBytes, compress: (Slice<UnsafeRawBufferPointer>) -> Void) {
        data.withUnsafeBytes { bytes in
            length += UInt64(bytes.count)
            var rest = bytes[...]
            if !pending.isEmpty {
                let take = min(size - pending.count, rest.count)
                pending.append(contentsOf: rest.prefix(take))
                rest = rest.dropFirst(take)
                guard pending.count == size else { return }
                pending.withUnsafeBytes { compress($0[...]) }
                pending.removeAll(keepingCapacity: true)
            }
            let whole = rest.count / size * size
            compress(rest.prefix(whole))
            pending.append(contentsOf: rest.dropFirst(whole))
        }
    }

    /// The last blocks: what is left, a 1 bit, zeros, and the length in bits as an eighth of a block, whose upper half is 0.
    var last: [UInt8] {
        var bytes = pending
        bytes.append(0x80)
        let used = bytes.count + size / 8
        bytes.append(contentsOf: repeatElement(0, count: (size - used % size) % size + size / 8 - 8))
        bytes.append(contentsOf: (0..<8).map { UInt8(truncatingIfNeeded: (length << 3) >> (56 - 8 * UInt64($0))) })
        return bytes
    }
}
