import Foundation
import QLeapEdge

/// The stature that the wearer has entered, kept in the user defaults.
public struct WearerSettings {
    /// What can be entered, whole centimetres.
    public static let rangeCm = 120...220
    private static let key = "wearer.stature_cm"
    private let defaults: UserDefaults

    /// Creates the settings.
    public init(_ defaults: UserDefaults = .standard) {
        self.defaults = defaults
    }

    /// Stature in whole centimetres; nil until it was entered: nobody's is assumed.
    public var statureCm: Int? {
        get {
            let kept = defaults.integer(forKey: Self.key)
            return Self.rangeCm.contains(kept) ? kept : nil
        }
        nonmutating set {
            if let newValue {
                defaults.set(newValue, forKey: Self.key)
            } else {
                defaults.removeObject(forKey: Self.key)
            }
        }
    }
}
