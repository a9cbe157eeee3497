"""What the training loop sees of a tracker: four methods, and no word about files, networks or clocks."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, SupportsFloat, runtime_checkable

CLOCK_PREFIX = "speed/"
"""Names that begin so hold what a clock measured (``speed/samples_per_s``). They are kept apart from the rest: everything
else that two equal runs log is equal, byte for byte."""


Values = Mapping[str, SupportsFloat]
"""Named numbers: Python's, NumPy's, or tensors without dimensions."""


@dataclass(frozen=True)
class RunInfo:
    """One training run, as a tracker needs to know it."""

    name: str
    """For people: the checkpoint folder's name."""
    key: str
    """Hexadecimal digest of what makes the run this run: recipe, data, code, tools. Also the key of its resume state."""
    folder: Path
    """Where trackers write; ``tracking_folder`` puts it beside the checkpoint."""
    config: Mapping[str, object]
    """What the run was configured with; must be JSON."""
    step: int = 0
    """Optimiser steps already done: 0 for a new run, else the step of the state that is resumed."""


@runtime_checkable
class Tracker(Protocol):
    """Something that keeps a run's numbers. Whatever it cannot keep is an error: a loss nobody sees is not an option."""

    def begin(self, run: RunInfo) -> None:
        """Open the run. Rows after ``run.step``, left by a run that died past its last state, are taken back."""

    def log(self, step: int, values: Values) -> None:
        """Keep one row of named numbers, measured after ``step`` optimiser steps."""

    def summary(self, values: Values) -> None:
        """Keep the numbers that the run ends with."""

    def end(self, finished: bool) -> None:
        """Close the run; ``finished`` is false when an error or Ctrl-C ended it."""


def tracking_folder(checkpoint: Path) -> Path:
    """Return the folder for the trackers of a checkpoint: beside it, since the checkpoint itself has no clock in it."""
    return checkpoint.with_name(f"{checkpoint.name}.tracking")


def plain(value: SupportsFloat) -> int | float | None:
    """Return a number as JSON can hold it: a Python int or float, and None for NaN and infinity."""
    if isinstance(value, int):
        return value
    number = float(value)
    return number if math.isfinite(number) else None
