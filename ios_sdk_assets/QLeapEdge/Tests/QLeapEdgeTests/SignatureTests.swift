import Foundation
import Testing

@testable import QLeapEdge

/// A bundle is one of the signer whose key the app carries, or an error says why not.
@Suite struct SignatureTests {
    let bundle: SignedBundle
    let key: BundlePublicKey

    init() throws {
        bundle = try SignedBundle()
        key = try bundle.key
    }

    func refused() throws -> SignatureError? {
        let error = #expect(throws: SignatureError.self) { try BundleVerifier.verify(bundle.folder, signedBy: key) }
        #expect(throws: SignatureError.self) { try EdgePayload.load(fromBundle: bundle.folder, signedBy: key) }
        return error
    }

    @Test func aSignedBundleIsVerifiedAndItsPayloadLoaded() throws {
        let report = try BundleVerifier.verify(bundle.folder, signedBy: key)
        #expect(report.isComplete)
        #expect(report.verified.contains("manifest.json") && report.verified.contains("manifest.sig.json"))
        #expect(try BundleVerifier.verify(bundle.folder).verified.count == report.verified.count - 1)
        let payload = try EdgePayload.load(fromBundle: bundle.folder, signedBy: key)
        #expect(try payload.manifest == Shipped.payload().manifest && payload.profile == Shipped.payload().profile)
        #expect(payload.location.documents.path == bundle.payload.path)
    }

    @Test func anUnsignedBundleIsRefusedOnlyWithAKey() throws {
        try FileManager.default.removeItem(at: bundle.url("manifest.sig.json"))
        #expect(try refused() == .notSigned(bundle: bundle.folder.path))
        #expect(try BundleVerifier.verify(bundle.folder).isComplete)
    }

    @Test func anotherSignerIsNamedWhateverTheDocumentSays() throws {
        let stranger = SigningKey(seed: [UInt8](repeating: 8, count: 32))
        try bundle.sign(by: stranger)
        let other = SignatureError.otherKey(
            document: "manifest.sig.json", expected: key.base64EncodedString,
            got: stranger.publicKey.base64EncodedString())
        #expect(try refused() == other)
        #expect(other.description.contains("signed by another key"))
        // The stranger writes the trusted key into the document.
        let signature = stranger.signature(for: try Data(contentsOf: bundle.url("manifest.json")))
        try bundle.write(key: bundle.signer.publicKey, signature: signature)
        #expect(try refused() == .doesNotFit(document: "manifest.sig.json", manifest: "manifest.json"))
    }

    @Test func aManifestThatWasWrittenAgainIsRefusedBeforeItIsDecoded() throws {
        try Data("forged\n".utf8).write(to: bundle.url("LICENSE"))
        try bundle.writeManifest()
        #expect(try BundleVerifier.verify(bundle.folder).isComplete)
        let doesNotFit = SignatureError.doesNotFit(document: "manifest.sig.json", manifest: "manifest.json")
        #expect(try refused() == doesNotFit)
        try bundle.setManifest(Data("no JSON".utf8))
        #expect(try refused() == doesNotFit)
    }

    @Test func anAlteredFileOfASignedBundleIsNamed() throws {
        let path = EdgePayload.folderInBundle + "/skeleton.json"
        try (Data(contentsOf: bundle.url(path)) + Data(" ".utf8)).write(to: bundle.url(path))
        #expect(try BundleVerifier.verify(bundle.folder, signedBy: key).altered.map(\.path) == [path])
        let error = #expect(throws: IntegrityError.self) {
            try EdgePayload.load(fromBundle: bundle.folder, signedBy: key)
        }
        #expect(error?.description.contains(path) == true)
    }

    @Test func oneChangedByteOfTheSignatureFileIsFoundWhereverItLies() throws {
        let data = try Data(contentsOf: bundle.url("manifest.sig.json"))
        for index in stride(from: data.startIndex, to: data.endIndex, by: 5) {
            var changed = data
            changed[index] ^= 1
            try changed.write(to: bundle.url("manifest.sig.json"))
            #expect(throws: SignatureError.self) { try BundleVerifier.verify(bundle.folder, signedBy: key) }
        }
        for changed in [data + Data(" ".utf8), data.dropLast(), Data(), Data(repeating: 32, count: 1 << 17)] {
            try changed.write(to: bundle.url("manifest.sig.json"))
            guard case .altered = try refused() else {
                Issue.record("\(changed.count) bytes")
                return
            }
        }
    }

    @Test(arguments: ["manifest.json", "manifest.sig.json", "manifest.json.sha256"])
    func aLinkIsNoSubstitute(_ name: String) throws {
        let target = bundle.folder.appendingPathExtension("moved")
        defer { try? FileManager.default.removeItem(at: target) }
        try FileManager.default.moveItem(at: bundle.url(name), to: target)
        try FileManager.default.createSymbolicLink(at: bundle.url(name), withDestinationURL: target)
        if name == "manifest.json.sha256" {
            #expect(try !BundleVerifier.verify(bundle.folder, signedBy: key).isIntact)
        } else {
            let error = #expect(throws: IntegrityError.self) {
                try BundleVerifier.verify(bundle.folder, signedBy: key)
            }
            #expect(error?.description.contains("not a regular file") == true)
        }
    }

    /// The payload's own manifest vouches for the documents: what it does not list is not read.
    @Test func aDocumentWithoutRecordIsNotRead() throws {
        let folder = RecordedFolder(bundle.payload, records: [])
        let error = #expect(throws: IntegrityError.self) { try folder.document(ContractDocument.self) }
        #expect(error?.description.contains("unexpected contract.json") == true)
    }

    @Test func theDocumentIsDecodedStrictly() throws {
        let data = try Data(contentsOf: bundle.url("manifest.sig.json"))
        let document = try SignatureDocument.decode(data)
        #expect(document.publicKey == key.base64EncodedString && document.algorithm == .ed25519)
        #expect(document.canonicalText == String(decoding: data, as: UTF8.self))
        func error(_ change: (inout [String: Any]) -> Void) throws -> DocumentError? {
            var object = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
            change(&object)
            let changed = try JSONSerialization.data(withJSONObject: object)
            return #expect(throws: DocumentError.self) { try SignatureDocument.decode(changed) }
        }
        let name = SignatureDocument.fileName
        #expect(try error { $0["surprise"] = 1 } == .unknownKey(document: name, key: "surprise"))
        #expect(
            try error { $0["schema_version"] = 2 }
                == .schemaMismatch(document: name, key: "schema_version", expected: "1", got: "2"))
        for (key, value) in [
            ("algorithm", "Ed448"), ("public_key", "AAAA"), ("public_key", "?"), ("signature", ""),
            ("signature", document.publicKey),
        ] {
            #expect(try error { $0[key] = value }?.description.contains("key '\(key)'") == true)
        }
    }
}
