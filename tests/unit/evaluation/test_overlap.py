"""Windows laid onto frames give the frames back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.overlap import OverlapAverage
from qleap_edge.metrics.outputs import ModelOutputs
from tests.unit.evaluation.conftest import perfect


def laid(truth: GroundTruth, outputs: ModelOutputs, batch: int = 7) -> OverlapAverage:
    tracks = OverlapAverage(truth)
    for first in range(0, len(truth), batch):
        tracks.add(first, outputs[first : first + batch])
    return tracks


def test_the_truth_comes_back(truth: GroundTruth):
    tracks = laid(truth, perfect(truth))
    np.testing.assert_allclose(tracks.whole()[tracks.covered], truth.pose[tracks.covered], atol=1e-6)
    np.testing.assert_allclose(tracks.sigma()[tracks.covered], 0.01, rtol=1e-5)
    for first, stop in zip(truth.offsets, truth.offsets[1:], strict=False):
        length = int(stop - first)
        seen = 200 + (length - 200) // 10 * 10
        inside, newest = tracks.covered[first:stop], ~np.isnan(tracks.newest[first:stop, 0, 0])
        np.testing.assert_array_equal(inside, np.arange(length) < seen)
        np.testing.assert_array_equal(newest, (np.arange(length) >= 190) & (np.arange(length) < seen))
    streamed = ~np.isnan(tracks.newest[:, 0, 0])
    np.testing.assert_array_equal(tracks.newest[streamed], truth.pose[streamed])
    assert np.isnan(tracks.whole()[~tracks.covered]).all()


def test_a_frame_is_the_mean_of_its_windows(truth: GroundTruth, outputs: ModelOutputs):
    tracks = laid(truth, outputs)
    frame = int(truth.start[1]) + 150  # of the first sequence
    holding = np.flatnonzero((truth.start <= frame) & (frame < truth.start + 200) & (truth.sequence == 0))
    assert len(holding) > 1
    at = frame - truth.start[holding]
    np.testing.assert_allclose(tracks.whole()[frame], outputs.pose[holding, at].mean(axis=0), atol=1e-6)
    variance = np.exp(outputs.pose_log_variance[holding, at]).mean(axis=0)
    np.testing.assert_allclose(tracks.sigma()[frame], np.sqrt(variance), rtol=1e-4)
    last = int(truth.start[1]) + 199
    np.testing.assert_array_equal(tracks.newest[last], outputs.pose[1, 199])


@pytest.mark.parametrize("hop", [11, 100])
def test_a_long_hop_makes_no_stream(hop: int, data: Path):
    truth = GroundTruth.read(data, "test", hop)
    tracks = laid(truth, perfect(truth))
    assert not tracks.streams and np.isnan(tracks.newest).all() and tracks.covered.any()
    assert OverlapAverage(replace(truth, hop=10)).streams
