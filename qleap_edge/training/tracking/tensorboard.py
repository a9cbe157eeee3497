"""Event files for TensorBoard, written in the calling thread.

``SummaryWriter`` writes in a thread of its own, which ends with a traceback when the disk is full; the trainer gets the error
some rows later. Here the same protocol buffers go through the same ``RecordWriter``, with a flush after each row.

Source: ``torch.utils.tensorboard.writer`` for the two events that open a resumed file: TensorBoard then ignores, in the files
before it, everything at that step and later.
"""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qleap_edge.core.records import canonical_json
from qleap_edge.training.tracking.jsonl import writing
from qleap_edge.training.tracking.protocol import RunInfo, Values, import_extra

TENSORBOARD_FOLDER = "tensorboard"
_PREFIX = "events.out.tfevents."  # TensorBoard reads the files that are named so, in the order of their names
_OWN_NAME = re.compile(re.escape(_PREFIX) + r"\d{10}")  # those of other programs have a host's name behind the number


class TensorBoardTracker:
    """Scalars, the configuration as text, and hyper-parameters with the final numbers.

    Raises:
        UsageError: TensorBoard is not installed.
    """

    def __init__(self) -> None:
        import_extra("tensorboard", "tensorboard")  # PyTorch's own import error suggests another package
        self._torch = import_extra("torch.utils.tensorboard", "tensorboard")
        self._summaries = import_extra("torch.utils.tensorboard.summary", "tensorboard")
        self._events = import_extra("tensorboard.compat.proto.event_pb2", "tensorboard")
        self._path, self._step = Path(), 0
        self._config: dict[str, int | float | str] = {}
        self._writer: Any = None

    def begin(self, run: RunInfo) -> None:
        """Start an event file named after the step it begins at; files that began there or later are superseded.

        Raises:
            InputDataError: the file cannot be written.
        """
        self._path, self._step = run.folder / TENSORBOARD_FOLDER / f"{_PREFIX}{run.step:010d}", run.step
        self._config = _flat(run.config)
        with writing(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            for old in self._path.parent.glob(f"{_PREFIX}*"):
                if _OWN_NAME.fullmatch(old.name) and old.name >= self._path.name:
                    old.unlink()
            self._writer = self._torch.RecordWriter(self._path.open("wb"))
        self._write(file_version="brain.Event:2")
        if run.step > 0:
            start = self._events.SessionLog(status=self._events.SessionLog.START)
            self._write(step=run.step + 1, session_log=start)
        else:
            # Markdown shows what is indented by four as it stands.
            text = "".join(f"    {line}\n" for line in canonical_json(dict(run.config)).splitlines())
            self._write(summary=self._summaries.text("config", text))

    def log(self, step: int, values: Values) -> None:
        """Write one event with all values; TensorBoard keeps them as float32.

        Raises:
            InputDataError: the file cannot be written.
        """
        self._step = step
        summary = self._events.Event().summary
        for name, value in values.items():
            summary.MergeFrom(self._summaries.scalar(name, float(value)))
        self._write(step=step, summary=summary)

    def summary(self, values: Values) -> None:
        """Write the final numbers as scalars and, with the configuration, for the HPARAMS page."""
        final = {f"summary/{name}": float(value) for name, value in values.items()}
        for part in self._summaries.hparams(self._config, final):
            self._write(summary=part)
        self.log(self._step, final)

    def end(self, finished: bool) -> None:
        """Close the event file."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with writing(self._path):
                writer.close()

    def _write(self, **fields: Any) -> None:
        event = self._events.Event(wall_time=time.time(), **fields)
        with writing(self._path):
            self._writer.write(event.SerializeToString())
            self._writer.flush()


def _flat(config: Mapping[str, object], prefix: str = "") -> dict[str, int | float | str]:
    """Return a nested configuration as TensorBoard's hyper-parameters: dotted names, and text for what is no number."""
    flat: dict[str, int | float | str] = {}
    for name, value in config.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        elif isinstance(value, int | float):
            flat[f"{prefix}{name}"] = value
        else:
            flat[f"{prefix}{name}"] = str(value)
    return flat
