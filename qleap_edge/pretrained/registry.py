"""Where the shipped checkpoints lie: a pair of files for each, the weights and the card that vouches for them.

No torch here: the pipeline asks for the pair before anything heavy is loaded.
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
        """Return the pair of this name in a folder, there or not."""
        return cls(name, folder / f"{name}{WEIGHTS_SUFFIX}", folder / f"{name}{CARD_SUFFIX}")

    def inputs(self) -> dict[str, Path]:
        """Return the files by the names that a stage's manifest uses."""
        return {"pretrained": self.weights, "pretrained_card": self.card}


def shipped_names() -> tuple[str, ...]:
    """Return the names of the shipped checkpoints, sorted; also of one that has lost one of its two files."""
    files = pretrained_folder().glob("*")
    return tuple(sorted({path.stem for path in files if path.suffix in {WEIGHTS_SUFFIX, CARD_SUFFIX}}))


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
            next_step="mend the recipe, or leave the key out to train",
        )
    pair = CheckpointFiles.within(pretrained_folder(), name)
    for path in (pair.weights, pair.card):
        if not path.is_file():
            raise InputDataError(
                "a file of the shipped checkpoint is missing", where=path, next_step="reinstall qleap-edge"
            )
    return pair
