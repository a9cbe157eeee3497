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
        let files = try copy.hasPackage ? manifest.files : manifest.documentFiles
        #expect(try report.isComplete == copy.hasPackage)
        #expect(report.verified.sorted() == files.map(\.path).sorted())
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
        for file in try copy.hasPackage ? manifest.files : manifest.documentFiles where file.bytes > 0 {
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
        let report = try EdgePayload.load(from: copy.folder).verification
        #expect(try report.isIntact && report.isComplete == copy.hasPackage)
    }

    @Test func missingAndUnexpectedFilesAreNamed() throws {
        try FileManager.default.removeItem(at: copy.url("profile.json"))
        let strays = try copy.hasPackage ? ["\(manifest.packageName)/stray.txt", "stray.json"] : ["stray.json"]
        for stray in strays { try Data("x".utf8).write(to: copy.url(stray)) }
        let error = #expect(throws: IntegrityError.self) { try EdgePayload.load(from: copy.folder) }
        guard case .notIntact(let report) = error else { return }
        #expect(report.missing == ["profile.json"])
        #expect(report.unexpected.sorted() == strays.sorted())
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

    @Test func aLinkedManifestIsRefused() throws {
        let target = copy.folder.appendingPathExtension("payload.json")
        defer { try? FileManager.default.removeItem(at: target) }
        try FileManager.default.moveItem(at: copy.url("payload.json"), to: target)
        try FileManager.default.createSymbolicLink(at: copy.url("payload.json"), withDestinationURL: target)
        let error = #expect(throws: IntegrityError.self) { try EdgePayload.load(from: copy.folder) }
        #expect(error?.description.contains("payload.json") == true)
        #expect(error?.description.contains("not a regular file") == true)
    }

    @Test func theGradeAndWhatItMissesAreReachable() throws {
        #expect((manifest.grade == .release) == manifest.warning.isEmpty)
        #expect(manifest.grade == .release || !manifest.unmet.isEmpty)
    }

    @Test func aCompiledModelLeavesItsFilesUnproved() throws {
        try copy.compilePackage()
        let report = try EdgePayload.load(from: copy.folder).verification
        #expect(report.isIntact)
        #expect(!report.isComplete)
        #expect(report.notPresentAsTree == manifest.files.map(\.path).filter { $0.contains(".mlpackage/") }.sorted())
    }

    @Test func theFlattenedLayoutOfXcodeIsFoundToo() throws {
        try copy.compilePackage()
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
        let files = try FileTree.records(of: copy.folder).count
        try writeBundleManifest()
        let report = try BundleVerifier.verify(copy.folder)
        #expect(report.isComplete)
        #expect(report.verified.count == files + 1)  // manifest.json
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
                document: "manifest.json", key: "schema_version", expected: "3", got: "7")
        ) { try BundleVerifier.verify(copy.folder) }
    }

    private func writeBundleManifest(version: Int = 3) throws {
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
