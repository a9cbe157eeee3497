"""``qleap watch analyze --html``: sentences first, the grade's warning, every repetition with interval and source."""

import dataclasses
import html
import re
from pathlib import Path

import pytest

from qleap_edge.analysis.session import Session
from qleap_edge.analysis.session_page import SESSION_PAGE_FILE, session_page, write_session_page
from qleap_edge.core.errors import UsageError
from qleap_edge.core.form import NOT_OBSERVABLE_IN_WORDS
from qleap_edge.core.grades import GRADE_WARNINGS
from tests.support.browser import assert_whole, visit
from tests.support.command import call
from tests.support.micro import Micro
from tests.support.sessions import rest, session, squats
from tests.support.watch_recordings import GYM_SET

MOST_BYTES = 15_000_000


@pytest.fixture(scope="module")
def six() -> Session:
    return session(squats())


@pytest.fixture(scope="module")
def text(six: Session) -> str:
    return html.unescape(session_page(six))


def test_what_was_found_and_the_grade_come_first(text: str) -> None:
    head = text[: text.index("<main")]
    assert "1 set, 6 repetitions, grade preview." in head and "6 repetitions of squat (by the network's vote" in head
    assert f"Warning: {GRADE_WARNINGS['preview']}." in head
    assert "somewhere" not in text and "Session of rec.csv" in head
    released = session_page(session(squats(), grade="release"))
    assert "Warning: grade" not in released


def test_guesses_are_called_guesses(text: str) -> None:
    assert "The pose is a guess of the network from one wrist; not measured." in text
    assert "Form 3 of 4 (p = 0.60): a guess of the network about depth, tempo, bounce," in text
    assert f"Not observable at a wrist: {NOT_OBSERVABLE_IN_WORDS}." in text


def test_an_unknown_exercise_is_said_to_be_unknown(tmp_path: Path) -> None:
    unknown = session(squats(), silent=1.0)
    said = html.unescape(session_page(unknown))
    assert "6 repetitions of an unknown exercise." in said and "Unknown because" in said
    assert "100.00 % are abstained from" in said and "too uncertain" in said


def test_disagreements_are_shown_and_their_absence_is_said(text: str) -> None:
    assert "What physics and the network say" in text, "the network's pelvis stands still"
    agreed = html.unescape(session_page(session(squats(), exercise="idle", silent=1.0)))
    assert "Physics and the network do not contradict each other." in agreed


def test_a_recording_without_a_set_has_a_page_that_says_so(tmp_path: Path) -> None:
    page = tmp_path / "rest.html"
    write_session_page(session(rest()), page)
    said = page.read_text()
    assert "No set was found" in said and "The network has no pose" in said and "the network was not asked" in said
    assert SESSION_PAGE_FILE.recognises(page)


def test_a_browser_shows_it_and_the_pose_moves(six: Session, tmp_path: Path) -> None:
    page = tmp_path / "six.html"
    move = """<script>
    document.documentElement.dataset.waiting = "yes";
    const drawn = setInterval(() => {
      const moment = document.getElementById("playback-moment"), plot = document.getElementById("playback");
      if (!moment || !plot || !plot.data) return;
      clearInterval(drawn);
      const before = plot.data[0].z;
      moment.value = moment.max;
      moment.dispatchEvent(new Event("input"));
      const look = setInterval(() => {
        const label = document.getElementById("playback-label").textContent;
        if (label.includes("repetition 6 of 6") && plot.data[0].z !== before) {
          clearInterval(look);
          document.documentElement.dataset.waiting = "no";
        }
      }, 100);
    }, 100);</script></body>"""
    page.write_text(session_page(six).replace("</body>", move))
    (seen,) = visit(page, tmp_path)
    assert_whole(seen, plots=5)
    assert seen.narrow.canvas > 0 and seen.wide.canvas > 0


def test_the_command_writes_it_for_a_real_recording(micro: Micro, tmp_path: Path) -> None:
    page = tmp_path / "set.html"
    command = ("watch", "analyze", GYM_SET, "--bundle", micro.bundle, "--wrist", "left", "--crown", "right")
    done = call(*command, "--html", page)
    assert done.code == 0 and "repetitions" in done.out
    assert page.stat().st_size < MOST_BYTES and SESSION_PAGE_FILE.recognises(page)
    assert re.search(r"<h2[^>]*>Set 1: ", page.read_text())
    assert call(*command, "--html", page).code == 0  # replaces its own page


def test_an_hour_of_sets_stays_small(six: Session) -> None:
    many = 60
    windows = tuple(
        window.model_copy(update={"set_number": number})
        for number in range(1, many + 1)
        for window in six.report.windows
    )
    report = six.report.model_copy(update={"sets": six.report.sets * many, "windows": windows})
    page = session_page(dataclasses.replace(six, report=report, tracks=six.tracks * many))
    assert page.count("<h2") > many and len(page.encode()) < MOST_BYTES


def test_a_page_of_another_command_is_not_replaced(six: Session, tmp_path: Path) -> None:
    page = tmp_path / "inspection.html"
    page.write_text('<!doctype html>\n<meta name="generator" content="qleap-edge: inspection of a recording">')
    with pytest.raises(UsageError, match="is not a page of an analysed recording"):
        write_session_page(six, page)


def test_equal_sessions_give_equal_pages(six: Session) -> None:
    assert session_page(six) == session_page(six)
