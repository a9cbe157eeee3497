"""The progress bar: on stderr only, a bar in a terminal, sparse plain lines in a log, silence where nobody asked."""

import os
import pty
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qleap_edge.cli.output import progress_bar

REPOSITORY = Path(__file__).parents[3]
PROGRAM = """
import time
from qleap_edge.cli.output import progress_bar
with progress_bar("training steps", log_every_s=0.05) as update:
    for step in range(5, 9):
        time.sleep(0.15)
        update(step, 8, note="loss 0.123, 85 samples/s")
"""


def test_a_log_gets_plain_lines_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("training steps", log_every_s=0.0) as update:
        for step in range(1001, 1005):
            time.sleep(0.02)
            update(step, 1004, note="loss 0.123 [a], 85 samples/s")
    out, err = capsys.readouterr()
    assert out == ""
    line = r"training steps 100\d/1004  loss 0\.123 \[a\], 85 samples/s  after 0:00:0\d, ETA (0:00:0\d|unknown)"
    lines = err.splitlines()
    assert len(lines) == 4
    assert all(re.fullmatch(line, found) for found in lines), lines
    assert lines[-1].endswith("ETA 0:00:00")


def test_lines_come_no_more_often_than_asked_and_short_work_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("training steps", log_every_s=60.0) as update:
        for step in range(1, 101):
            update(step, 100, note="loss 0.123")
    assert capsys.readouterr().err == ""
    with progress_bar("training steps", log_every_s=0.3) as update:
        for step in range(1, 101):
            time.sleep(0.005)
            update(step, 100, note="loss 0.123")
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len(lines) <= 4
    assert lines[-1].startswith("training steps 100/100  loss 0.123  ")


@pytest.mark.parametrize(("shown", "log_every_s"), [(True, None), (False, 0.0)])
def test_silence_in_a_log(capsys: pytest.CaptureFixture[str], shown: bool, log_every_s: float | None) -> None:
    with progress_bar("windows", shown=shown, log_every_s=log_every_s) as update:
        update(1, 2)
        update(2, 2)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_a_bar_with_the_note_and_the_time_to_go() -> None:
    parent, child = pty.openpty()
    os.set_blocking(parent, False)
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "110", "LINES": "24"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=child,
        timeout=60,
        check=True,
    )
    os.close(child)
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", os.read(parent, 65536).decode())
    os.close(parent)
    assert done.stdout == b""
    assert re.search(r"training steps .* [5-8]/8 loss 0\.123, 85 samples/s 0:00:0\d 0:00:0\d", drawn), drawn
    assert "ETA" not in drawn
