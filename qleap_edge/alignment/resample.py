"""One uniform clock for every signal, real or synthetic: anti-alias filter first, then a natural cubic spline.

Both steps use the rate that the stamps show, never the nominal one: a watch with a nominal rate of 100 Hz delivers 99.27 to
100.81 Hz, and 1 % of clock error is a second in a hundred.
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Float
from scipy.interpolate import make_interp_spline
from scipy.signal import upfirdn

from qleap_edge.core.errors import InputDataError

CUTOFF_SHARE = 0.45
"""Cutoff (gain 0.5) over the output rate: 22.5 Hz for 50 Hz, with 0.977 left at 18 Hz and 0.002 at 28 Hz."""

HALF_TAPS_AT_UNIT_RATIO = 8
"""Half the filter's length in output periods; half as long leaves a gain of 0.14 at 28 Hz."""

DECIMATION_MARGIN = 1.02
"""Below this input/output rate ratio nothing is filtered: a ±1 % clock on either side must not switch a filter on."""

_GRID_SLACK = 1e-6  # in output periods: 1.0 s at 50 Hz is 51 samples even when the stamps sum to 0.9999999999 s


@lru_cache(maxsize=256)
def lowpass_taps(input_rate_hz: float, output_rate_hz: float) -> Float[np.ndarray, " taps"]:
    """Return the linear-phase low-pass that precedes a decimation; its gain at 0 Hz is exactly 1.

    Source: windowed-sinc design, Oppenheim & Schafer, Discrete-Time Signal Processing, "Design of FIR filters by windowing".
    """
    half = int(HALF_TAPS_AT_UNIT_RATIO * input_rate_hz / output_rate_hz)
    taps = np.hamming(2 * half + 1) * np.sinc(
        2.0 * CUTOFF_SHARE * output_rate_hz / input_rate_hz * np.arange(-half, half + 1)
    )
    taps /= taps.sum()
    taps.flags.writeable = False  # the cache hands the same array to every caller
    return taps


def lowpass_for_decimation(
    values: Float[np.ndarray, "n c"], input_rate_hz: float, output_rate_hz: float
) -> Float[np.ndarray, "n c"]:
    """Remove frequencies that the output rate cannot represent, without delay; unchanged when the rates are (nearly) equal.

    The edges are continued by point reflection (``2 x[0] - x[k]``), so that a constant and a ramp pass unchanged.

    Args:
        values: uniformly sampled signal, any unit.
        input_rate_hz: its real rate.
        output_rate_hz: the rate it will be resampled to.
    """
    if len(values) < 2 or input_rate_hz <= DECIMATION_MARGIN * output_rate_hz:
        return np.asarray(values, dtype=np.float64)
    taps = lowpass_taps(float(input_rate_hz), float(output_rate_hz))
    half = len(taps) // 2
    padded = np.pad(values.astype(np.float64), ((half, half), (0, 0)), mode="reflect", reflect_type="odd")
    return np.ascontiguousarray(upfirdn(taps, padded, axis=0)[2 * half : 2 * half + len(values)])


def uniform_grid(duration_s: float, rate_hz: float) -> Float[np.ndarray, " m"]:
    """Return the sample times (s) 0, 1/rate, ... that fit into ``duration_s``: floor(duration·rate) + 1 of them."""
    return np.arange(int(np.floor(duration_s * rate_hz + _GRID_SLACK)) + 1, dtype=np.float64) / rate_hz


def resample_uniform(
    time_s: Float[np.ndarray, " n"], values: Float[np.ndarray, "n c"], rate_hz: float
) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, "m c"]]:
    """Resample a gap-free signal onto a uniform grid that starts at its first stamp.

    A signal that already lies on that grid comes back unchanged to rounding. The same input gives the same bytes.

    Args:
        time_s: strictly increasing stamps, seconds; keep them small (seconds since the start, not since 1970), a
            double has only 0.2 µs left at today's epoch.
        values: one column a channel, any unit.
        rate_hz: output rate.

    Returns:
        Stamps (seconds, same origin as ``time_s``) and values, floor(duration·rate) + 1 rows.

    Raises:
        InputDataError: no samples, a stamp that does not increase, a value that is not finite, or a rate that is not
            a positive number.

    Source: natural cubic spline, de Boor, A Practical Guide to Splines, chapter IV.
    """
    _check(time_s, values, rate_hz)
    origin = float(time_s[0])
    relative = time_s.astype(np.float64) - origin
    if len(relative) == 1:
        return np.array([origin]), values.astype(np.float64)
    duration = float(relative[-1])
    filtered = lowpass_for_decimation(values, (len(relative) - 1) / duration, rate_hz)
    grid = uniform_grid(duration, rate_hz)
    spline = make_interp_spline(relative, filtered, k=3, bc_type="natural")
    # The slack may put the last grid point a nanosecond behind the last stamp: hold it instead of extrapolating.
    return origin + grid, spline(np.minimum(grid, duration))


def _check(time_s: Float[np.ndarray, " n"], values: Float[np.ndarray, "n c"], rate_hz: float) -> None:
    """Refuse stamps and values from which a spline would give wrong numbers without an error."""
    if not (np.isfinite(rate_hz) and rate_hz > 0):
        raise InputDataError("the output rate is not usable", expected="a rate above 0 Hz", got=f"{rate_hz!r}")
    if len(time_s) == 0:
        raise InputDataError("nothing to resample", expected="at least one sample", got="none")
    for name, array in (("stamp", time_s), ("value", values)):
        if not np.isfinite(array).all():
            row = int(np.argwhere(~np.isfinite(array))[0][0])
            raise InputDataError(
                f"a {name} is not a number", where=f"sample {row}", next_step="drop it and split there"
            )
    if len(time_s) > 1 and not (steps := np.diff(time_s) > 0).all():
        row = int(np.argmin(steps)) + 1
        raise InputDataError(
            "the stamps do not increase",
            where=f"sample {row}",
            expected=f"more than {time_s[row - 1]!r} s",
            got=f"{time_s[row]!r} s",
            next_step="remove repeats and sort by stamp first",
        )
