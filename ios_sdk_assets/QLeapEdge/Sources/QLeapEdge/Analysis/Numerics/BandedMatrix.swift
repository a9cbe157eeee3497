/// A symmetric positive definite matrix with two bands beside its diagonal, for linear least squares along a signal.
struct BandedMatrix {
    /// Elements (i, i), then (i, i - 1), then (i, i - 2).
    private var bands: [SIMD3<Double>]

    /// Creates a diagonal matrix.
    init(size: Int, diagonal: Double) {
        bands = [SIMD3<Double>](repeating: SIMD3(diagonal, 0, 0), count: size)
    }

    /// Adds weight × vᵀv, where v holds `pattern` from row `first` on, at most three numbers.
    mutating func add(_ pattern: [Double], at first: Int, weight: Double) {
        for row in pattern.indices {
            for column in 0...row {
                bands[first + row][row - column] += weight * pattern[row] * pattern[column]
            }
        }
    }

    /// Solves the system by Cholesky decomposition.
    func solved(_ right: [Double]) -> [Double] {
        let count = bands.count
        var factor = bands
        for row in 0..<count {
            if row >= 2 { factor[row].z /= factor[row - 2].x }
            if row >= 1 {
                let shared = row >= 2 ? factor[row].z * factor[row - 1].y : 0
                factor[row].y = (factor[row].y - shared) / factor[row - 1].x
            }
            let square = factor[row].x - factor[row].y * factor[row].y - factor[row].z * factor[row].z
            factor[row].x = square.squareRoot()
        }
        var solution = right
        for row in 0..<count {
            if row >= 1 { solution[row] -= factor[row].y * solution[row - 1] }
            if row >= 2 { solution[row] -= factor[row].z * solution[row - 2] }
            solution[row] /= factor[row].x
        }
        for row in (0..<count).reversed() {
            if row + 1 < count { solution[row] -= factor[row + 1].y * solution[row + 1] }
            if row + 2 < count { solution[row] -= factor[row + 2].z * solution[row + 2] }
            solution[row] /= factor[row].x
        }
        return solution
    }
}
