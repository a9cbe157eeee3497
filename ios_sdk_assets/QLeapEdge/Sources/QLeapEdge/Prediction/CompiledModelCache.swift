#if canImport(CoreML) && !os(watchOS)
    import Foundation

    /// The compiled copy of a package, in a folder of the app, with the digest of its files beside it.
    ///
    /// A copy that was damaged or exchanged no longer gives its digest and is compiled again. Who can write the app's folder
    /// could change both: the digest is against damage and mix-ups, the app's sandbox against everything else.
    struct CompiledModelCache {
        /// Where the compiled model lies, if it is there.
        let model: URL
        private let record: URL
        private let folder: URL

        /// Makes the folder.
        ///
        /// - Parameters:
        ///   - folder: the folder; Application Support/QLeapEdge by default.
        ///   - packageSHA256: digest of the package. It and the system's version name the copy: other content or another
        ///     compiler is another copy.
        /// - Throws: ``PredictorError/cacheFailed(path:reason:)``.
        init(folder: URL?, packageSHA256: String) throws {
            let system = ProcessInfo.processInfo.operatingSystemVersion
            let name = "\(packageSHA256)-\(system.majorVersion).\(system.minorVersion).\(system.patchVersion)"
            do {
                var place =
                    try folder
                    ?? FileManager.default.url(
                        for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true
                    ).appendingPathComponent("QLeapEdge", isDirectory: true)
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                #if !os(Linux)
                    var values = URLResourceValues()
                    values.isExcludedFromBackup = true  // it can be made again
                    try place.setResourceValues(values)
                #endif
                self.folder = place
            } catch {
                throw PredictorError.cacheFailed(path: folder?.path ?? name, reason: error.localizedDescription)
            }
            model = self.folder.appendingPathComponent(name + ".mlmodelc", isDirectory: true)
            record = self.folder.appendingPathComponent(name + ".sha256")
        }

        /// Returns the compiled model if its files still give the digest that was noted when it was compiled.
        func intactModel() -> URL? {
            guard FileTree.isFolder(model), let noted = try? String(contentsOf: record, encoding: .utf8),
                let digest = try? PackageDigest.digest(ofFolder: model), digest == noted
            else { return nil }
            return model
        }

        /// Moves a compiled model here in place of an earlier one, and removes those of other packages and systems.
        ///
        /// - Returns: where it lies now.
        /// - Throws: ``PredictorError/cacheFailed(path:reason:)``.
        func keep(_ compiled: URL) throws -> URL {
            do {
                let digest = try PackageDigest.digest(ofFolder: compiled)
                try? FileManager.default.removeItem(at: record)
                try? FileManager.default.removeItem(at: model)
                do {
                    try FileManager.default.moveItem(at: compiled, to: model)
                } catch  where FileTree.isFolder(model) {
                    // Another process was faster; the content is the same.
                }
                try Data(digest.utf8).write(to: record, options: .atomic)
            } catch {
                throw PredictorError.cacheFailed(path: model.path, reason: error.localizedDescription)
            }
            removeOthers()
            return model
        }

        private func removeOthers() {
            let kept = [model.lastPathComponent, record.lastPathComponent]
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            for name in names where Self.isOurs(name) && !kept.contains(name) {
                try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
            }
        }

        private static func isOurs(_ name: String) -> Bool {
            let parts = name.split(separator: "-", maxSplits: 1)
            return parts.count == 2 && FileRecord.isDigest(String(parts[0]))
                && (name.hasSuffix(".mlmodelc") || name.hasSuffix(".sha256"))
        }
    }
#endif
