import ExampleLogic
import ExampleViews
import QLeapEdge
import SwiftUI

@main
struct ExampleApp: App {
    @State private var shelf = RecordingShelf(folder: RecordingFolder.standard)

    var body: some Scene {
        WindowGroup {
            ShelfView(shelf: shelf)
                .task { await shelf.exchange() }
        }
    }
}

/// The recordings that arrived from the watch.
struct ShelfView: View {
    let shelf: RecordingShelf
    @State private var statureCm = WearerSettings().statureCm

    var body: some View {
        NavigationStack {
            List {
                Section("Wearer") { StatureView($statureCm) }
                Section("Recordings") {
                    ForEach(shelf.recordings, id: \.self) { recording in
                        if let statureCm {
                            NavigationLink(recording.lastPathComponent) {
                                PlaybackView(shelf: shelf, recording: recording, statureM: Double(statureCm) / 100)
                            }
                        } else {
                            Text(recording.lastPathComponent).foregroundStyle(.secondary)
                        }
                    }
                    if shelf.recordings.isEmpty {
                        Text("Record a set on the watch: it appears here.").foregroundStyle(.secondary)
                    }
                }
                if let message = shelf.message { Text(message).font(.footnote) }
            }
            .navigationTitle("QLeap Example")
        }
        .onChange(of: statureCm) { WearerSettings().statureCm = statureCm }
    }
}

/// One recording, run through the model again at its own speed.
struct PlaybackView: View {
    let shelf: RecordingShelf
    let recording: URL
    let statureM: Double

    var body: some View {
        SessionView(shelf.model)
            .padding()
            .navigationTitle(recording.lastPathComponent)
            .task {
                await shelf.play(recording, statureM: statureM) { try await PoseEngine(wearer: $0) }
            }
            .onDisappear { shelf.model.stop() }
    }
}
