/// One step of the model's clock.
public struct ResampledStep: Equatable, Sendable {
    /// Number of the gap-free stretch it belongs to, counting from 0.
    public let segment: Int
    /// Position in the segment, counting from 0.
    public let index: Int
    /// The sample; its stamp is the segment's first stamp plus `index` periods.
    public let sample: ImuSample
}
