"""What must hold for any byte, any number, any bound and any set of windows."""

import itertools
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qleap_edge.analysis.pelvis_repetitions import find_repetitions
from qleap_edge.bundle.signing import check_signature, load_private_key, load_public_key, sign
from qleap_edge.bundle.validate import validate_bundle
from qleap_edge.core.errors import CheckFailed
from qleap_edge.core.units import UNITS
from qleap_edge.evaluation.overlap import OverlapAverage
from qleap_edge.gates.decide import decide_one
from qleap_edge.gates.thresholds import Gate
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.training.losses import gaussian_nll, scale_calibration
from tests.support.keys import KeyPair, write_keys
from tests.support.micro import Micro
from tests.support.squats import squat_stream

finite = st.floats(allow_nan=False, allow_infinity=False, width=32)


@pytest.fixture(scope="module")
def bundle(micro: Micro, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(micro.bundle, tmp_path_factory.mktemp("property") / "bundle"))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    return write_keys(tmp_path_factory.mktemp("keys"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_byte_of_any_file_matters(bundle: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(p for p in bundle.rglob("*") if p.is_file())))
    original = path.read_bytes()
    position = data.draw(st.integers(0, len(original) - 1))
    new = data.draw(st.integers(0, 255).filter(lambda value: value != original[position]))
    path.write_bytes(original[:position] + bytes([new]) + original[position + 1 :])
    try:
        with pytest.raises(CheckFailed) as caught:
            validate_bundle(bundle)
        assert path.relative_to(bundle).as_posix() in str(caught.value)
    finally:
        path.write_bytes(original)


@settings(deadline=None)
@given(text=st.binary(max_size=200), other=st.binary(max_size=200))
def test_a_signature_fits_one_text(keys: KeyPair, text: bytes, other: bytes) -> None:
    document = sign(text, load_private_key(keys.private))
    check_signature(text, document, load_public_key(keys.public), Path("x"))
    if other != text:
        with pytest.raises(CheckFailed):
            check_signature(other, document, None, Path("x"))


@given(
    value=st.none() | st.floats(),
    bounds=st.tuples(st.none() | finite, st.none() | finite).filter(
        lambda b: b != (None, None) and (b[0] is None or b[1] is None or b[0] <= b[1])
    ),
    units=st.tuples(st.sampled_from(UNITS), st.sampled_from(UNITS)),
)
def test_a_gate_passes_only_a_finite_number_in_its_unit_within_its_bounds(
    value: float | None, bounds: tuple[float | None, float | None], units: tuple[str, str]
) -> None:
    gate = Gate(measurement="m", unit=units[0], min=bounds[0], max=bounds[1], grades=("tiny",), why="w")  # type: ignore[arg-type]
    result = decide_one(gate, Measurement(name="m", value=value, unit=units[1]))  # type: ignore[arg-type]
    low = -math.inf if bounds[0] is None else bounds[0]
    high = math.inf if bounds[1] is None else bounds[1]
    least, most = gate.range()
    good = value is not None and units[0] == units[1] and max(low, least) <= value <= min(high, most)
    assert (result.verdict == "pass") == good
    assert result.reason
    result.model_validate_json(result.model_dump_json())


@settings(max_examples=50, deadline=None)
@given(
    first=arrays(np.int64, st.integers(1, 6), elements=st.integers(0, 40)),
    use=st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_the_overlap_average_of_copies_of_one_stream_is_the_stream(first: np.ndarray, use: list[bool]) -> None:
    steps = 260
    truth = np.random.default_rng(0).normal(size=(steps, 17, 3))
    chosen = first[np.array(use[: len(first)])]
    average = OverlapAverage(steps)
    if len(chosen):
        average.add(chosen, np.stack([truth[f : f + 200] for f in chosen]))
    wanted = np.zeros(steps, bool)
    for f in chosen:
        wanted[f : f + 200] = True
    np.testing.assert_array_equal(average.known, wanted)
    np.testing.assert_allclose(average.pose()[wanted], truth[wanted], atol=1e-12)
    assert np.isnan(average.pose()[~wanted]).all()


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(1, 6),
    depth_m=st.floats(0.15, 0.6),
    tempo_s=st.floats(1.0, 5.0),
    rest_s=st.floats(0.3, 2.0),
    seed=st.integers(0, 99),
)
def test_squats_are_counted_whatever_their_shape(
    count: int, depth_m: float, tempo_s: float, rest_s: float, seed: int
) -> None:
    time_s, pose, bottoms = squat_stream(
        count, depth_m=depth_m, tempo_s=tempo_s, rest_s=rest_s, noise_m=0.002, seed=seed
    )
    found = find_repetitions(time_s, pose, np.ones(len(time_s), bool), 1.75)
    assert len(found) == count
    for rep, bottom in zip(found, bottoms, strict=True):
        assert abs(rep.bottom_s - bottom) < 0.2 * tempo_s
        assert abs(rep.depth_m - depth_m) < 0.015
    assert all(a.end_s <= b.start_s for a, b in itertools.pairwise(found))


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(2, 5),
    dark=st.lists(st.tuples(st.integers(0, 900), st.integers(1, 120)), min_size=1, max_size=4),
)
def test_no_repetition_holds_or_touches_an_unknown_frame(count: int, dark: list[tuple[int, int]]) -> None:
    time_s, pose, _ = squat_stream(count, noise_m=0.002)
    known = np.ones(len(time_s), bool)
    for start, length in dark:
        known[start : start + length] = False
    pose[~known] = 0.0
    for rep in find_repetitions(time_s, pose, known, 1.75):
        low, high = round(rep.start_s * 50), round(rep.end_s * 50)
        assert known[max(low - 1, 0) : high + 2].all()
        assert 0.06 * 1.75 <= rep.depth_m + 0.02 <= 0.38


@settings(max_examples=30, deadline=None)
@given(sigma=st.floats(0.05, 20.0), claimed=st.floats(0.05, 20.0))
def test_the_likelihood_is_best_for_the_true_sigma(sigma: float, claimed: float) -> None:
    """Mean z² is (sigma / claimed)²: the two terms are least where the claim is true."""
    error = torch.full((1, 200, 16, 3), sigma, dtype=torch.float64)

    def score(claim: float) -> tuple[float, float]:
        z = error / claim
        logs = torch.full_like(z, 2.0 * math.log(claim))
        return gaussian_nll(z, logs).mean().item(), scale_calibration(z.square().mean(dim=(0, 1))).item()

    best, other = score(sigma), score(claimed)
    assert best[0] <= other[0] + 1e-12 and best[1] <= other[1] + 1e-12
    assert best[1] == pytest.approx(0.0, abs=1e-20)
