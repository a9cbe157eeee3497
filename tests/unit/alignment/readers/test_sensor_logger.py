"""A recording that says how the watch was worn, as ``RecordingWriter`` of the Swift package writes it."""

import json
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.core.errors import InputDataError
from tests.support.command import call
from tests.support.watch_recordings import sensor_logger_rows, swinging_arm, write_csv


def rows_with_wear(wrist: str = "right", crown: str = "left") -> list[list[str]]:
    header, *rows = sensor_logger_rows(swinging_arm(np.arange(900) / 100.0))
    return [[*header, "wrist", "crown"], *([*row, wrist, crown] for row in rows)]


def test_wrist_and_crown_are_read(tmp_path: Path) -> None:
    with_wear = read_recording(write_csv(tmp_path / "a.csv", rows_with_wear()))
    without = read_recording(write_csv(tmp_path / "b.csv", [row[:-2] for row in rows_with_wear()]))
    assert with_wear.wear == Wear(Side.RIGHT, Side.LEFT, "given") and without.wear is None
    np.testing.assert_array_equal(with_wear.imu, without.imu)


@pytest.mark.parametrize(
    ("row", "cell", "parts"),
    [
        (1, "", ("left or right", "row 2")),
        (1, "top", ("left or right", "'top'")),
        (400, "left", ("right, as in the rows above", "row 401", "'left'")),
    ],
)
def test_a_side_that_is_none_or_changes_is_refused(tmp_path: Path, row: int, cell: str, parts: tuple[str, ...]) -> None:
    rows = rows_with_wear()
    rows[row][-2] = cell
    with pytest.raises(InputDataError, match="wrist") as refused:
        read_recording(write_csv(tmp_path / "a.csv", rows))
    assert all(part in str(refused.value) for part in parts), str(refused.value)


def test_the_command_takes_it_and_what_is_given_goes_before(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", rows_with_wear())

    def inspected(*given: str) -> tuple[dict[str, str], list[str]]:
        report = json.loads(call("watch", "inspect", path, *given, "--json").out)
        warnings = [found["message"] for found in report["findings"] if found["check"] == "reader"]
        assert not [found for found in report["findings"] if found["check"] == "wear-source"]
        return report["wear"], warnings

    wear, warnings = inspected()
    assert (wear["wrist"], wear["crown"], wear["source"], warnings) == ("right", "left", "given", [])
    wear, warnings = inspected("--wrist", "right")
    assert (wear["wrist"], wear["crown"], wear["source"], warnings) == ("right", "left", "given", [])
    wear, (warning,) = inspected("--wrist", "left", "--crown", "right")
    assert (wear["wrist"], wear["crown"]) == ("left", "right")
    assert "the recording says right wrist, crown left" in warning
