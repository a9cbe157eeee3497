import Foundation

/// Ties the stamps of a sensor, seconds since boot, to the time of day.
///
/// Whether the sensor's clock runs on while a watch sleeps is not verified: make a new one for each recording.
public struct RecordingClock: Equatable, Sendable {
    /// Nanoseconds since 1970 (UTC) at ``uptimeS``.
    public let unixNanoseconds: Int64
    /// Stamp of the sensor at that moment, seconds.
    public let uptimeS: Double

    /// Creates a clock from one moment read on both.
    public init(unixNanoseconds: Int64, uptimeS: Double) {
        self.unixNanoseconds = unixNanoseconds
        self.uptimeS = uptimeS
    }

    /// Reads both clocks, one right after the other.
    public static func now() -> RecordingClock {
        let date = Date()
        let uptime = ProcessInfo.processInfo.systemUptime
        return RecordingClock(unixNanoseconds: Int64((date.timeIntervalSince1970 * 1e9).rounded()), uptimeS: uptime)
    }

    /// The time of day of a stamp, nanoseconds since 1970; nil where no such number exists.
    func nanoseconds(at timestamp: Double) -> Int64? {
        guard let offset = Int64(exactly: ((timestamp - uptimeS) * 1e9).rounded()) else { return nil }
        let (sum, overflow) = unixNanoseconds.addingReportingOverflow(offset)
        return overflow || sum <= 0 ? nil : sum
    }
}
