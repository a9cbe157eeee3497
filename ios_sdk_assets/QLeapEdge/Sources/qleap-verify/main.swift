import Foundation
import QLeapEdge

/// Writes a line to standard error.
func complain(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
}

/// Compares every file of a bundle with its manifest, then decodes its documents; with a key, the signature comes first.
func check(_ bundle: URL, signedBy key: BundlePublicKey?) throws -> [String] {
    let report: VerificationReport
    do {
        report =
            try key.map { try BundleVerifier.verify(bundle, signedBy: $0) } ?? BundleVerifier.verify(bundle)
    } catch let error as SignatureError {
        return [explained(error)]
    }
    var problems = report.problems
    func decode<D: Document>(_ type: D.Type) {
        do {
            _ = try D.read(from: bundle.appendingPathComponent(D.fileName))
        } catch {
            problems.append("\(error)")
        }
    }
    decode(ContractDocument.self)
    decode(ProfileDocument.self)
    decode(SkeletonDocument.self)
    decode(GoldenDocument.self)
    if problems.isEmpty {
        print("\(report.verified.count) files verified" + (key.map { ", signed by \($0.base64EncodedString)" } ?? ""))
    }
    return problems
}

/// The bundle and the path of the key, nil for other arguments.
func parsed(_ arguments: [String]) -> (bundle: String, key: String?)? {
    var rest = arguments
    var key: String?
    if let option = rest.firstIndex(of: "--public-key") {
        guard rest.indices.contains(option + 1) else { return nil }
        key = rest[option + 1]
        rest.removeSubrange(option...option + 1)
    }
    guard rest.count == 1, let bundle = rest.first, !bundle.hasPrefix("--") else { return nil }
    return (bundle, key)
}

if CommandLine.arguments.dropFirst().contains(where: { $0 == "-h" || $0 == "--help" }) {
    print("usage: qleap-verify BUNDLE [--public-key KEY.pem]")
    exit(0)
}
guard let (bundle, keyPath) = parsed(Array(CommandLine.arguments.dropFirst())) else {
    complain("usage: qleap-verify BUNDLE [--public-key KEY.pem]")
    exit(2)
}
do {
    let key = try keyPath.map {
        try BundlePublicKey(pemRepresentation: String(contentsOf: URL(fileURLWithPath: $0), encoding: .utf8))
    }
    let problems = try check(URL(fileURLWithPath: bundle, isDirectory: true), signedBy: key)
    problems.forEach { print($0) }
    exit(problems.isEmpty ? 0 : 1)
} catch {
    complain(explained(error))
    exit(3)
}
