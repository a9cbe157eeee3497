"""``qleap watch inspect`` and ``align`` on real recordings."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from qleap_edge.alignment.report import InspectionReport
from qleap_edge.cli.watch import app
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.records import read_document
from tests.support.recording_formats import generic
from tests.support.watch_recordings import PENDULUM_RIGHT, WRIST_MOTION, sensor_logger_rows, swinging_arm, write_csv

run = CliRunner().invoke


def test_inspect_json_is_one_document(tmp_path: Path) -> None:
    result = run(app, ["inspect", str(WRIST_MOTION), "--json", "--plot", str(tmp_path / "swim.png")])
    assert result.exit_code == 0
    (tmp_path / "report.json").write_text(result.stdout)
    report = read_document(InspectionReport, tmp_path / "report.json")
    assert [segment.steps for segment in report.segments] == [51, 804]
    assert (report.windows.count, report.verdict) == (61, "warn")
    assert (report.wear.source, report.wear.lever_arm, report.wear.verdict) == ("assumed", "consistent", "distal")
    assert (tmp_path / "swim.png").stat().st_size > 10_000


def test_inspect_table() -> None:
    result = run(app, ["inspect", str(WRIST_MOTION)])
    assert result.exit_code == 0
    for part in ("sensor-logger", "16.0776", "99.455", "804", "61 windows", "assumed"):
        assert part in result.stdout


@pytest.mark.parametrize(("wrist", "agreement"), [("right", "consistent"), ("left", "contradicts")])
def test_given_wear_is_said_and_judged(wrist: str, agreement: str) -> None:
    command = ["inspect", str(PENDULUM_RIGHT), "--rate-hz", "50", "--wrist", wrist, "--crown", "right", "--json"]
    wear = json.loads(run(app, command).stdout)["wear"]
    assert (wear["source"], wear["lever_arm"]) == ("given", agreement)


def test_one_side_alone_is_not_enough() -> None:
    wear = json.loads(run(app, ["inspect", str(WRIST_MOTION), "--wrist", "left", "--json"]).stdout)["wear"]
    assert wear["source"] == "assumed"


def broken_recording(folder: Path) -> Path:
    """Degrees per second in a radians column."""
    arm = swinging_arm(np.arange(600) / 100.0)
    rows = sensor_logger_rows(arm)
    for row in rows[1:]:
        row[2:5] = [repr(float(np.rad2deg(float(cell)))) for cell in row[2:5]]
    return write_csv(folder / "degrees.csv", rows)


def test_failed_check_ends_with_3(tmp_path: Path) -> None:
    result = run(app, ["inspect", str(broken_recording(tmp_path)), "--json"])
    assert result.exit_code == 3
    assert json.loads(result.stdout)["verdict"] == "fail"


def test_align_refuses_what_inspect_fails(tmp_path: Path) -> None:
    result = run(app, ["align", str(broken_recording(tmp_path)), "--out", str(tmp_path / "a.npz")])
    assert isinstance(result.exception, InputDataError)
    assert not (tmp_path / "a.npz").exists()


def test_align_writes_the_archive(tmp_path: Path) -> None:
    result = run(app, ["align", str(WRIST_MOTION), "--out", str(tmp_path / "a.npz")])
    assert result.exit_code == 0 and "window_start" in result.stdout
    with np.load(tmp_path / "a.npz") as archive:
        assert archive["imu"].shape == (855, 6) and archive["window_start"].shape == (61,)
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_errors_pass_through(tmp_path: Path) -> None:
    result = run(app, ["inspect", str(tmp_path / "nothing.csv")])
    assert isinstance(result.exception, InputDataError)


def test_inspect_says_first_whether_the_recording_can_be_used(tmp_path: Path) -> None:
    good, bad = run(app, ["inspect", str(WRIST_MOTION)]), run(app, ["inspect", str(broken_recording(tmp_path))])
    assert "This recording can be used." in good.stdout and "interrupted for 12.367 s" in good.stdout
    assert "This recording cannot be used: 2 of" in bad.stdout
    assert bad.stdout.index("degrees per second?") < bad.stdout.index("what was found")


def test_mapping_command_and_option(tmp_path: Path) -> None:
    arm = swinging_arm(np.arange(600) / 100.0)
    path, mapping = tmp_path / "other.csv", tmp_path / "mapping.toml"
    path.write_text(generic(arm))
    proposed = run(app, ["mapping", str(path)])
    assert proposed.exit_code == 0
    refused = run(app, ["inspect", str(path)])
    assert isinstance(refused.exception, InputDataError) and proposed.stdout in refused.stderr
    mapping.write_text(proposed.stdout.replace('"?"', '"physical"'))
    result = run(app, ["inspect", str(path), "--mapping", str(mapping), "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["source"]["format"] == "mapped-csv"


def test_command_module_is_light() -> None:
    """Help must not wait for numpy."""
    code = "import sys, qleap_edge.cli.watch; print([m for m in ('numpy', 'scipy', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
