"""``test_outputs.safetensors``: what the shipped package computes on the test windows, for the stages that follow.

The compression stage runs every variant over the test windows to choose one. The outputs of the chosen one are kept, so that
later stages need not run the same package over the same windows again. The file is part of the stage folder, whose manifest
holds its hash, and not of the bundle. It records the package, the dataset and the windows; for others it is refused.
"""

import json
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from qleap_edge.core.contract import OUTPUT_NAMES
from qleap_edge.core.errors import AlteredFile, InputDataError
from qleap_edge.core.manifest import digest_of, sha256_file
from qleap_edge.core.records import Part, canonical_json, write_atomically
from qleap_edge.dataset.document import DATASET_NAME
from qleap_edge.dataset.splits import Split
from qleap_edge.metrics.outputs import ModelOutputs

OUTPUTS_NAME: Final = "test_outputs.safetensors"
_KEY: Final = "windows"  # one key of metadata only: safetensors writes several in no fixed order


class PredictedWindows(Part):
    """What was run on which windows."""

    package_sha256: str
    """Digest of the package."""
    dataset_sha256: str
    """Of the dataset's document, which lists the hashes of its shards."""
    split: Split
    hop: int
    """Steps between the beginnings of two windows of a sequence."""

    @classmethod
    def of(cls, package: Path, data: Path, hop: int) -> "PredictedWindows":
        """Describe all test windows of a dataset at a hop, and the package that is run on them.

        Raises:
            InputDataError: there is no such package or dataset.
        """
        return cls(
            package_sha256=digest_of(package), dataset_sha256=sha256_file(data / DATASET_NAME), split="test", hop=hop
        )


def write_outputs(path: Path, outputs: ModelOutputs, windows: PredictedWindows) -> None:
    """Write the outputs; equal outputs give equal bytes.

    A tensor whose every number is one of half precision, as those of a half-precision program are, is stored in that precision.
    """
    tensors = {name: _narrowed(getattr(outputs, name)) for name in OUTPUT_NAMES}
    write_atomically(path, save(tensors, metadata={_KEY: canonical_json(windows.model_dump(mode="json"))}))


def read_outputs(path: Path, wanted: PredictedWindows) -> ModelOutputs | None:
    """Return the stored outputs, or None if they are of windows at another hop, so that the caller must run the package.

    Args:
        path: the file.
        wanted: the package, and the windows that it should have been run on.

    Raises:
        InputDataError: the file is missing or damaged.
        AlteredFile: it holds the outputs of another package, or those for another dataset.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            stored = PredictedWindows.model_validate(json.loads(file.metadata()[_KEY]))
            tensors = {name: file.get_tensor(name).astype(np.float32) for name in OUTPUT_NAMES}
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, ValidationError) as problem:
        raise InputDataError(
            "cannot read the outputs of the shipped package",
            where=path,
            expected="a file that `qleap compress` has written",
            got=str(problem).partition("\n")[0],
            next_step="compress again",
        ) from problem
    for key in ("package_sha256", "dataset_sha256"):
        if getattr(stored, key) != getattr(wanted, key):
            raise AlteredFile(
                "the stored outputs are of another package or another dataset",
                where=f"{path}, key {key!r}",
                expected=getattr(wanted, key),
                got=getattr(stored, key),
                next_step="compress again",
            )
    return ModelOutputs.of(tensors) if stored == wanted else None


def _narrowed(values: np.ndarray) -> np.ndarray:
    """Return the values in half precision if that loses nothing, else as they are."""
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    return half if np.array_equal(half.astype(values.dtype), values) else values
