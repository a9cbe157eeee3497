"""The smoother keeps straight lines, and is SciPy's Gaussian filter away from the ends."""

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d

from qleap_edge.model.smoothing import SMOOTHING_FRAMES, Smoothing, smoothing_matrix


def test_smoothing_keeps_straight_lines_to_the_last_frame():
    time = torch.arange(200, dtype=torch.float64)
    lines = torch.stack([torch.ones_like(time), time, 3.0 - 0.25 * time], dim=1)
    torch.testing.assert_close(smoothing_matrix() @ lines, lines, atol=1e-10, rtol=1e-12)


def test_smoothing_is_a_gaussian_away_from_the_ends():
    """Against SciPy's own filter, whose kernel is cut at the same place."""
    signal = np.random.default_rng(0).normal(size=200)
    ours = smoothing_matrix().numpy() @ signal
    theirs = gaussian_filter1d(signal, SMOOTHING_FRAMES, truncate=4.0)
    np.testing.assert_allclose(ours[8:-8], theirs[8:-8], atol=1e-12)


def test_smoothing_is_no_part_of_a_checkpoint():
    assert not Smoothing().state_dict()
