import Foundation

/// Where both apps keep recordings: the folder Documents of the app's own container, which the system makes.
public enum RecordingFolder {
    /// The folder.
    public static var standard: URL {
        URL(fileURLWithPath: NSHomeDirectory()).appendingPathComponent("Documents", isDirectory: true)
    }
}
