"""The tracker that every run has: one JSON object a line, and the same lines however often the run is killed.

==================  =============================================================================================
``run.json``        name, key and configuration of the run that the other files belong to
``log.jsonl``       one row a call of ``log``; equal runs give equal bytes
``timing.jsonl``    the values whose names begin with ``speed/``: a clock measured them, so no two runs agree
``summary.json``    the numbers that the run ended with
==================  =============================================================================================

Each row is handed to the operating system before ``log`` returns: a killed process loses at most the line it was writing.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

from qleap_edge.core.errors import InputDataError, QleapError
from qleap_edge.core.output_paths import FileKind, json_document, require_output_folder, require_replaceable_file
from qleap_edge.core.records import Document, canonical_json, read_document, write_atomically
from qleap_edge.training.tracking.protocol import CLOCK_PREFIX, RunInfo, Values, plain

RUN_NAME = "run.json"
LOG_NAME = "log.jsonl"
TIMING_NAME = "timing.jsonl"
SUMMARY_NAME = "summary.json"

Row = dict[str, int | float | None]


class TrackedRun(Document):
    """``run.json``: the run that the rows beside it belong to."""

    schema_name: Literal["qleap.tracked_run"] = "qleap.tracked_run"
    schema_version: Literal[1] = 1
    name: str
    key: str
    config: dict[str, object]


class JsonlTracker:
    """Rows as JSON lines in the run's folder."""

    def __init__(self) -> None:
        self._folder = Path()
        self._files: dict[str, BinaryIO] = {}

    def begin(self, run: RunInfo) -> None:
        """Open the files: emptied for a new run, cut back to the resumed step for an old one.

        Raises:
            UsageError: files with these names lie there that no run of ours has written.
            InputDataError: the folder cannot be written, or what lies there is not the beginning of this run.
        """
        self._folder = run.folder
        if run.step > 0:
            _require_same_run(run)
            for name in (LOG_NAME, TIMING_NAME):
                _cut_back(run.folder / name, run.step)
        else:
            require_own_log(run.folder)
            # The run's name is written before the rows: if it is killed in between, no rows are taken for another run's.
            TrackedRun(name=run.name, key=run.key, config=dict(run.config)).write(run.folder / RUN_NAME)
            for name in (LOG_NAME, TIMING_NAME):
                write_atomically(run.folder / name, b"")
        for name in (LOG_NAME, TIMING_NAME):
            with writing(run.folder / name):
                self._files[name] = (run.folder / name).open("ab")

    def log(self, step: int, values: Values) -> None:
        """Append one row; NaN and infinity become null.

        Raises:
            InputDataError: the row cannot be written.
        """
        if "step" in values:
            raise QleapError("a logged value cannot be named 'step'", where=f"step {step}")
        for name, timed in ((LOG_NAME, False), (TIMING_NAME, True)):
            row = {key: plain(value) for key, value in values.items() if key.startswith(CLOCK_PREFIX) == timed}
            if row:
                line = json.dumps({"step": step} | row, sort_keys=True, allow_nan=False, ensure_ascii=False)
                with writing(self._folder / name):
                    self._files[name].write(line.encode() + b"\n")
                    self._files[name].flush()

    def summary(self, values: Values) -> None:
        """Write ``summary.json``."""
        document = {key: plain(value) for key, value in values.items()}
        write_atomically(self._folder / SUMMARY_NAME, canonical_json(document).encode())

    def end(self, finished: bool) -> None:
        """Close the files."""
        while self._files:
            name, handle = self._files.popitem()
            with writing(self._folder / name):
                handle.close()


def require_own_log(folder: Path) -> None:
    """Refuse a folder where files lie that a new run would empty although no run of ours has written them.

    Raises:
        UsageError: they do.
    """
    require_output_folder(folder)
    run = json_document(TrackedRun, "the record of an earlier run")
    require_replaceable_file(folder / RUN_NAME, run)
    beside = FileKind("a log of an earlier run", lambda _: run.recognises(folder / RUN_NAME))
    for name in (LOG_NAME, TIMING_NAME, SUMMARY_NAME):
        require_replaceable_file(folder / name, beside)


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a log; a last line without its line break was cut off when the run was killed and is left out.

    Raises:
        InputDataError: there is no such file, or a line in it is no row.
    """
    try:
        *lines, _cut_off = path.read_bytes().split(b"\n")
    except OSError as problem:
        raise InputDataError(
            f"cannot read the log ({problem.strerror})",
            where=path,
            next_step="restore the file, or train again without --resume",
        ) from problem
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            valid = isinstance(row, dict) and type(row.get("step")) is int
        except ValueError:
            valid = False
        if not valid:
            raise InputDataError(
                "not a row of a training log",
                where=f"{path}, line {number}",
                expected="a JSON object with an integer 'step'",
                got=line[:80].decode(errors="replace"),
                next_step="restore the file, or train again without --resume",
            )
        rows.append(row)
    return rows


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a failure to write ``path`` into one error with its next step."""
    try:
        yield
    except OSError as problem:
        raise InputDataError(
            f"cannot write the training log ({problem.strerror})",
            where=path,
            next_step="free some disk space, then go on with --resume",
        ) from problem


def _require_same_run(run: RunInfo) -> None:
    """Refuse to continue the rows of another run: its state may be older than the log that lies there."""
    found = read_document(TrackedRun, run.folder / RUN_NAME)
    if found.key != run.key:
        raise InputDataError(
            "the log beside the checkpoint is another run's",
            where=run.folder / RUN_NAME,
            expected=f"key {run.key}",
            got=f"key {found.key}",
            next_step="train again without --resume, or choose another --out",
        )


def _cut_back(path: Path, step: int) -> None:
    """Drop what was logged after ``step``, and a last line that was cut off; the lines that stay keep their bytes."""
    kept = [row["step"] <= step for row in read_rows(path)]  # type: ignore[operator]  # read_rows has seen an integer
    lines = path.read_bytes().split(b"\n")[: len(kept)]
    write_atomically(path, b"".join(line + b"\n" for line, keep in zip(lines, kept, strict=True) if keep))
