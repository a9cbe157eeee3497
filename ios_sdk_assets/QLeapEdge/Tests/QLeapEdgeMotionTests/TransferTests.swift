import Foundation
import QLeapEdge
import Testing

@testable import QLeapEdgeMotion

/// A recording that arrives is kept only if it is the one that was sent.
@Suite struct TransferTests {
    func sent(in folder: URL, _ name: String = "set.csv", _ text: String = "abc") throws -> URL {
        let file = folder.appendingPathComponent(name)
        try Data(text.utf8).write(to: file)
        return file
    }

    @Test func theDescriptionIsAPropertyListThatReadsBack() async throws {
        try await withFolder { folder in
            let record = try TransferRecord(of: try sent(in: folder))
            #expect(record.bytes == 3)
            // FIPS 180-2, appendix B.1.
            #expect(record.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            let list = try PropertyListSerialization.data(
                fromPropertyList: record.metadata, format: .binary, options: 0)
            let back = try PropertyListSerialization.propertyList(from: list, format: nil) as? [String: Any]
            #expect(try TransferRecord(metadata: back) == record)
            #expect(throws: TransferError.self) { try TransferRecord(of: sent(in: folder, "set.csv.partial")) }
            #expect(throws: TransferError.self) { try TransferRecord(of: folder.appendingPathComponent("no.csv")) }
        }
    }

    @Test(
        arguments: [
            ("schema", nil), ("schema", "qleap.other"), ("schema_version", "1"), ("name", "../set.csv"),
            ("name", "set.csv.partial"), ("name", ".csv"), ("bytes", "3"), ("sha256", "BA78"), ("sha256", nil),
        ] as [(String, String?)])
    func aBadDescriptionIsRefusedByItsKey(_ key: String, _ value: String?) async throws {
        try await withFolder { folder in
            let file = try sent(in: folder)
            var metadata = try TransferRecord(of: file).metadata
            metadata[key] = value
            let inbox = try sent(in: folder, "inbox")
            do {
                _ = try RecordingReceiver(folder: folder).accept(inbox, metadata: metadata)
                Issue.record("accepted \(key)")
            } catch let error as TransferError {
                guard case .description(key, _, _) = error else {
                    Issue.record("\(error)")
                    return
                }
            }
            #expect(try names(in: folder) == ["inbox", "set.csv"])
        }
    }

    @Test func whatArrivesWholeIsMovedAndTheRestIsRemoved() async throws {
        try await withFolder { source in
            try await withFolder { folder in
                let record = try TransferRecord(of: try sent(in: source))
                let receiver = RecordingReceiver(folder: folder)
                #expect(throws: TransferError.size(name: "set.csv", expected: 3, got: 2)) {
                    try receiver.accept(try sent(in: source, "inbox", "ab"), metadata: record.metadata)
                }
                let digest = FileDigest.sha256(of: Data("abd".utf8))
                #expect(throws: TransferError.digest(name: "set.csv", expected: record.sha256, got: digest)) {
                    try receiver.accept(try sent(in: source, "inbox", "abd"), metadata: record.metadata)
                }
                #expect(try names(in: folder).isEmpty)
                #expect(try names(in: source) == ["set.csv"])

                for _ in 0..<2 {  // the second time it is there already
                    let place = try receiver.accept(try sent(in: source, "inbox"), metadata: record.metadata)
                    #expect(try Data(contentsOf: place) == Data("abc".utf8))
                    #expect(try names(in: folder) == ["set.csv"])
                    #expect(try names(in: source) == ["set.csv"])
                }

                let other = try TransferRecord(of: try sent(in: source, "set.csv", "xyz"))
                let place = folder.appendingPathComponent("set.csv")
                #expect(throws: TransferError.exists(path: place.path)) {
                    try receiver.accept(try sent(in: source, "inbox", "xyz"), metadata: other.metadata)
                }
                #expect(try Data(contentsOf: place) == Data("abc".utf8))
                #expect(try names(in: folder) == ["set.csv"])
            }
        }
    }

    @Test func aLinkIsNoRecording() async throws {
        try await withFolder { folder in
            let file = try sent(in: folder)
            let record = try TransferRecord(of: file)
            let link = folder.appendingPathComponent("inbox")
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
            let place = folder.appendingPathComponent("kept")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            #expect(throws: TransferError.self) {
                try RecordingReceiver(folder: place).accept(link, metadata: record.metadata)
            }
            #expect(try names(in: place).isEmpty)
        }
    }
}
