// Only a watch knows how it is worn; Linux is where our own tests compile this against a stand-in.
#if canImport(WatchKit) && (os(watchOS) || os(Linux))
    import QLeapEdge
    import WatchKit

    extension WearConfiguration {
        /// How this watch is worn, as its owner set it.
        ///
        /// Both are settings of a person and may be wrong: `SignEvidence` and `qleap watch inspect` compare them with the
        /// motion.
        ///
        /// - Parameter device: `WKInterfaceDevice.current()`.
        @MainActor
        public init(_ device: WKInterfaceDevice) {
            self.init(
                wrist: device.wristLocation == .left ? .left : .right,
                crown: device.crownOrientation == .left ? .left : .right)
        }

        /// How the watch that the app runs on is worn now.
        @MainActor
        public static var ofThisWatch: WearConfiguration { WearConfiguration(WKInterfaceDevice.current()) }
    }
#endif
