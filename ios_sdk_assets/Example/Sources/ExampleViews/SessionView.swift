#if canImport(SwiftUI)
    import ExampleLogic
    import SwiftUI

    /// Everything that is shown of one stream: pose, repetitions, and what an app owes the wearer to say.
    public struct SessionView: View {
        let model: SessionModel

        /// Follows a model.
        public init(_ model: SessionModel) {
            self.model = model
        }

        /// Pose above, words below.
        public var body: some View {
            VStack {
                PoseView(model.display.content)
                RepetitionsView(model.repetitions)
                ForEach(model.notices, id: \.self) { notice in
                    Label(notice, systemImage: "exclamationmark.triangle").font(.footnote).foregroundStyle(.orange)
                }
                if model.skippedSamples > 0 {
                    Text("\(model.skippedSamples) samples could not be used.").font(.footnote)
                }
            }
        }
    }
#endif
