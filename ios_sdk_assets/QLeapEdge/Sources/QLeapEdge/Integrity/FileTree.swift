import Foundation

/// The files below a folder, by relative path.
enum FileTree {
    /// What lies at a path.
    enum Entry: Equatable {
        case file
        /// A symbolic link or device: never accepted in place of a recorded file.
        case special
    }

    /// Every file and every special entry below `folder`, hidden ones included; folders themselves are not listed.
    ///
    /// - Throws: ``IntegrityError/unreadable(path:reason:)``.
    static func entries(of folder: URL) throws -> [String: Entry] {
        var found: [String: Entry] = [:]
        try collect(folder, prefix: "", into: &found)
        return found
    }

    /// A record of every regular file below `folder`.
    ///
    /// - Throws: ``IntegrityError``, also for a symbolic link or device.
    static func records(of folder: URL) throws -> [FileRecord] {
        try entries(of: folder).sorted { $0.key < $1.key }.map { path, entry in
            guard entry == .file else { throw IntegrityError.unreadable(path: path, reason: "not a regular file") }
            return try record(of: path, in: folder)
        }
    }

    /// The record of one file.
    ///
    /// - Throws: ``IntegrityError/unreadable(path:reason:)``.
    static func record(of path: String, in folder: URL) throws -> FileRecord {
        let url = folder.appendingPathComponent(path)
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
            let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
            return FileRecord(path: path, sha256: try FileDigest.sha256(ofFile: url), bytes: size)
        } catch {
            throw IntegrityError.unreadable(path: path, reason: error.localizedDescription)
        }
    }

    /// Tells whether a real folder (or a link to one) lies at `url`.
    static func isFolder(_ url: URL) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    /// Refuses a symbolic link or device in place of a file that no digest covers; a missing one is left to the reader.
    ///
    /// - Throws: ``IntegrityError/unreadable(path:reason:)``.
    static func refuseSpecial(_ url: URL) throws {
        let type = try? FileManager.default.attributesOfItem(atPath: url.path)[.type] as? FileAttributeType
        guard let type, type != .typeRegular else { return }
        throw IntegrityError.unreadable(path: url.path, reason: "not a regular file")
    }

    /// Tells whether anything lies at `url`, also a link that leads nowhere.
    static func exists(_ url: URL) -> Bool {
        (try? FileManager.default.attributesOfItem(atPath: url.path)) != nil
    }

    /// Reads a regular file whole.
    ///
    /// - Parameters:
    ///   - url: the file; a link or pipe in its place is refused, since reading a pipe would never end.
    ///   - limit: most bytes that are read.
    /// - Throws: ``IntegrityError/unreadable(path:reason:)`` for something else than a file,
    ///   ``DocumentError/unreadable(document:reason:)`` for a missing or too large one.
    static func contents(of url: URL, atMost limit: Int) throws -> Data {
        try refuseSpecial(url)
        do {
            let handle = try FileHandle(forReadingFrom: url)
            defer { try? handle.close() }
            let data = try handle.read(upToCount: limit + 1) ?? Data()
            guard data.count <= limit else {
                throw DocumentError.unreadable(document: url.lastPathComponent, reason: "more than \(limit) bytes")
            }
            return data
        } catch let error as DocumentError {
            throw error
        } catch {
            throw DocumentError.unreadable(document: url.lastPathComponent, reason: error.localizedDescription)
        }
    }

    private static func collect(_ folder: URL, prefix: String, into found: inout [String: Entry]) throws {
        do {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
                let url = folder.appendingPathComponent(name)
                let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
                switch attributes[.type] as? FileAttributeType {
                case .typeDirectory?: try collect(url, prefix: prefix + name + "/", into: &found)
                case .typeRegular?: found[prefix + name] = .file
                default: found[prefix + name] = .special
                }
            }
        } catch let error as IntegrityError {
            throw error
        } catch {
            let path = prefix.isEmpty ? folder.path : prefix
            throw IntegrityError.unreadable(path: path, reason: error.localizedDescription)
        }
    }
}
