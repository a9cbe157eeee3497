#if canImport(CoreML)
    import CoreML
    import Foundation

    /// Finds the model and makes it loadable.
    ///
    /// Order: the caller's URL; the `.mlmodelc` in the resource bundle; except on watchOS the `.mlpackage`, compiled once
    /// into a cache folder under its content digest; otherwise a typed error. A place that has been named but does not
    /// work is an error, never a reason to try the next one.
    struct ModelLoader {
        let payload: EdgePayload
        let modelURL: URL?
        let cacheFolder: URL?

        /// A model that Core ML can load, and where it came from.
        ///
        /// - Throws: ``PredictorError``, ``IntegrityError``, `CancellationError`.
        func compiledModel() async throws -> (url: URL, source: ModelSource) {
            if let modelURL {
                return try await callerModel(modelURL)
            }
            let compiled = payload.location.documents.appendingPathComponent(payload.manifest.modelName + ".mlmodelc")
            if FileTree.isFolder(compiled) {
                return (compiled, .bundledCompiled(path: compiled.path))
            }
            if let package = payload.location.package {
                return (try await compiledCopy(of: package), .bundledPackage(path: package.path))
            }
            let package = payload.location.documents.appendingPathComponent(payload.manifest.packageName)
            throw PredictorError.modelNotFound(searched: [compiled.path, package.path])
        }

        private func callerModel(_ url: URL) async throws -> (url: URL, source: ModelSource) {
            guard FileTree.isFolder(url) else { throw PredictorError.modelNotFound(searched: [url.path]) }
            guard url.pathExtension == "mlpackage" else { return (url, .callerCompiled(path: url.path)) }
            let digest = try PackageDigest.digest(ofFolder: url)
            guard digest == payload.manifest.packageSHA256 else {
                throw IntegrityError.wrongPackage(
                    path: url.path, expected: payload.manifest.packageSHA256, got: digest)
            }
            return (try await compiledCopy(of: url), .callerPackage(path: url.path))
        }

        #if os(watchOS)
            private func compiledCopy(of package: URL) async throws -> URL {
                throw PredictorError.compilationUnavailable(path: package.path)
            }
        #else
            /// Compiles the package unless the cache already holds this very content for this very system.
            private func compiledCopy(of package: URL) async throws -> URL {
                let cached = try cacheURL()
                if FileTree.isFolder(cached) { return cached }
                let compiled: URL
                do {
                    compiled = try await MLModel.compileModel(at: package)
                } catch is CancellationError {
                    throw CancellationError()
                } catch {
                    throw PredictorError.compilationFailed(path: package.path, reason: error.localizedDescription)
                }
                defer { try? FileManager.default.removeItem(at: compiled) }
                try Task.checkCancellation()
                do {
                    try FileManager.default.moveItem(at: compiled, to: cached)
                } catch  where FileTree.isFolder(cached) {
                    return cached  // somebody else was faster; the content is the same
                } catch {
                    throw PredictorError.cacheFailed(path: cached.path, reason: error.localizedDescription)
                }
                return cached
            }

            /// Digest and system version in the name: other content or another compiler is another file.
            private func cacheURL() throws -> URL {
                let system = ProcessInfo.processInfo.operatingSystemVersion
                let version = "\(system.majorVersion).\(system.minorVersion).\(system.patchVersion)"
                let name = "\(payload.manifest.packageSHA256)-\(version).mlmodelc"
                do {
                    let folder =
                        try cacheFolder
                        ?? FileManager.default.url(
                            for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true
                        ).appendingPathComponent("QLeapEdge", isDirectory: true)
                    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                    return folder.appendingPathComponent(name, isDirectory: true)
                } catch {
                    throw PredictorError.cacheFailed(path: name, reason: error.localizedDescription)
                }
            }
        #endif
    }
#endif
