import Foundation
import Testing

@testable import QLeapEdge

/// One changed byte anywhere is caught and named.
@Suite struct IntegrityTests {
    let copy: PayloadCopy
    let manifest: PayloadManifest

    init() throws {
        copy = try PayloadCopy()
        manifest = try Shipped.payload().manifest
    }

    @Test func theShippedPayloadIsVerifiedFileByFile() throws {
        let report = try Shipped.payload().verification
        #expect(report.isIntact)
        #if os(Linux)
            #expect(report.isComplete)
            #expect(report.verified.sorted() == manifest.files.map(\.path).sorted())
        #endif
    }

    @Test func aMissingResourceBundleIsAnErrorAndNoTrap() throws {
        let error = #expect(throws: IntegrityError.self) { try ResourceBundle.url(in: [copy.folder]) }
        #expect(error == .resourcesMissing(searched: [copy.folder.path]))
        #expect(error?.description.contains("QLeapEdge_QLeapEdge.bundle") == true)
    }

    @Test(arguments: ["bundle", "resources"])
    func theResourceBundleIsFoundInTheFirstFolderThatHoldsIt(_ type: String) throws {
        let holder = copy.folder.appendingPathComponent("app")
        let bundle = holder.appendingPathComponent("\(ResourceBundle.name).\(type)", isDirectory: true)
        try FileManager.default.createDirectory(at: bundle, withIntermediateDirectories: true)
        let found = try ResourceBundle.url(in: [copy.folder, holder])
        #expect(found.standardizedFileURL.path.hasPrefix(bundle.standardizedFileURL.path))
    }

    @Test func oneFlippedByteInAnyFileIsNamed() throws {
        for file in manifest.files where file.bytes > 0 {
            let index = file.bytes / 2
            try copy.flipByte(of: file.path, at: index)
            let error = #expect(throws: IntegrityError.self) { try EdgePayload.load(from: copy.folder) }
            guard case .notIntact(let report) = error else {
                Issue.record("wrong error \(String(describing: error))")
                return
            }
            #expect(report.altered.map(\.path) == [file.path])
            #expect(report.missing.isEmpty && report.unexpected.isEmpty)
            #expect(error?.description.contains(file.path) == true)
            try copy.flipByte(of: file.path, at: index)
        }
        #expect(try EdgePayload.load(from: copy.folder).verification.isComplete)
    }

    @Test func missingAndUnexpectedFilesAreNamed() throws {
        try FileManager.default.removeItem(at: copy.url("profile.json"))
        try Data("x".utf8).write(to: copy.url("\(manifest.packageName)/stray.txt"))
        try Data("y".utf8).write(to: copy.url("stray.json"))
        let error = #expect(throws: IntegrityError.self) { try EdgePayload.load(from: copy.folder) }
        guard case .notIntact(let report) = error else { return }
        #expect(report.missing == ["profile.json"])
        #expect(report.unexpected.sorted() == ["\(manifest.packageName)/stray.txt", "stray.json"].sorted())
    }

    @Test func aLinkIsNoSubstituteForAFile() throws {
        let target = copy.folder.appendingPathExtension("moved.json")
        defer { try? FileManager.default.removeItem(at: target) }
        try FileManager.default.moveItem(at: copy.url("profile.json"), to: target)
        try FileManager.default.createSymbolicLink(at: copy.url("profile.json"), withDestinationURL: target)
        let report = try PayloadVerifier.verify(
            manifest, at: PayloadLocation(folder: copy.folder, packageName: manifest.packageName))
        #expect(report.altered.map(\.got) == ["not a regular file"])
    }

    @Test func aCompiledModelLeavesItsFilesUnproved() throws {
        try FileManager.default.moveItem(
            at: copy.url(manifest.packageName), to: copy.url(manifest.modelName + ".mlmodelc"))
        let report = try EdgePayload.load(from: copy.folder).verification
        #expect(report.isIntact)
        #expect(!report.isComplete)
        #expect(report.notPresentAsTree == manifest.files.map(\.path).filter { $0.contains(".mlpackage/") }.sorted())
    }

