"""The resume state of an interrupted training: the states of its last two saved steps, and its best weights so far.

A state holds tensors and plain values only and is read as such. Every file is written beside and renamed, so that a process
killed at any moment leaves the old file or the new one.
"""

import io
import logging
from dataclasses import dataclass
from pathlib import Path

import torch

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.records import write_atomically
from qleap_edge.core.scratch import claim, discard, require_claimable

_KEPT = 2
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ResumeFolder:
    """The hidden sibling of a checkpoint folder; it is deleted when the checkpoint is complete."""

    folder: Path
    key: str
    """Digest of everything that decides the run: recipe, data, code, tools."""

    @classmethod
    def beside(cls, out: Path, key: str) -> "ResumeFolder":
        """Return the folder that belongs to a checkpoint folder."""
        return cls(out.parent / f".{out.name}.resume", key)

    @property
    def best(self) -> Path:
        """The weights of the best epoch so far."""
        return self.folder / "best.safetensors"

    def states(self) -> list[Path]:
        """Return the saved states, the newest first."""
        return sorted(self.folder.glob("state-*.pt"), reverse=True)

    def require_own(self) -> None:
        """Refuse a folder of this name that somebody else has made.

        Raises:
            UsageError: it is not ours.
        """
        require_claimable(self.folder)

    def claim(self) -> None:
        """Make the folder, if it is not there yet, and say in it whose it is.

        Raises:
            UsageError: it is not ours.
            InputDataError: it cannot be made.
        """
        claim(self.folder)

    def save(self, step: int, state: dict[str, object]) -> None:
        """Write a state and delete all but the last two.

        Raises:
            InputDataError: the file cannot be written.
        """
        self.claim()
        buffer = io.BytesIO()
        torch.save(state | {"key": self.key}, buffer)
        write_atomically(self.folder / f"state-{step:09d}.pt", buffer.getvalue())
        for old in self.states()[_KEPT:]:
            old.unlink(missing_ok=True)

    def newest(self) -> dict[str, object] | None:
        """Return the newest state of this run, or None: the run then starts at the first step.

        Raises:
            InputDataError: the newest state cannot be read.
        """
        for path in self.states():
            state = _read(path)
            if state["key"] == self.key:
                return state
            _log.warning("%s: of another recipe, dataset or version; training starts at the first step", path)
        return None

    def remove(self) -> None:
        """Delete everything; a folder that is not ours stays."""
        discard(self.folder)


def _read(path: Path) -> dict[str, object]:
    try:
        state: dict[str, object] = torch.load(path, weights_only=True)
        state["key"]
    except Exception as problem:  # torch raises many kinds for a truncated file; all mean the same here
        raise InputDataError(
            "the training state cannot be read",
            where=path,
            got=(str(problem).splitlines() or [type(problem).__name__])[0],
            next_step="delete it to go on from the state before it, or from the first step",
        ) from problem
    return state
