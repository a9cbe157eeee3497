import Foundation
import Testing

@testable import QLeapEdge

/// Against the system's own `exp`.
@Suite struct ExponentialTests {
    @Test func theRootIsTheExponentialOfTheHalf() {
        var random = SplitMix64(seed: 5)
        var logarithms = (0..<4000).map { _ in Float.random(in: -1400...1400, using: &random) }
        logarithms += (0..<4000).map { _ in Float.random(in: -20...4, using: &random) }
        logarithms += [0, -0.0, 1, -1, 1400, -1400, .leastNonzeroMagnitude, log(2), -log(2), 1e-17]
        for (logarithm, root) in zip(logarithms, Exponential.squareRoots(ofLogarithms: logarithms)) {
            let wanted = exp(0.5 * Double(logarithm))
            #expect(abs(root - wanted) <= 2 * wanted.ulp, "\(logarithm)")
        }
        #expect(Exponential.squareRoots(ofLogarithms: []).isEmpty)
    }

    @Test(arguments: [1401, 1420, 1e30, .infinity, -1401, -1490, -1e30, -.infinity, .nan] as [Float])
    func beyondItsRangeItIsTheSystems(_ logarithm: Float) {
        let roots = Exponential.squareRoots(ofLogarithms: [logarithm, 2])
        #expect(roots[0] == exp(0.5 * Double(logarithm)) || roots[0].isNaN && logarithm.isNaN)
        #expect(roots[1] == exp(1))
    }

    @Test func whatIsNoNumberIsWithinNoBound() {
        #expect(Exponential.areAllWithin(3, [-3, 0, 3, -0.0]) && Exponential.areAllWithin(0, []))
        for bad in [3.0000002, -3.5, .infinity, -.infinity, .nan, -.nan, .signalingNaN] as [Float] {
            #expect(!Exponential.areAllWithin(3, [1, bad, 2]))
        }
        #expect(!Exponential.areAllWithin(.greatestFiniteMagnitude, [.nan]))
    }
}
