import Foundation
import QLeapEdge

/// Writes a line to standard error.
func complain(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
}

/// Compares every file of a bundle with its manifest, then decodes its documents.
func check(_ bundle: URL) throws -> [String] {
    let report = try BundleVerifier.verify(bundle)
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
    if problems.isEmpty { print("\(report.verified.count) files verified") }
    return problems
}

guard CommandLine.arguments.count == 2 else {
    complain("usage: qleap-verify BUNDLE")
    exit(2)
}
do {
    let problems = try check(URL(fileURLWithPath: CommandLine.arguments[1], isDirectory: true))
    problems.forEach { print($0) }
    exit(problems.isEmpty ? 0 : 1)
} catch {
    complain("\(error)")
    exit(3)
}
