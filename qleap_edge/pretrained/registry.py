"""The registry of shipped checkpoints: each has two files, the weights and the card with their hash.

This module imports no torch, because the pipeline looks the files up before any heavy library is loaded.
"""

from dataclasses import dataclass
from pathlib import Path

from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.resources import pretrained_folder

WEIGHTS_SUFFIX, CARD_SUFFIX = ".safetensors", ".json"


@dataclass(frozen=True)
class CheckpointFiles:
    """The two files of one checkpoint."""

    name: str
    weights: Path
    card: Path

    @classmethod
    def within(cls, folder: Path, name: str) -> "CheckpointFiles":
        """Return the files of this name in a folder, whether they exist or not."""
        return cls(name, folder / f"{name}{WEIGHTS_SUFFIX}", folder / f"{name}{CARD_SUFFIX}")

    def inputs(self) -> dict[str, Path]:
        """Return the files by the names that a stage's manifest uses."""
        return {"pretrained": self.weights, "pretrained_card": self.card}


def shipped_names() -> tuple[str, ...]:
    """Return the names of the shipped checkpoints, sorted; also of one that lacks one of its two files."""
    paths = pretrained_folder().glob("*")
    return tuple(sorted({path.stem for path in paths if path.suffix in {WEIGHTS_SUFFIX, CARD_SUFFIX}}))


def shipped_checkpoint(name: str) -> CheckpointFiles:
    """Return the files of a shipped checkpoint.

    Raises:
        UsageError: none has this name; the message lists those that ship.
        InputDataError: one of its two files is missing.
    """
    names = shipped_names()
    if name not in names:
        raise UsageError(
            "no such shipped checkpoint",
            where="model.pretrained",
            expected=f"one of: {', '.join(names)}" if names else "nothing: this version ships none",
            got=repr(name),
            next_step="correct the recipe, or leave the key out to train",
        )
    files = CheckpointFiles.within(pretrained_folder(), name)
    for path in (files.weights, files.card):
        if not path.is_file():
            raise InputDataError(
                "a file of the shipped checkpoint is missing", where=path, next_step="reinstall qleap-edge"
            )
    return files
