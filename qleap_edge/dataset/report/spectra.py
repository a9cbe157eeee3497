"""Where in frequency a wrist signal has its energy: Welch spectra, energy shares, and rms in bands of one repetition."""

import numpy as np
from jaxtyping import Float
from scipy.signal import detrend, periodogram, welch

from qleap_edge.core.frames import MODEL_RATE_HZ
from qleap_edge.dataset.report.literature import ENERGY_SHARES

SEGMENT_STEPS = 200  # 4 s, one model window: every sequence of a dataset holds one
FREQUENCIES_HZ = np.fft.rfftfreq(SEGMENT_STEPS, 1.0 / MODEL_RATE_HZ)
BANDS_HZ = ((0.25, 1.0), (1.0, 2.0), (2.0, 4.0), (4.0, 8.0), (8.0, 16.0))


def spectrum(signal: Float[np.ndarray, "time 3"]) -> Float[np.ndarray, " frequencies"]:
    """Return the power spectral density of a vector signal at 50 Hz, the sum over its axes; each segment less its mean.

    Args:
        signal: m/s² or rad/s; a signal shorter than 4 s is padded with zeros.

    Returns:
        Density at :data:`FREQUENCIES_HZ`, (unit)²/Hz; a sine of amplitude a integrates to a²/2.

    Source: Welch 1967, IEEE Trans. Audio Electroacoust. 15(2); Hann windows of 4 s that overlap by half.
    """
    steps = min(len(signal), SEGMENT_STEPS)
    _, density = welch(signal, MODEL_RATE_HZ, nperseg=steps, nfft=SEGMENT_STEPS, axis=0, detrend="constant")
    return np.asarray(density.sum(axis=1))


def energy_frequencies(density: Float[np.ndarray, " frequencies"]) -> Float[np.ndarray, " shares"]:
    """Return the frequencies (Hz) below which :data:`ENERGY_SHARES` percent of the energy lie, without the constant part.

    NaN where there is no energy at all.
    """
    energy = np.concatenate([[0.0], np.cumsum(density[1:])])
    if energy[-1] <= 0.0:
        return np.full(len(ENERGY_SHARES), np.nan)
    wanted = np.array(ENERGY_SHARES) / 100.0
    # A bin's energy lies within half a step of its frequency: the running sum belongs to the bin's upper edge.
    edges = FREQUENCIES_HZ + 0.5 * FREQUENCIES_HZ[1]
    return np.asarray(np.interp(wanted, energy / energy[-1], edges))


def band_rms(signal: Float[np.ndarray, "time 3"]) -> Float[np.ndarray, " bands"]:
    """Return the rms of a short stretch in each of :data:`BANDS_HZ`, over all axes, in the signal's unit.

    One periodogram of the whole stretch, its line through time taken off first: a repetition of 2.5 s resolves 0.4 Hz, and a
    step between its two ends would leak into every band. NaN where the stretch is too short to have a frequency in the band.
    """
    level = detrend(signal, axis=0, type="linear")
    frequency, power = periodogram(level, MODEL_RATE_HZ, axis=0, detrend=False, scaling="spectrum")
    inside = [(frequency >= low) & (frequency < high) for low, high in BANDS_HZ]
    return np.array([np.sqrt(power[band].sum()) if band.any() else np.nan for band in inside])
