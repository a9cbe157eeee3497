#if canImport(SwiftUI)
    import ExampleLogic
    import SwiftUI

    /// Asks for the wearer's stature; nobody's is assumed.
    public struct StatureView: View {
        @Binding var statureCm: Int?

        /// Edits a stature in whole centimetres.
        public init(_ statureCm: Binding<Int?>) {
            _statureCm = statureCm
        }

        /// A stepper once there is a number, a button before.
        public var body: some View {
            if let known = statureCm {
                Stepper(
                    "\(known) cm", value: Binding(get: { known }, set: { statureCm = $0 }),
                    in: WearerSettings.rangeCm)
            } else {
                Button("Enter your height") { statureCm = 170 }
            }
        }
    }
#endif
