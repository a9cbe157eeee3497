"""``qleap watch inspect --html``: the verdict first, every check, and a page also for a recording that fails."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.alignment.inspection_page import INSPECTION_PAGE_FILE, inspection_page, write_inspection_page
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.stream import AlignedRecording, align
from qleap_edge.core.errors import UsageError
from tests.support.browser import assert_whole, visit
from tests.support.command import call
from tests.support.watch_recordings import (
    EVERYDAY,
    PENDULUM_LEFT,
    WRIST_MOTION,
    sensor_logger_rows,
    swinging_arm,
    write_csv,
)

MOST_BYTES = 15_000_000


@pytest.fixture(scope="module")
def swim() -> AlignedRecording:
    return align(read_recording(WRIST_MOTION))


def degrees(folder: Path) -> Path:
    """Return a recording whose gyroscope is in degrees per second."""
    rows = sensor_logger_rows(swinging_arm(np.arange(600) / 100.0))
    for row in rows[1:]:
        row[2:5] = [repr(float(np.rad2deg(float(cell)))) for cell in row[2:5]]
    return write_csv(folder / "degrees.csv", rows)


def test_the_command_writes_the_page_and_replaces_it(tmp_path: Path) -> None:
    page = tmp_path / "swim.html"
    done = call("watch", "inspect", WRIST_MOTION, "--html", page)
    assert done.code == 0 and "can be used" in done.out
    assert INSPECTION_PAGE_FILE.recognises(page)
    assert call("watch", "inspect", WRIST_MOTION, "--html", page).code == 0


def test_a_failing_recording_gets_its_page_and_exit_3(tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    assert call("watch", "inspect", degrees(tmp_path), "--html", page).code == 3
    text = page.read_text()
    assert "This recording cannot be used: " in text and "degrees per second" in text
    assert text.index("This recording cannot be used") < text.index("<h2")
    assert '<td data-label="result" class="fail">FAIL</td>' in text


def test_a_browser_shows_good_and_bad_recordings(swim: AlignedRecording, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.html", tmp_path / "bad.html"
    write_inspection_page(swim, good)
    write_inspection_page(align(read_recording(degrees(tmp_path))), bad)
    for seen in visit(good, tmp_path, bad):
        assert_whole(seen, plots=6)


def test_every_check_and_part_is_in_a_table(swim: AlignedRecording) -> None:
    text = inspection_page(swim)
    for found in swim.findings:
        assert f'<td data-label="check" class="text">{found.check}</td>' in text
    for words in ("99.455", "804", "61 windows", "assumed", "deb0f1b88eec", "13.383"):
        assert words in text


def test_what_cannot_be_shown_is_said(tmp_path: Path) -> None:
    without_gravity = inspection_page(align(read_recording(EVERYDAY)))
    assert "The identity of the axes cannot be shown: the file has no gravity column." in without_gravity
    without_stamps = inspection_page(align(read_recording(PENDULUM_LEFT, 50.0)))
    assert "The file has no times" in without_stamps and 'id="sampling"' not in without_stamps
    nothing = inspection_page(align(swinging_arm(np.arange(5) / 100.0)))
    assert "cannot be used" in nothing and "no part that can be used" in nothing and "left out" in nothing


def test_the_page_depends_on_the_bytes_only(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "rec.csv").write_bytes(WRIST_MOTION.read_bytes())
    one, two = (inspection_page(align(read_recording(tmp_path / folder / "rec.csv"))) for folder in "ab")
    assert one == two and str(tmp_path) not in one


def test_an_hour_stays_small() -> None:
    minute = swinging_arm(np.arange(6000) / 100.0)
    hour = minute.take(np.tile(np.arange(6000), 60))
    page = inspection_page(align(replace(hour, time_s=np.arange(360_000) / 100.0)))
    assert len(page.encode()) < MOST_BYTES


def test_a_page_of_the_user_is_not_replaced(swim: AlignedRecording, tmp_path: Path) -> None:
    page = tmp_path / "mine.html"
    page.write_text("<!doctype html><p>mine")
    with pytest.raises(UsageError, match="is not a page of an inspected recording"):
        write_inspection_page(swim, page)
    assert page.read_text() == "<!doctype html><p>mine" and list(tmp_path.iterdir()) == [page]
