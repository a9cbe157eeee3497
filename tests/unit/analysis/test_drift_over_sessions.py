"""Sessions of one wearer: their order, what they are compared by, what is refused, and the command."""

import json
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.analysis.drift_over_sessions import WearerDrift, drift_over_sessions, drift_statement
from qleap_edge.analysis.session_document import SessionReport
from qleap_edge.core.errors import InputDataError
from tests.support.command import assert_refused, call
from tests.support.sessions import session, squats


@pytest.fixture(scope="module")
def report() -> SessionReport:
    return session(squats(5), silent=0.0).report


def at(report: SessionReport, day: int, distance: float, **changed: object) -> tuple[Path, SessionReport]:
    """Return the session of one day: every window as far from the calibration."""
    windows = tuple(one.model_copy(update={"embedding_distance": distance}) for one in report.windows)
    month, rest = divmod(day, 28)
    fields = {
        "recording": f"day {day}.csv", "recording_sha256": f"{day:064x}", "windows": windows,
        "started_at": f"2026-{month + 1:02d}-{rest + 1:02d}T10:00:00Z",
    }  # fmt: skip
    return Path(f"{day}.json"), report.model_copy(update=fields | changed)


def days(report: SessionReport, change: float, count: int = 90) -> list[tuple[Path, SessionReport]]:
    distance = 8.0 + np.random.default_rng(5).normal(size=count) + change * (np.arange(count) >= 60)
    return [at(report, day, float(one)) for day, one in enumerate(distance)]


def test_a_wearer_who_does_not_change(report: SessionReport) -> None:
    found = drift_over_sessions(days(report, 0.0))
    assert found.alarm is None and found.sessions == len(found.observations) == 90
    assert "No evidence of a change in 90 sessions" in drift_statement(found)
    assert [one.p_value is None for one in found.observations[:6]] == [True] * 4 + [False] * 2
    assert found.observations[0].windows == len(report.windows)


def test_a_change_is_found_and_named(report: SessionReport) -> None:
    found = drift_over_sessions(days(report, 3.0))
    assert found.alarm is not None and 60 < found.alarm < 90
    said = drift_statement(found)
    assert f"at day {found.alarm}.csv (2026-" in said and "check strap, wrist and crown" in said


def test_the_sessions_are_sorted_where_all_tell_their_time(report: SessionReport) -> None:
    shuffled = [days(report, 3.0)[k] for k in np.random.default_rng(0).permutation(90)]
    assert drift_over_sessions(shuffled) == drift_over_sessions(days(report, 3.0))
    undated = [at(report, 2, 8.0, started_at=None), at(report, 1, 8.0)]
    found = drift_over_sessions(undated)
    assert [one.recording for one in found.observations] == ["day 2.csv", "day 1.csv"] and found.order == "given"
    assert drift_statement(found).startswith(
        "Not all recordings tell when they began: they were taken in the order given."
    )
    assert drift_over_sessions(days(report, 0.0, 3)).order == "time"


def test_few_sessions_say_nothing_yet(report: SessionReport) -> None:
    assert "Nothing can be said yet" in drift_statement(drift_over_sessions(days(report, 0.0, 4)))


def test_what_cannot_be_compared_is_refused(report: SessionReport) -> None:
    first = at(report, 1, 8.0)
    with pytest.raises(InputDataError, match=r"different packages.*analyze all recordings with one bundle"):
        drift_over_sessions([first, at(report, 2, 8.0, package_sha256="c" * 64)])
    with pytest.raises(InputDataError, match=r"two sessions of one recording.*1\.json"):
        drift_over_sessions([first, at(report, 2, 8.0, recording_sha256=first[1].recording_sha256)])
    unknown = tuple(
        one.model_copy(update={"exercise": one.exercise.model_copy(update={"name": "unknown"})}) for one in report.sets
    )
    with pytest.raises(InputDataError, match=r"whose exercise is known.*--exercise NAME"):
        drift_over_sessions([at(report, 1, 8.0, sets=unknown)])


def test_a_time_without_a_zone_is_utc(report: SessionReport) -> None:
    mixed = [
        at(report, 1, 8.0, started_at="2026-01-02T10:00:00"),
        at(report, 2, 8.0, started_at="2026-01-02T10:30:00+01:00"),
    ]
    assert [one.recording for one in drift_over_sessions(mixed).observations] == ["day 2.csv", "day 1.csv"]


@pytest.mark.parametrize(
    ("windows", "fields", "words"),
    [
        ({"set_number": 99}, {}, "windows.0.*a set from 1 to 1.*got set 99"),
        ({"set_number": 0}, {}, "windows.0.*got set 0"),
        ({"set_number": 10**30}, {}, "windows.0"),
        ({"embedding_distance": 1e308}, {}, "windows.0.*distance 1e[+]308"),
        ({"embedding_distance": -1.0}, {}, "windows.0.*distance -1"),
        ({}, {"started_at": "yesterday"}, "started_at.*got yesterday"),
    ],
)
def test_what_no_analysis_writes_is_refused(report: SessionReport, windows: dict, fields: dict, words: str) -> None:
    path, one = at(report, 1, 8.0)
    changed = one.model_copy(update={"windows": (one.windows[0].model_copy(update=windows), *one.windows[1:])} | fields)
    with pytest.raises(InputDataError, match=words):
        drift_over_sessions([(path, changed)])


def test_the_command(report: SessionReport, tmp_path: Path) -> None:
    def written(change: float) -> list[Path]:
        paths = []
        for path, one in days(report, change):
            paths.append(tmp_path / f"{change:g}_{path.name}")
            paths[-1].write_text(one.to_json())
        return paths

    calm = call("watch", "drift", *written(0.0))
    assert calm.code == 0 and "No evidence of a change" in calm.out and "squat" in calm.out
    changed = call("watch", "drift", *written(3.0))
    assert changed.code == 1 and "The sets no longer look as they did" in changed.out
    document = call("watch", "drift", *written(3.0), "--json")
    assert document.code == 1 and WearerDrift.model_validate(json.loads(document.out)).alarm is not None
    assert_refused(call("watch", "drift", tmp_path / "none.json"), 3, "none.json")
