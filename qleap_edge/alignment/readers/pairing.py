"""Two sensors on stamps of their own, brought to one set of stamps: the acceleration at the stamps of the gyroscope."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.interpolate import make_interp_spline

from qleap_edge.alignment.resample import lowpass_for_decimation
from qleap_edge.core.errors import InputDataError

MIN_ROWS = 10
RATES_HZ = (1.0, 10_000.0)
MAX_BRIDGED_S = 0.03  # a longer hole of the acceleration gives no value: the rows in it are dropped
MAX_BRIDGED_PERIODS = 2.5


@dataclass(frozen=True)
class Series:
    """One sensor's rows."""

    where: str
    time_s: Float[np.ndarray, " n"]
    values: Float[np.ndarray, "n 3"]

    @property
    def rate_hz(self) -> float:
        """The rate that the median interval shows; 0 where there is none."""
        period = float(np.median(np.diff(np.unique(self.time_s)))) if len(np.unique(self.time_s)) > 1 else 0.0
        return 1.0 / period if period > 0 else 0.0


def at_stamps_of(
    gyroscope: Series, acceleration: Series
) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, "k 3"], Float[np.ndarray, "k 3"]]:
    """Return stamps, acceleration and angular velocity at the gyroscope's stamps, where both sensors measured.

    A faster accelerometer is low-passed to the gyroscope's rate first; between its rows a cubic spline gives the value.

    Raises:
        InputDataError: a sensor has fewer than ten rows or a rate of no sensor, or the two have no time in common.
    """
    for series in (gyroscope, acceleration):
        if len(np.unique(series.time_s)) < MIN_ROWS:
            raise InputDataError(
                "too few rows with different stamps",
                where=series.where,
                expected=f"at least {MIN_ROWS}",
                got=f"{len(np.unique(series.time_s))}",
                next_step="record for longer",
            )
        if not RATES_HZ[0] <= series.rate_hz <= RATES_HZ[1]:
            raise InputDataError(
                "the stamps are not seconds of a motion sensor",
                where=series.where,
                expected=f"{RATES_HZ[0]:g} to {RATES_HZ[1]:g} rows a second",
                got=f"{series.rate_hz:.4g}",
                next_step="export the two files again, with stamps in seconds",
            )
    stamps, first = np.unique(acceleration.time_s, return_index=True)
    values = lowpass_for_decimation(acceleration.values[first], acceleration.rate_hz, gyroscope.rate_hz)
    longest = max(MAX_BRIDGED_S, MAX_BRIDGED_PERIODS / acceleration.rate_hz)
    after = np.clip(np.searchsorted(stamps, gyroscope.time_s), 1, len(stamps) - 1)
    inside = (gyroscope.time_s >= stamps[0]) & (gyroscope.time_s <= stamps[-1])
    covered = inside & (stamps[after] - stamps[after - 1] <= longest)
    if int(covered.sum()) < MIN_ROWS:
        raise InputDataError(
            "the two sensors have no time in common",
            where=f"{acceleration.where} and {gyroscope.where}",
            expected="stamps of one clock",
            got=f"{stamps[0]:.6g} to {stamps[-1]:.6g} s and {gyroscope.time_s.min():.6g} to {gyroscope.time_s.max():.6g} s",
            next_step="give the two files of one recording",
        )
    wanted = gyroscope.time_s[covered]
    spline = make_interp_spline(stamps - stamps[0], values, k=3)
    return wanted - wanted[0], spline(wanted - stamps[0]), gyroscope.values[covered]
