"""What a recipe's dataset consists of: every sequence's content, subject and regime, before anything is simulated."""

from dataclasses import replace

import numpy as np

from qleap_edge.core.errors import UsageError
from qleap_edge.core.exercises import CONTENTS, Content
from qleap_edge.core.recipe_synthesis import SynthesisTable
from qleap_edge.physics.exercises.catalogue import exercise_model
from qleap_edge.physics.sequence import Request

_ORDER_STREAM = 3  # apart from the streams of subjects, sequences and splits


def plan_requests(table: SynthesisTable, seed: int) -> list[Request]:
    """Return every sequence of a recipe, by sequence id.

    Contents come in exact proportion to the mix, shuffled over subjects; exactly ``round(forward_share * total)`` sequences
    are simulated forward, the same share of every content that can be.

    Args:
        table: the recipe's.
        seed: of the dataset.

    Raises:
        UsageError: the mix is empty or names what cannot be simulated, or too few sequences can be simulated forward.
    """
    total = table.subjects * table.sequences_per_subject
    names = [name for name in CONTENTS if name in table.mix]
    if not names:
        raise UsageError(
            "the mix is empty", where="recipe, key 'synthesis.mix'", next_step="name at least one exercise"
        )
    can_forward = {name: exercise_model(name).forward for name in names}
    edges = np.cumsum([table.mix[name] for name in names])
    ranks = np.searchsorted(edges / edges[-1], (np.arange(total) + 0.5) / total)
    order = np.random.default_rng(np.random.SeedSequence([seed, _ORDER_STREAM])).permutation(total)
    requests = [
        Request(index, index // table.sequences_per_subject, names[int(ranks[order[index]])]) for index in range(total)
    ]
    candidates = [
        request.sequence_id for name in names if can_forward[name] for request in requests if request.content == name
    ]
    for sequence_id in _spread(candidates, round(table.forward_share * total), table, can_forward):
        requests[sequence_id] = replace(requests[sequence_id], regime="forward")
    return requests


def _spread(candidates: list[int], wanted: int, table: SynthesisTable, can_forward: dict[Content, bool]) -> list[int]:
    """Return ``wanted`` of the candidates at equal steps: they lie content by content, so each gives its share."""
    if wanted > len(candidates):
        able = ", ".join(name for name, can in can_forward.items() if can) or "no exercise in it"
        raise UsageError(
            "too few sequences can be simulated forward",
            where="recipe, key 'synthesis.forward_share'",
            expected=f"at most {len(candidates)} of {table.subjects * table.sequences_per_subject} sequences: {able}",
            got=f"{table.forward_share:g}, {wanted} sequences",
            next_step="lower the share, or raise those exercises' weights in synthesis.mix",
        )
    return [candidates[(2 * rank + 1) * len(candidates) // (2 * wanted)] for rank in range(wanted)]
