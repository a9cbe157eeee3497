#if canImport(SwiftUI)
    import ExampleLogic
    import SwiftUI

    /// A pose, "not sure" with its reasons, or why there is neither; never an old pose.
    public struct PoseView: View {
        let content: LiveDisplay.Content

        /// Shows what there is.
        public init(_ content: LiveDisplay.Content) {
            self.content = content
        }

        /// The picture or the words.
        public var body: some View {
            switch content {
            case .idle:
                Text("Start a set to see your pose.").foregroundStyle(.secondary)
            case .waiting:
                VStack {
                    ProgressView()
                    Text("Waiting for 4 seconds of motion").foregroundStyle(.secondary)
                }
            case .pose(let figure, let exercise):
                VStack {
                    SkeletonView(figure)
                    Text(exercise?.title ?? "Unknown exercise").font(.headline)
                }
            case .notSure(let reasons):
                VStack {
                    Image(systemName: "questionmark.circle").font(.title)
                    Text("Not sure").font(.headline)
                    ForEach(reasons, id: \.self) { Text($0).font(.footnote).multilineTextAlignment(.center) }
                }
            case .failed(let reason):
                VStack {
                    Image(systemName: "exclamationmark.triangle").font(.title)
                    Text(reason).font(.footnote).multilineTextAlignment(.center)
                }
            }
        }
    }
#endif
