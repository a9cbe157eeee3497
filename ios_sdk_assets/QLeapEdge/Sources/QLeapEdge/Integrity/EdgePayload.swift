import Foundation

/// The files that ship inside an app beside the code: decoded, cross-checked, and compared with their digests.
public struct EdgePayload: Sendable {
    /// Where it lies.
    public let location: PayloadLocation
    /// The decoded `payload.json`.
    public let manifest: PayloadManifest
    /// The decoded `contract.json`.
    public let contract: ContractDocument
    /// The decoded `profile.json`.
    public let profile: ProfileDocument
    /// The decoded `skeleton.json`.
    public let skeleton: SkeletonDocument
    /// Which files were compared with their digests, and which were not there as a tree.
    public let verification: VerificationReport

    /// Loads the payload that this package carries as a resource.
    ///
    /// - Throws: ``DocumentError``, ``IntegrityError``.
    public static func bundled() throws -> EdgePayload {
        let resources = try ResourceBundle.url()
        return try load { PayloadLocation(bundle: resources, packageName: $0) }
    }

    /// Loads a payload from a folder of its own.
    ///
    /// - Parameter folder: the folder that holds `payload.json`.
    /// - Throws: ``DocumentError``, ``IntegrityError``.
    public static func load(from folder: URL) throws -> EdgePayload {
        try load { PayloadLocation(folder: folder, packageName: $0) }
    }

    /// Decodes the golden vectors; large, and needed by tests only.
    ///
    /// - Throws: ``DocumentError``.
    public func golden() throws -> GoldenDocument {
        let golden = try GoldenDocument.read(from: location.documents.appendingPathComponent(GoldenDocument.fileName))
        try Self.require(
            GoldenDocument.fileName, "package_sha256", manifest.packageSHA256, golden.packageSHA256)
        return golden
    }

    private static func load(_ locate: (_ packageName: String) -> PayloadLocation) throws -> EdgePayload {
        let documents = locate("").documents
        let manifest = try PayloadManifest.read(from: documents.appendingPathComponent(PayloadManifest.fileName))
        let location = locate(manifest.packageName)
        let verification = try PayloadVerifier.verify(manifest, at: location)
        try verification.requireIntact()
        let payload = EdgePayload(
            location: location, manifest: manifest,
            contract: try ContractDocument.read(from: documents.appendingPathComponent(ContractDocument.fileName)),
            profile: try ProfileDocument.read(from: documents.appendingPathComponent(ProfileDocument.fileName)),
            skeleton: try SkeletonDocument.read(from: documents.appendingPathComponent(SkeletonDocument.fileName)),
            verification: verification)
        try payload.requireConsistent()
        return payload
    }

    private func requireConsistent() throws {
        try Self.require(ContractDocument.fileName, "model_name", manifest.modelName, contract.modelName)
        try Self.require(ContractDocument.fileName, "model_version", manifest.modelVersion, contract.modelVersion)
        try Self.require(
            ProfileDocument.fileName, "package_sha256", manifest.packageSHA256, profile.packageSHA256)
    }

    private static func require(_ document: String, _ key: String, _ expected: String, _ got: String) throws {
        guard expected == got else {
            throw DocumentError.inconsistent(document: document, key: key, expected: expected, got: got)
        }
    }
}
