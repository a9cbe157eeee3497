"""Weights & Biases, offline unless the user's ``WANDB_MODE`` says otherwise: no network, no key, nothing on stdout.

Rows are logged against the metric ``step`` and not W&B's own counter, which cannot go back. A run's id is derived from its
key, so that all sessions of one run are one run in W&B, also after ``wandb sync``.

Offline, W&B's process holds up to 32 KiB of rows in memory and loses them when the trainer is killed; the rows past the last
state it may have written cannot be taken back. So a resumed offline run starts a new file with the rows of ``log.jsonl``,
which lost nothing, and the old file goes.
"""

import math
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qleap_edge.core.errors import InputDataError, QleapError, UsageError
from qleap_edge.training.tracking.extras import import_extra
from qleap_edge.training.tracking.jsonl import LOG_NAME, TIMING_NAME, read_rows
from qleap_edge.training.tracking.protocol import RunInfo, Values
from qleap_edge.training.tracking.wandb_file import read_history

_PROJECT = "qleap-edge"
_OFFLINE = ("offline", "dryrun")  # the second is W&B's older name
_PATIENCE_S = 10.0


class WandbTracker:
    """Rows in a W&B run whose folder lies in the run's own.

    Raises:
        UsageError: wandb is not installed.
    """

    def __init__(self) -> None:
        # Read when wandb is imported: its crash reports would go over the network from a run that is to stay offline.
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        self._wandb = import_extra("wandb", "wandb")
        self._run: Any = None
        self._file: Path | None = None
        self._rows = 0

    def begin(self, run: RunInfo) -> None:
        """Start or continue the run.

        Raises:
            UsageError: W&B refuses to start: ``WANDB_MODE`` asks for its server and there is no key or no network.
            InputDataError: the folder cannot be written.
        """
        mode, identity = os.environ.get("WANDB_MODE") or "offline", run.key[:32]
        offline = mode in _OFFLINE
        replayed = [row for name in (LOG_NAME, TIMING_NAME) for row in self._replayed(run, name, offline)]
        try:
            run.folder.mkdir(parents=True, exist_ok=True)
            if offline:
                for superseded in (run.folder / "wandb").glob(f"offline-run-*-{identity}"):
                    shutil.rmtree(superseded)
            self._run = self._wandb.init(
                project=os.environ.get("WANDB_PROJECT") or _PROJECT,
                name=run.name,
                id=identity,
                dir=str(run.folder),
                config=dict(run.config),
                mode=mode,
                resume="allow",
                # The checkpoint's manifest names the revision; nobody asked for a copy of the sources.
                settings=self._wandb.Settings(silent=True, console="off", disable_git=True, disable_code=True),
            )
        except OSError as problem:
            raise InputDataError(
                f"cannot write the folder of Weights & Biases ({problem.strerror})", where=run.folder
            ) from problem
        except (self._wandb.errors.Error, ValueError) as problem:
            raise UsageError(
                "Weights & Biases cannot start",
                where=f"--track wandb, WANDB_MODE={mode}",
                got=" ".join(str(problem).split()).rstrip("."),
                next_step="unset WANDB_MODE to track offline",
            ) from problem
        self._file = Path(self._run.settings.sync_file) if offline else None
        with _talking(run.step):
            self._run.define_metric("step", hidden=True)
            self._run.define_metric("*", step_metric="step")
        for step, values in replayed:
            self.log(step, values)

    def log(self, step: int, values: Values) -> None:
        """Log one row.

        Raises:
            QleapError: W&B's process has died.
        """
        with _talking(step):
            self._run.log({name: float(value) for name, value in values.items()} | {"step": step})
        self._rows += 1

    def summary(self, values: Values) -> None:
        """Set the numbers on the run's page."""
        with _talking("the summary"):
            self._run.summary.update({name: float(value) for name, value in values.items()})

    def end(self, finished: bool) -> None:
        """Finish the run, and count what an offline one has kept.

        Raises:
            QleapError: W&B's process has died, or has kept fewer rows than were logged.
        """
        run, self._run = self._run, None
        if run is None:
            return
        with _talking("the end"):
            run.finish(exit_code=0 if finished else 1)
        if self._file is None:
            return
        kept = _settled(self._file, self._rows)
        if kept != self._rows:
            raise QleapError(
                "Weights & Biases has lost rows",
                where=self._file,
                expected=f"{self._rows} rows",
                got=f"{kept}",
                next_step=f"check the disk and logs/debug-internal.log beside the file; {LOG_NAME} has every row",
            )

    @staticmethod
    def _replayed(run: RunInfo, name: str, offline: bool) -> list[tuple[int, dict[str, int | float]]]:
        """Return what an offline run logged before the step that it resumes at."""
        if run.step == 0 or not offline:
            return []
        rows = [row for row in read_rows(run.folder / name) if (row["step"] or 0) <= run.step]
        return [
            (int(row.pop("step") or 0), {key: math.nan if value is None else value for key, value in row.items()})
            for row in rows
        ]


def _settled(path: Path, expected: int) -> int:
    """Return how many rows the file holds once it has those expected, or once W&B's process has had time to write them.

    ``finish`` returns when the process has taken note; it closes the file a moment later.
    """
    deadline_s = time.monotonic() + _PATIENCE_S
    while (kept := len(read_history(path))) < expected and time.monotonic() < deadline_s:
        time.sleep(0.05)
    return kept


@contextmanager
def _talking(where: int | str) -> Iterator[None]:
    """Turn the loss of W&B's process, to which every call is a message, into one error."""
    try:
        yield
    except OSError as problem:  # ConnectionResetError, BrokenPipeError
        raise QleapError(
            "the process of Weights & Biases has died",
            where=f"step {where}" if isinstance(where, int) else where,
            got=str(problem),
            next_step="see wandb/debug-internal.log beside the training log, then go on with --resume",
        ) from problem
