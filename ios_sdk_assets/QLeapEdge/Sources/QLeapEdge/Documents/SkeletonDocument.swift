/// `skeleton.json`: joints, tree, mirror pairs and their names in Apple's Vision framework.
public struct SkeletonDocument: Document {
    /// The accepted `schema`.
    package static let schemaName = "qleap.skeleton"
    /// The accepted `schema_version`.
    package static let schemaVersion = 1
    /// Its file name.
    package static let fileName = "skeleton.json"

    /// Schema name, as read.
    package let schema: String
    /// Schema version, as read.
    package let schemaVersion: Int
    /// Name of the root joint.
    package let root: String
    /// Unit of the model's positions: always `body_height`.
    package let unit: String
    /// Axes of the body frame in words.
    package let axes: String
    /// Joints by index.
    public let joints: [Joint]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case root
        case unit
        case axes
        case joints
    }

    /// Decodes the skeleton; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        schema = try container.value(.schema)
        schemaVersion = try container.value(.schemaVersion)
        root = try container.value(.root)
        unit = try container.value(.unit)
        axes = try container.value(.axes)
        joints = try container.value(.joints)
    }

    /// The root joint's index.
    package var rootIndex: Int { joints.firstIndex { $0.parent < 0 } ?? 0 }

    /// Joint `i` of a mirrored body is joint `mirrored[i]` of the body.
    package var mirrored: [Int] { joints.map(\.mirrored) }

    /// The index of a joint, nil when the skeleton has no joint of that name.
    package func index(named name: String) -> Int? { joints.firstIndex { $0.name == name } }

    /// Checks indices, tree (parents first, one root) and that mirroring twice is the identity.
    ///
    /// - Throws: ``DocumentError/badValue(document:key:reason:)``.
    package func validate() throws {
        guard unit == "body_height" else { throw Self.bad("unit", "expected body_height, got \(unit)") }
        guard !joints.isEmpty else { throw Self.bad("joints", "no joints") }
        for (index, joint) in joints.enumerated() {
            guard joint.index == index else { throw Self.bad("joints.\(index).index", "expected \(index)") }
            guard joint.parent < index, joint.parent >= -1 else {
                throw Self.bad("joints.\(index).parent", "\(joint.parent) does not come before the joint")
            }
            guard joints.indices.contains(joint.mirrored), joints[joint.mirrored].mirrored == index else {
                throw Self.bad("joints.\(index).mirrored", "mirroring twice is not the identity")
            }
        }
        guard joints.filter({ $0.parent == -1 }).map(\.name) == [root] else {
            throw Self.bad("root", "'\(root)' is not the only joint without a parent")
        }
    }
}
