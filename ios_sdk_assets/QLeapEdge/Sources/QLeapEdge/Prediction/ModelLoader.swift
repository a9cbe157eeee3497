#if canImport(CoreML)
    import CoreML
    import Foundation

    /// Finds the model and makes it loadable.
    ///
    /// Order: the caller's URL; the `.mlmodelc` in the resource bundle; except on watchOS the `.mlpackage`, compiled once
    /// into a ``CompiledModelCache``; otherwise a typed error. A place that has been named but does not
    /// work is an error, never a reason to try the next one.
    struct ModelLoader {
        let payload: EdgePayload
        let modelURL: URL?
        let cacheFolder: URL?

        /// A model that Core ML can load.
        struct Found {
            let url: URL
            let source: ModelSource
            var isFromCache = false
        }

        /// A model that Core ML can load, and where it came from.
        ///
        /// - Parameter ignoringCache: compile anew, because what the cache holds does not load.
        /// - Throws: ``PredictorError``, ``IntegrityError``, `CancellationError`.
        func compiledModel(ignoringCache: Bool = false) async throws -> Found {
            if let modelURL {
                return try await callerModel(modelURL, ignoringCache)
            }
            let compiled = payload.location.documents.appendingPathComponent(payload.manifest.modelName + ".mlmodelc")
            if FileTree.isFolder(compiled) {
                return Found(url: compiled, source: .bundledCompiled(path: compiled.path))
            }
            if let package = payload.location.package {
                return try await compiledCopy(of: package, .bundledPackage(path: package.path), ignoringCache)
            }
            let package = payload.location.documents.appendingPathComponent(payload.manifest.packageName)
            throw PredictorError.modelNotFound(searched: [compiled.path, package.path])
        }

        private func callerModel(_ url: URL, _ ignoringCache: Bool) async throws -> Found {
            guard FileTree.isFolder(url) else { throw PredictorError.modelNotFound(searched: [url.path]) }
            guard url.pathExtension == "mlpackage" else {
                return Found(url: url, source: .callerCompiled(path: url.path))
            }
            let digest = try PackageDigest.digest(ofFolder: url)
            guard digest == payload.manifest.packageSHA256 else {
                throw IntegrityError.wrongPackage(
                    path: url.path, expected: payload.manifest.packageSHA256, got: digest)
            }
            return try await compiledCopy(of: url, .callerPackage(path: url.path), ignoringCache)
        }

        #if os(watchOS)
            private func compiledCopy(of package: URL, _: ModelSource, _: Bool) async throws -> Found {
                throw PredictorError.compilationUnavailable(path: package.path)
            }
        #else
            /// Compiles the package unless the cache already holds this very content for this very system.
            private func compiledCopy(
                of package: URL, _ source: ModelSource, _ ignoringCache: Bool
            ) async throws -> Found {
                let cache = try CompiledModelCache(folder: cacheFolder, packageSHA256: payload.manifest.packageSHA256)
                if !ignoringCache, let kept = cache.intactModel() {
                    return Found(url: kept, source: source, isFromCache: true)
                }
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
                return Found(url: try cache.keep(compiled), source: source)
            }
        #endif
    }
#endif
