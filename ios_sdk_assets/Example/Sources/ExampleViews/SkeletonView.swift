#if canImport(SwiftUI)
    import ExampleLogic
    import SwiftUI

    /// The newest pose: bones as lines, and around each joint a disc of one standard deviation.
    public struct SkeletonView: View {
        let figure: SkeletonFigure

        /// Draws a figure.
        public init(_ figure: SkeletonFigure) {
            self.figure = figure
        }

        /// The drawing.
        public var body: some View {
            Canvas { context, size in
                let points = figure.joints.map { CGPoint(x: $0.x * size.width, y: $0.y * size.height) }
                for (point, sigma) in zip(points, figure.sigmas) {
                    let radius = sigma * size.width
                    let disc = CGRect(
                        x: point.x - radius, y: point.y - radius, width: 2 * radius, height: 2 * radius)
                    context.fill(Path(ellipseIn: disc), with: .color(.accentColor.opacity(0.15)))
                }
                for bone in figure.bones {
                    var line = Path()
                    line.move(to: points[bone.parent])
                    line.addLine(to: points[bone.child])
                    context.stroke(line, with: .color(.primary), lineWidth: 3)
                }
            }
            .aspectRatio(SkeletonFigure.widthStatures / SkeletonFigure.heightStatures, contentMode: .fit)
            .accessibilityLabel("Pose of the whole body")
        }
    }
#endif
