import Foundation

/// The files that ship inside an app beside the code: decoded, cross-checked, and compared with their digests.
public struct EdgePayload: Sendable {
    /// Where it lies.
    package let location: PayloadLocation
    /// The decoded `payload.json`.
    public let manifest: PayloadManifest
    /// The decoded `contract.json`.
    public let contract: ContractDocument
    /// The decoded `profile.json`.
    public let profile: ProfileDocument
    /// The decoded `skeleton.json`.
    public let skeleton: SkeletonDocument
    /// The decoded `self_test.json`.
    package let selfTest: SelfTestDocument
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

    /// Loads the payload of a signed bundle, for example of a newer one that the app has downloaded.
    ///
    /// Checked are the signature over `manifest.json`, every file of the bundle, and what ``load(from:)`` checks. The documents are
    /// decoded from the very bytes that were compared. The model's files are compared too, but Core ML reads them again
    /// from the folder: unpack the bundle where only the app can write, and load the model before anything else may. Give
    /// the result to `PosePredictor.load(payload:)`, which takes the model from that folder.
    ///
    /// - Parameters:
    ///   - bundleURL: the bundle's root folder.
    ///   - key: of the signer, from the app and not from the bundle.
    /// - Throws: ``SignatureError``, ``IntegrityError``, ``DocumentError``.
    public static func load(fromBundle bundleURL: URL, signedBy key: BundlePublicKey) throws -> EdgePayload {
        let (manifest, report) = try BundleVerifier.compare(bundleURL, signedBy: key)
        try report.requireIntact()
        let bundle = RecordedFolder(bundleURL, records: manifest.files)
        let folder = bundleURL.appendingPathComponent(folderInBundle, isDirectory: true)
        return try load(manifest: bundle.contents(of: "\(folderInBundle)/\(PayloadManifest.fileName)")) {
            PayloadLocation(folder: folder, packageName: $0)
        }
    }

    /// Where the payload lies in a bundle.
    static let folderInBundle = "QLeapEdge/Sources/QLeapEdge/Payload"
    /// Largest `payload.json`, bytes.
    private static let mostManifestBytes = 16 << 20

    private static func load(_ locate: (_ packageName: String) -> PayloadLocation) throws -> EdgePayload {
        let url = locate("").documents.appendingPathComponent(PayloadManifest.fileName)
        return try load(manifest: FileTree.contents(of: url, atMost: mostManifestBytes), locate)
    }

    private static func load(
        manifest data: Data, _ locate: (_ packageName: String) -> PayloadLocation
    ) throws -> EdgePayload {
        let manifest = try PayloadManifest.decode(data)
        let location = locate(manifest.packageName)
        let verification = try PayloadVerifier.verify(manifest, at: location)
        try verification.requireIntact()
        let documents = RecordedFolder(location.documents, records: manifest.documentFiles)
        let payload = EdgePayload(
            location: location, manifest: manifest, contract: try documents.document(ContractDocument.self),
            profile: try documents.document(ProfileDocument.self),
            skeleton: try documents.document(SkeletonDocument.self),
            selfTest: try documents.document(SelfTestDocument.self),
            analysis: try documents.document(AnalysisParameters.self), verification: verification)
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
