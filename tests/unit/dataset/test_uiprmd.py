"""Optical markers of UI-PRMD: what is read, which gaps are bridged, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.errors import InputDataError
from qleap_edge.dataset.uiprmd import MARKER_INDEX, MARKER_NAMES, bridge_gaps, read_uiprmd, recording_names

PERSON = Path(__file__).parents[2] / "fixtures" / "uiprmd" / "s01.npz"
NAME = "m01_correct"


@pytest.fixture(scope="module")
def arrays():
    with np.load(PERSON, allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}


@pytest.fixture(scope="module")
def whole(arrays):
    return np.cumsum(arrays[NAME], axis=0, dtype=np.int16) * 1e-4


def written(folder, arrays, **changes):
    path = folder / "s01.npz"
    np.savez_compressed(path, **{key: value for key, value in (arrays | changes).items() if value is not None})
    return path


def hidden(arrays, marker, rows):
    """Return the stored steps with one marker unseen in some rows."""
    positions = np.cumsum(arrays[NAME], axis=0, dtype=np.int16)
    positions[rows, MARKER_INDEX[marker]] = 0
    return np.diff(positions, axis=0, prepend=np.zeros_like(positions[:1])).astype(np.int16)


def test_the_squats_of_one_person(whole):
    found = read_uiprmd(PERSON, NAME)
    assert recording_names(PERSON) == (NAME,)
    assert found.movement == "deep squat" and found.correct
    np.testing.assert_allclose(found.markers, whole, atol=1e-12)
    assert len(found.repetitions) == 5 and found.repetitions[0] == (0, 191) and found.repetitions[-1][1] == 1082
    assert found.time_s[-1] == pytest.approx(10.82)
    # A person in metres: the front of the pelvis stands at hip height and comes down by about half a metre.
    front = found.marker("LASI")[:, 2]
    assert 0.75 < front.max() < 1.15 and 0.4 < np.ptp(front) < 0.8


@pytest.mark.parametrize(("marker", "worst_m"), [("LASI", 0.06), ("RPSI", 0.02), ("CLAV", 0.015), ("LBHD", 0.001)])
def test_a_marker_of_a_rigid_bone_has_its_place_among_the_others(tmp_path, arrays, whole, marker, worst_m):
    """At the bottom of a deep squat the skin over the front of the pelvis has moved by up to 6 cm against the bone."""
    path = written(tmp_path, arrays, **{NAME: hidden(arrays, marker, slice(300, 700))})
    off = np.linalg.norm(read_uiprmd(path, NAME).marker(marker) - whole[:, MARKER_INDEX[marker]], axis=1)
    assert off[:300].max() < 1e-9 and off.max() < worst_m and np.median(off[300:700]) < 0.015


def test_a_bridged_marker_on_a_rigid_body_is_exact(whole):
    turned = np.repeat(whole[:1], 200, axis=0)
    turned += np.stack([np.linspace(0.0, 0.3, 200), np.zeros(200), np.zeros(200)], axis=1)[:, None]
    without = turned.copy()
    without[50:150, MARKER_INDEX["RASI"]] = np.nan
    np.testing.assert_allclose(bridge_gaps(without), turned, atol=1e-9)


def test_short_gaps_are_interpolated_and_held_at_the_ends(tmp_path, arrays, whole):
    rows = np.r_[0:10, 400:420]
    path = written(tmp_path, arrays, **{NAME: hidden(arrays, "LWRA", rows)})
    found = read_uiprmd(path, NAME).marker("LWRA")
    truth = whole[:, MARKER_INDEX["LWRA"]]
    assert np.linalg.norm(found[400:420] - truth[400:420], axis=1).max() < 0.005
    np.testing.assert_allclose(found[:10], np.broadcast_to(truth[10], (10, 3)), atol=1e-9)


def test_a_long_gap_is_refused_by_name(tmp_path, arrays):
    path = written(tmp_path, arrays, **{NAME: hidden(arrays, "LWRB", slice(400, 426))})
    found = read_uiprmd(path, NAME)
    assert np.isfinite(found.marker("LWRA")).all()
    with pytest.raises(
        InputDataError, match=r"recording 'm01_correct', row 400: the marker LWRB .*0\.25 s.*26 of 1083"
    ):
        found.marker("LWRB")
    with pytest.raises(InputDataError, match=r"no such marker; expected one of LFHD.*got 'LWRC'"):
        found.marker("LWRC")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"marker_names": np.array(MARKER_NAMES[::-1])}, r"key 'marker_names': other markers"),
        ({"marker_names": None}, r"key 'marker_names': the key is missing"),
        ({NAME: None}, r"key 'm01_correct': the key is missing"),
        (
            {NAME: np.zeros((300, 39, 3), np.float32)},
            r"key 'm01_correct': wrong shape or kind; expected int16.*float32",
        ),
        ({NAME: np.zeros((300, 38, 3), np.int16)}, r"wrong shape or kind.*\(300, 38, 3\)"),
        ({NAME: np.zeros((50, 39, 3), np.int16)}, r"wrong shape or kind.*100 rows or more"),
        ({f"{NAME}_reps": np.array([0, 191, 191])}, r"key 'm01_correct_reps': unusable edges.*between 0 and 1083"),
        ({f"{NAME}_reps": np.array([0, 1084])}, r"unusable edges of repetitions"),
        ({f"{NAME}_reps": np.array([0.0, 191.0])}, r"unusable edges of repetitions.*float64"),
        ({NAME: np.array([{}], dtype=object)}, r"key 'm01_correct': cannot read the array"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, arrays, changes, message):
    with pytest.raises(InputDataError, match=message):
        read_uiprmd(written(tmp_path, arrays, **changes), NAME)


def test_another_unit_is_refused(tmp_path, arrays):
    path = written(tmp_path, arrays, **{NAME: (arrays[NAME] // 10).astype(np.int16)})
    with pytest.raises(InputDataError, match=r"a thigh's length is not that of an adult; expected 0\.25 to 0\.65 m"):
        read_uiprmd(path, NAME)


def test_what_is_no_archive_is_refused(tmp_path):
    for name, content in (("text.npz", b"not a zip"), ("cut.npz", PERSON.read_bytes()[:5000])):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InputDataError, match=f"{name}: cannot read the markers; expected an .npz archive"):
            read_uiprmd(path, NAME)
    with pytest.raises(InputDataError, match=r"absent\.npz: cannot read the markers"):
        read_uiprmd(tmp_path / "absent.npz", NAME)
