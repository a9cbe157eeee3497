#if canImport(CoreMotion) && !os(macOS)
    import CoreMotion

    extension MotionSample {
        /// Copies what the model and a recording need from a CoreMotion sample; units and signs stay CoreMotion's.
        public init(_ motion: CMDeviceMotion) {
            let attitude = motion.attitude.quaternion
            self.init(
                timestamp: motion.timestamp,
                gravity: SIMD3(motion.gravity.x, motion.gravity.y, motion.gravity.z),
                userAcceleration: SIMD3(
                    motion.userAcceleration.x, motion.userAcceleration.y, motion.userAcceleration.z),
                rotationRate: SIMD3(motion.rotationRate.x, motion.rotationRate.y, motion.rotationRate.z),
                attitude: Attitude(w: attitude.w, x: attitude.x, y: attitude.y, z: attitude.z))
        }
    }
#endif
