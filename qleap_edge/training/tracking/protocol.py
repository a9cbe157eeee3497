"""What the training loop requires of a tracker: four methods. Also here: what every tracker needs to implement them."""

import importlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, SupportsFloat, runtime_checkable

from qleap_edge.core.errors import UsageError

CLOCK_PREFIX = "speed/"
"""Prefix of the names whose values a clock measured (``speed/samples_per_s``). They are kept apart from the rest: everything
else that two equal runs log is equal, byte for byte."""

Values = Mapping[str, SupportsFloat]
"""Named numbers: Python's, NumPy's, or tensors without dimensions."""


@dataclass(frozen=True)
class RunInfo:
    """What a tracker needs of a training run."""

    name: str
    """The checkpoint folder's name, for people."""
    key: str
    """Hexadecimal digest of what decides the run's results: recipe, data, code, tools. Also the key of its resume state."""
    folder: Path
    """Where trackers write; ``tracking_folder`` puts it beside the checkpoint."""
    config: Mapping[str, object]
    """What the run was configured with; must be JSON."""
    step: int = 0
    """Optimiser steps already done: 0 for a new run, else the step of the state that is resumed."""


@runtime_checkable
class Tracker(Protocol):
    """Keeps a run's numbers. A number that it cannot keep is an error, never a silent loss."""

    def begin(self, run: RunInfo) -> None:
        """Open the run. Rows after ``run.step``, left by a run that died past its last state, are taken back."""

    def log(self, step: int, values: Values) -> None:
        """Keep one row of named numbers, measured after ``step`` optimiser steps."""

    def summary(self, values: Values) -> None:
        """Keep the numbers that the run ends with."""

    def end(self, finished: bool) -> None:
        """Close the run; ``finished`` is false when an error or Ctrl-C ended it."""


def tracking_folder(checkpoint: Path) -> Path:
    """Return the folder for the trackers of a checkpoint: beside it, because the checkpoint itself holds no times."""
    return checkpoint.with_name(f"{checkpoint.name}.tracking")


def plain(value: SupportsFloat) -> int | float | None:
    """Return a number as JSON can hold it: a Python int or float, and None for NaN and infinity."""
    if isinstance(value, int):
        return value
    number = float(value)
    return number if math.isfinite(number) else None


def import_extra(module: str, tracker: str) -> Any:
    """Import and return a module of the extra ``track``, when a tracker that needs it is chosen.

    Raises:
        UsageError: the module, or one that it imports, is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as problem:
        raise UsageError(
            f"the tracker {tracker!r} is not installed",
            where=f"--track {tracker}",
            got=str(problem),
            next_step="`pip install qleap-edge[track]`",
        ) from problem
