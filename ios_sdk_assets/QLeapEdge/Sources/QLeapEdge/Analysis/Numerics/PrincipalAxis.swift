/// The direction in which vectors vary most: the eigenvector of the largest eigenvalue of their covariance.
///
/// Source: cyclic Jacobi rotations, Golub & Van Loan, Matrix Computations (4th ed.), section 8.5.
enum PrincipalAxis {
    private static let mostSweeps = 30

    /// Returns a unit vector; its sign means nothing.
    static func of(_ vectors: ArraySlice<SIMD3<Double>>) -> SIMD3<Double> {
        let mean = vectors.reduce(.zero, +) / Double(max(vectors.count, 1))
        var matrix = [[Double]](repeating: [0, 0, 0], count: 3)
        for vector in vectors {
            let difference = vector - mean
            for row in 0..<3 {
                for column in 0..<3 { matrix[row][column] += difference[row] * difference[column] }
            }
        }
        var axes = [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]
        for _ in 0..<mostSweeps {
            let outside = abs(matrix[0][1]) + abs(matrix[0][2]) + abs(matrix[1][2])
            if outside == 0 { break }
            for (first, second) in [(0, 1), (0, 2), (1, 2)] { rotate(&matrix, &axes, first, second) }
        }
        let largest = (0..<3).reduce(0) { matrix[$1][$1] > matrix[$0][$0] ? $1 : $0 }
        return axes[largest]
    }

    private static func rotate(_ matrix: inout [[Double]], _ axes: inout [SIMD3<Double>], _ first: Int, _ second: Int) {
        let beside = matrix[first][second]
        guard beside != 0 else { return }
        let ratio = (matrix[second][second] - matrix[first][first]) / (2 * beside)
        let tangent = (ratio < 0 ? -1 : 1) / (abs(ratio) + (ratio * ratio + 1).squareRoot())
        let cosine = 1 / (tangent * tangent + 1).squareRoot()
        let sine = tangent * cosine
        for index in 0..<3 {
            let (left, right) = (matrix[index][first], matrix[index][second])
            matrix[index][first] = cosine * left - sine * right
            matrix[index][second] = sine * left + cosine * right
        }
        for index in 0..<3 {
            let (left, right) = (matrix[first][index], matrix[second][index])
            matrix[first][index] = cosine * left - sine * right
            matrix[second][index] = sine * left + cosine * right
        }
        (axes[first], axes[second]) = (
            axes[first] * cosine - axes[second] * sine, axes[first] * sine + axes[second] * cosine
        )
    }
}