    @Test func theFlattenedLayoutOfXcodeIsFoundToo() throws {
        try FileManager.default.moveItem(
            at: copy.url(manifest.packageName), to: copy.url(manifest.modelName + ".mlmodelc"))
        try Data("plist".utf8).write(to: copy.url("Info.plist"))
        let flat = PayloadLocation(bundle: copy.folder, packageName: manifest.packageName)
        #expect(flat.documents == copy.folder)
        #expect(flat.package == nil)
        #expect(try PayloadVerifier.verify(manifest, at: flat).isIntact)
        let parent = copy.folder.deletingLastPathComponent()
            .appendingPathComponent("parent-" + UUID().uuidString, isDirectory: true)
        defer { try? FileManager.default.removeItem(at: parent) }
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: copy.folder, to: parent.appendingPathComponent("Payload"))
        let nested = PayloadLocation(bundle: parent, packageName: manifest.packageName)
        #expect(nested.documents.lastPathComponent == "Payload")
    }

    @Test func aProfileOfAnotherPackageIsRefused() throws {
        let other = String(repeating: "a", count: 64)
        try copy.edit("profile.json") { $0["package_sha256"] = other }
        let error = #expect(throws: DocumentError.self) { try EdgePayload.load(from: copy.folder) }
        #expect(
            error
                == .inconsistent(
                    document: "profile.json", key: "package_sha256", expected: manifest.packageSHA256, got: other))
    }

    @Test func theManifestsPackageDigestMustFitItsFiles() throws {
        try copy.edit("payload.json") { $0["package_sha256"] = String(repeating: "b", count: 64) }
        let error = #expect(throws: DocumentError.self) { try EdgePayload.load(from: copy.folder) }
        #expect(error?.description.contains("package_sha256") == true)
        #expect(PackageDigest.digest(of: manifest.modelFiles.reversed()) == manifest.packageSHA256)
    }

    @Test func aBundleIsComparedAsAWhole() throws {
        try writeBundleManifest()
        let report = try BundleVerifier.verify(copy.folder)
        #expect(report.isComplete)
        #expect(report.verified.count == manifest.files.count + 2)  // payload.json, manifest.json
        try copy.flipByte(of: "skeleton.json", at: 40)
        try FileManager.default.removeItem(at: copy.url("payload.json"))
        try Data("z".utf8).write(to: copy.url(".hidden"))
        let broken = try BundleVerifier.verify(copy.folder)
        #expect(broken.altered.map(\.path) == ["skeleton.json"])
        #expect(broken.missing == ["payload.json"])
        #expect(broken.unexpected == [".hidden"])
        #expect(broken.problems.count == 3)
    }

    @Test(arguments: ["manifest.json", BundleVerifier.checksumFileName])
    func anAlteredManifestOrChecksumIsNamed(file: String) throws {
        try writeBundleManifest()
        let url = copy.url(file)
        // A space more leaves the JSON what it was: only the checksum can tell.
        try (Data(contentsOf: url) + Data(" ".utf8)).write(to: url)
        let report = try BundleVerifier.verify(copy.folder)
        #expect(report.altered.map(\.path) == ["manifest.json or \(BundleVerifier.checksumFileName)"])
        try FileManager.default.removeItem(at: copy.url(BundleVerifier.checksumFileName))
        #expect(try BundleVerifier.verify(copy.folder).missing == [BundleVerifier.checksumFileName])
    }

    @Test func buildingInsideTheBundleDoesNotBreakIt() throws {
        try writeBundleManifest()
        let folder = copy.url("QLeapEdge/.build")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("o".utf8).write(to: folder.appendingPathComponent("x.o"))
        #expect(try BundleVerifier.verify(copy.folder).isComplete)
    }

    @Test func aBundleOfAnotherVersionIsRefused() throws {
        try writeBundleManifest(version: 7)
        #expect(
            throws: DocumentError.schemaMismatch(
                document: "manifest.json", key: "schema_version", expected: "2", got: "7")
        ) { try BundleVerifier.verify(copy.folder) }
    }

    private func writeBundleManifest(version: Int = 2) throws {
        let files = try FileTree.records(of: copy.folder).map {
            ["path": $0.path, "sha256": $0.sha256, "bytes": $0.bytes] as [String: Any]
        }
        let object: [String: Any] = [
            "schema": "qleap.bundle", "schema_version": version, "name": "QuantumLeapPose-test", "version": "0",
            "recipe": "tiny", "grade": "tiny", "variant": "float16", "seed": 1, "revision": "unknown",
            "inputs": [String: String](), "tools": ["python": "3"], "files": files,
        ]
        let data = try JSONSerialization.data(withJSONObject: object)
        try data.write(to: copy.url("manifest.json"))
        let digest = try FileTree.record(of: "manifest.json", in: copy.folder).sha256
        try Data("\(digest)  manifest.json\n".utf8).write(to: copy.url(BundleVerifier.checksumFileName))
    }
}
