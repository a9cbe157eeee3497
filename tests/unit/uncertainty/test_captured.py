"""The widening for captured persons: the quantile of known errors, each person left out, and what a damaged file says."""

import numpy as np
import pytest
from scipy.stats import chi

from qleap_edge.core.errors import InputDataError, SchemaMismatch
from qleap_edge.core.skeleton import JOINT_INDEX, JOINT_NAMES, MARKER_JOINTS, PELVIS
from qleap_edge.uncertainty.captured import (
    LEVEL,
    CapturedScores,
    covered,
    covered_left_out,
    fit_widening,
    read_widening,
    shipped_widening,
    widening_path,
)

FILE = widening_path()


def scores(spread: np.ndarray, windows: int = 12) -> CapturedScores:
    """Return errors of Gaussian persons: ``spread`` times larger than those of the synthetic ones, by joint."""
    rng = np.random.default_rng(3)
    persons = len(spread)
    size = (persons, windows, 200, len(MARKER_JOINTS))
    ratio = chi(3).rvs(size, random_state=rng) / chi(3).ppf(LEVEL) * spread[:, None, None, :]
    return CapturedScores(ratio.reshape(-1, 200, len(MARKER_JOINTS)), np.repeat(np.arange(persons), windows))


def test_the_widening_is_how_much_larger_the_errors_are():
    wider = np.linspace(1.2, 2.5, len(MARKER_JOINTS))
    found = fit_widening(scores(np.tile(wider, (7, 1))))
    np.testing.assert_allclose([found[JOINT_INDEX[name]] for name in MARKER_JOINTS], wider, rtol=0.02)
    assert found[PELVIS] == 1.0
    shoulder = max(found[JOINT_INDEX[name]] for name in ("left_shoulder", "right_shoulder"))
    assert {found[JOINT_INDEX[name]] for name in ("spine", "thorax", "neck", "head")} == {shoulder}


def test_smaller_errors_do_not_narrow_the_intervals():
    small = scores(np.full((7, len(MARKER_JOINTS)), 0.5))
    np.testing.assert_array_equal(fit_widening(small), np.ones(len(JOINT_NAMES)))
    assert min(covered(small, np.ones(len(JOINT_NAMES))).values()) > 0.99


def test_each_person_is_covered_by_the_factors_of_the_others():
    spread = np.ones((7, len(MARKER_JOINTS)))
    spread[4] = 3.0  # one person is unlike the others
    found = covered_left_out(scores(spread))
    assert sorted(found) == list(range(7))
    assert found[4] < 0.5 < 0.88 < min(share for person, share in found.items() if person != 4)
    own = covered(scores(spread), fit_widening(scores(spread)))
    assert own[4] > found[4]


def test_persons_count_equally():
    spread = np.vstack([np.ones((1, len(MARKER_JOINTS))), np.full((1, len(MARKER_JOINTS)), 2.0)])
    few, many = scores(spread[:1], windows=3), scores(spread[1:], windows=30)
    both = CapturedScores(np.concatenate([few.ratio, many.ratio]), np.repeat([0, 1], [3, 30]))
    shares = covered(both, fit_widening(both))
    assert np.mean(list(shares.values())) == pytest.approx(LEVEL, abs=0.01)


def test_the_shipped_file_has_a_factor_for_every_joint():
    part = shipped_widening()
    assert part == read_widening(FILE).part()
    assert len(part.widening) == len(JOINT_NAMES) and min(part.widening) >= 1.0 and part.widening[PELVIS] == 1.0
    assert part.coverage_90_low <= part.coverage_90 <= part.coverage_90_high
    assert part.persons == 7


@pytest.mark.parametrize(
    ("old", "new", "kind", "said"),
    [
        ("schema_version = 1", "schema_version = 2", SchemaMismatch, "qleap.captured_widening 1"),
        ("left_knee = ", "left_nee = ", InputDataError, "left_knee, left_nee"),
        ("pelvis = 1.000", "pelvis = 0.5", InputDataError, "widening.pelvis"),
        ("persons = 7", "persons = 0", InputDataError, "persons"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, old, new, kind, said):
    text = FILE.read_text()
    assert old in text
    changed = tmp_path / "widening.toml"
    changed.write_text(text.replace(old, new, 1))
    with pytest.raises(kind, match=said):
        read_widening(changed)
