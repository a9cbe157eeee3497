"""How far from a limit a measured value must lie before something is said, so that what is said is seldom wrong.

Fixed-sequence testing: margins are tried from the largest to the smallest, each by an exact binomial test of the hypothesis
that the error is too frequent; the last one that rejects it holds with the stated confidence, whatever the errors look like.

Source: Angelopoulos, Bates, Candès, Jordan, Lei, "Learn then Test", Annals of Applied Statistics 2025 (arXiv 2110.01052).
"""

import numpy as np
from jaxtyping import Float
from scipy.stats import beta, binom

CONFIDENCE = 0.95
_LARGEST_MARGIN, _MARGINS = 6.0, 61


def smallest_margin(excess: Float[np.ndarray, " n"], rate: float) -> float | None:
    """Return the smallest margin which a share of at most ``rate`` exceeds, with 95 % confidence.

    Args:
        excess: how far the measured value lies on the wrong side of the limit, in standard deviations, for each independent
            case in which it should not lie there at all.
        rate: largest share of errors.

    Returns:
        The margin, 0 to 6; None where even the largest one cannot be shown to be safe.
    """
    found = None
    for margin in np.linspace(_LARGEST_MARGIN, 0.0, _MARGINS):
        errors = int((excess > margin).sum())
        if binom.cdf(errors, len(excess), rate) > 1.0 - CONFIDENCE:
            break
        found = float(round(margin, 6))
    return found


def upper_bound(errors: int, cases: int) -> float:
    """Return the upper end of the one-sided 95 % interval of an error rate (Clopper and Pearson); 1 without cases."""
    return 1.0 if errors >= cases else float(beta.ppf(CONFIDENCE, errors + 1, cases - errors))
