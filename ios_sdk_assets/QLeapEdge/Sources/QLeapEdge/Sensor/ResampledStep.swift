/// One step of the model's clock.
package struct ResampledStep: Equatable, Sendable {
    /// Number of the gap-free stretch it belongs to, counting from 0.
    package let segment: Int
    /// Position in the segment, counting from 0.
    package let index: Int
    /// The sample; its stamp is the segment's first stamp plus `index` periods.
    package let sample: ImuSample
}
