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
    /// The decoded `self_test.json`.
    public let selfTest: SelfTestDocument
    /// The decoded `analysis.json`.
    let analysis: AnalysisParameters
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

    private static func load(_ locate: (_ packageName: String) -> PayloadLocation) throws -> EdgePayload {
        let documents = locate("").documents
        let manifestURL = documents.appendingPathComponent(PayloadManifest.fileName)
        try FileTree.refuseSpecial(manifestURL)
        let manifest = try PayloadManifest.read(from: manifestURL)
        let location = locate(manifest.packageName)
        let verification = try PayloadVerifier.verify(manifest, at: location)
        try verification.requireIntact()
        let payload = EdgePayload(
            location: location, manifest: manifest,
            contract: try ContractDocument.read(from: documents.appendingPathComponent(ContractDocument.fileName)),
            profile: try ProfileDocument.read(from: documents.appendingPathComponent(ProfileDocument.fileName)),
            skeleton: try SkeletonDocument.read(from: documents.appendingPathComponent(SkeletonDocument.fileName)),
            selfTest: try SelfTestDocument.read(from: documents.appendingPathComponent(SelfTestDocument.fileName)),
            analysis: try AnalysisParameters.read(from: documents.appendingPathComponent(AnalysisParameters.fileName)),
            verification: verification)
        try payload.requireConsistent()
        return payload
    }

    private func requireConsistent() throws {
        try Self.require(ContractDocument.fileName, "model_name", manifest.modelName, contract.modelName)
        try Self.require(ContractDocument.fileName, "model_version", manifest.modelVersion, contract.modelVersion)
        try Self.require(
            ProfileDocument.fileName, "package_sha256", manifest.packageSHA256, profile.packageSHA256)
        try Self.require(
            SelfTestDocument.fileName, "package_sha256", manifest.packageSHA256, selfTest.packageSHA256)
    }

    private static func require(_ document: String, _ key: String, _ expected: String, _ got: String) throws {
        guard expected == got else {
            throw DocumentError.inconsistent(document: document, key: key, expected: expected, got: got)
        }
    }
}
