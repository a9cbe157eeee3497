#if canImport(SwiftUI)
    import ExampleLogic
    import SwiftUI

    /// How many repetitions, and how fast the last one was.
    public struct RepetitionsView: View {
        let readout: RepetitionReadout?

        /// Shows a readout; nil before the first set.
        public init(_ readout: RepetitionReadout?) {
            self.readout = readout
        }

        /// The figures.
        public var body: some View {
            if let readout {
                HStack {
                    Text("\(readout.count)").font(.largeTitle).monospacedDigit()
                    VStack(alignment: .leading) {
                        Text(readout.exerciseText ?? "repetitions").font(.footnote)
                        Text(readout.velocityText).font(.footnote).monospacedDigit()
                    }
                }
            } else {
                Text("No repetitions yet.").font(.footnote).foregroundStyle(.secondary)
            }
        }
    }
#endif
