import Foundation

#if canImport(CryptoKit)
    import CryptoKit
#endif

/// SHA-256 of data and files: CryptoKit where it exists, ``PortableSHA256`` elsewhere.
package enum FileDigest {
    private static let chunkBytes = 1 << 20

    /// The digest of bytes in memory: 64 lower-case hex digits.
    package static func sha256(of data: Data) -> String {
        #if canImport(CryptoKit)
            return Hex.text(of: SHA256.hash(data: data))
        #else
            var hasher = PortableSHA256()
            hasher.update(data)
            return hasher.hexDigest()
        #endif
    }

    /// The digest of a file's bytes, read in pieces of 1 MiB.
    ///
    /// - Throws: the file system's error when the file cannot be read.
    package static func sha256(ofFile url: URL) throws -> String {
        let handle = try FileHandle(forReadingFrom: url)
        defer { try? handle.close() }
        #if canImport(CryptoKit)
            var hasher = SHA256()
            while let chunk = try handle.read(upToCount: chunkBytes), !chunk.isEmpty {
                hasher.update(data: chunk)
            }
            return Hex.text(of: hasher.finalize())
        #else
            var hasher = PortableSHA256()
            while let chunk = try handle.read(upToCount: chunkBytes), !chunk.isEmpty {
                hasher.update(chunk)
            }
            return hasher.hexDigest()
        #endif
    }
}
