"""Weights & Biases, offline unless the user's ``WANDB_MODE`` says otherwise: no network, no key, nothing on stdout.

Rows are logged against the metric ``step`` and not W&B's own counter, which cannot go back. A run's id is derived from its
key, so that all sessions of one run are one run in W&B, also after ``wandb sync``.

Offline, W&B's process holds up to 32 KiB of rows in memory and loses them when the trainer is killed; rows after the last saved
state, which it may have written, cannot be removed from its file. A resumed offline run therefore starts a new file with the
rows of ``log.jsonl``, which are complete, and deletes the old one.

W&B's process reports a full disk to its debug log only, so the rows that arrived in the offline file are counted at the end.

Source: LevelDB's log format (https://github.com/google/leveldb/blob/main/doc/log_format.md) with W&B's own 7-byte header and
a plain CRC-32 over type and data; the records are ``wandb_internal_pb2.Record``.
"""

import json
import math
import os
import shutil
import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qleap_edge.core.errors import InputDataError, QleapError, UsageError
from qleap_edge.training.tracking.jsonl import LOG_NAME, TIMING_NAME, read_rows
from qleap_edge.training.tracking.protocol import RunInfo, Values, import_extra

_PROJECT = "qleap-edge"
_OFFLINE = ("offline", "dryrun")  # the second is W&B's older name
_PATIENCE_S = 10.0
_MAGIC = struct.pack("<4sHB", b":W&B", 0xBEE1, 0)
_BLOCK_BYTES = 32768
_HEADER = struct.Struct("<IHB")  # checksum, length, type
_FULL, _FIRST, _LAST = 1, 2, 4  # 3 is the middle of a long one


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
            UsageError: W&B cannot start: ``WANDB_MODE`` is online and there is no key or no network.
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
                # The checkpoint's manifest names the revision, so no copy of the sources is needed.
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
        with _connected_process(run.step):
            self._run.define_metric("step", hidden=True)
            self._run.define_metric("*", step_metric="step")
        for step, values in replayed:
            self.log(step, values)

    def log(self, step: int, values: Values) -> None:
        """Log one row.

        Raises:
            QleapError: W&B's process has died.
        """
        with _connected_process(step):
            self._run.log({name: float(value) for name, value in values.items()} | {"step": step})
        self._rows += 1

    def summary(self, values: Values) -> None:
        """Set the numbers on the run's page."""
        with _connected_process("the summary"):
            self._run.summary.update({name: float(value) for name, value in values.items()})

    def end(self, finished: bool) -> None:
        """Finish the run, and count what an offline one has kept.

        Raises:
            QleapError: W&B's process has died, or has kept fewer rows than were logged.
        """
        run, self._run = self._run, None
        if run is None:
            return
        with _connected_process("the end"):
            run.finish(exit_code=0 if finished else 1)
        if self._file is None:
            return
        kept = _rows_written(self._file, self._rows)
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


def _rows_written(path: Path, expected: int) -> int:
    """Return how many rows the file holds once it has those expected, or after the time limit for W&B's process to write them.

    ``finish`` returns when the process has taken note; it closes the file a moment later.
    """
    deadline_s = time.monotonic() + _PATIENCE_S
    while (kept := len(read_history(path))) < expected and time.monotonic() < deadline_s:
        time.sleep(0.05)
    return kept


@contextmanager
def _connected_process(where: int | str) -> Iterator[None]:
    """Raise one error when W&B's process, to which every call is a message, has died."""
    try:
        yield
    except OSError as problem:  # ConnectionResetError, BrokenPipeError
        raise QleapError(
            "the process of Weights & Biases has died",
            where=f"step {where}" if isinstance(where, int) else where,
            got=str(problem),
            next_step="see wandb/debug-internal.log beside the training log, then go on with --resume",
        ) from problem


def read_history(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a run that is not uploaded, W&B's own ``_step``, ``_timestamp`` and ``_runtime`` among their values.

    Raises:
        InputDataError: the file cannot be read, is of another kind, or a record fails its checksum.
        UsageError: wandb is not installed.
    """
    messages = import_extra("wandb.proto.wandb_internal_pb2", "wandb")
    rows = []
    for data in _records(path):
        record = messages.Record.FromString(data)
        if record.WhichOneof("record_type") == "history":
            items = record.history.item
            rows.append({item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in items})
    return rows


def _records(path: Path) -> Iterator[bytes]:
    """Yield the records up to the end of the file, or up to a truncated one."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise InputDataError(f"cannot read the file ({problem.strerror})", where=path) from problem
    if not data.startswith(_MAGIC):
        raise InputDataError("not a file of Weights & Biases", where=path, expected=repr(_MAGIC), got=repr(data[:7]))
    position, parts = len(_MAGIC), b""
    while position + _HEADER.size <= len(data):
        left = _BLOCK_BYTES - position % _BLOCK_BYTES
        if left < _HEADER.size:  # the rest of a block that no header fits into is padding
            position += left
            continue
        checksum, length, kind = _HEADER.unpack_from(data, position)
        start = position + _HEADER.size
        if start + length > len(data):
            return
        if zlib.crc32(data[start - 1 : start + length]) != checksum:
            raise InputDataError("a record fails its checksum", where=f"{path}, byte {position}")
        parts = data[start : start + length] if kind in (_FULL, _FIRST) else parts + data[start : start + length]
        if kind in (_FULL, _LAST):
            yield parts
        position = start + length
