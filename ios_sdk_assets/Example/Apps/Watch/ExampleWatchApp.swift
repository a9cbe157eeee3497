import ExampleLogic
import ExampleViews
import QLeapEdge
import QLeapEdgeMotion
import SwiftUI

@main
struct ExampleWatchApp: App {
    @State private var session = WatchSession(folder: RecordingFolder.standard)

    var body: some Scene {
        WindowGroup {
            SetView(session: session)
                .task { await session.exchange() }
        }
    }
}

/// One set: start, live pose, stop.
struct SetView: View {
    let session: WatchSession
    @State private var statureCm = WearerSettings().statureCm

    var body: some View {
        ScrollView {
            SessionView(session.model)
            switch session.phase {
            case .idle:
                StatureView($statureCm)
                if let statureCm {
                    Button("Start") {
                        Task { await session.start(statureM: Double(statureCm) / 100, wear: .ofThisWatch) }
                    }
                }
            case .starting, .ending:
                ProgressView()
            case .running:
                Button("Stop") { Task { await session.stop() } }
            }
            if let state = session.recordingState { Text(state).font(.footnote) }
        }
        .onChange(of: statureCm) { WearerSettings().statureCm = statureCm }
    }
}
