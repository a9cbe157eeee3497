"""Split by person: nobody is in two parts, and the split depends on the seed and the subject ids only."""

from typing import Literal, get_args

import numpy as np

from qleap_edge.core.errors import UsageError
from qleap_edge.core.recipe_synthesis import SplitTable

Split = Literal["train", "validation", "calibration", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

_STREAM = 2  # apart from the streams of subjects and sequences


def split_subjects(seed: int, subject_ids: list[int], shares: SplitTable) -> dict[Split, list[int]]:
    """Return the sorted subject ids of every part.

    Sizes are the shares rounded by the largest remainder, so they sum to the number of persons.

    Raises:
        UsageError: a part with a positive share would be empty.
    """
    wanted = np.array([getattr(shares, name) for name in SPLITS]) * len(subject_ids)
    sizes = np.floor(wanted + 1e-9).astype(int)
    for index in np.argsort(sizes - wanted, kind="stable")[: len(subject_ids) - int(sizes.sum())]:
        sizes[index] += 1
    for name, size in zip(SPLITS, sizes, strict=True):
        if getattr(shares, name) > 0.0 and size == 0:
            raise UsageError(
                f"too few subjects: the {name} part would be empty",
                where=f"recipe, key 'synthesis.split.{name}'",
                got=f"{len(subject_ids)} subjects",
                next_step="raise synthesis.subjects or the share",
            )
    rng = np.random.default_rng(np.random.SeedSequence([seed, _STREAM]))
    order = rng.permutation(np.array(sorted(subject_ids), dtype=np.int64))
    edges = np.concatenate([[0], np.cumsum(sizes)])
    return {name: sorted(order[edges[i] : edges[i + 1]].tolist()) for i, name in enumerate(SPLITS)}
