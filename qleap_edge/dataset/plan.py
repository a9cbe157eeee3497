"""What a recipe's dataset consists of: every sequence's content, subject and regime, before anything is simulated."""

from dataclasses import replace

import numpy as np

from qleap_edge.core.errors import UsageError
from qleap_edge.core.exercises import CONTENTS, Content
from qleap_edge.core.recipe_synthesis import SynthesisTable
from qleap_edge.dataset.splits import split_subjects
from qleap_edge.physics.exercises.catalogue import exercise_model
from qleap_edge.physics.sequence import Request

_ORDER_STREAM = 3  # apart from the streams of subjects, sequences and splits


def plan_requests(table: SynthesisTable, seed: int, captured: tuple[Content, ...] = ()) -> list[Request]:
    """Return every sequence of a recipe, by sequence id.

    Contents come in exact proportion to the mix, shuffled over subjects; exactly ``round(forward_share * total)`` sequences
    are simulated forward, the same share of every content that can be. Exactly ``round(captured_share * total)`` others play
    captured motion, the same share of every content that has been captured, by subjects of the part ``train``.

    Args:
        table: the recipe's.
        seed: of the dataset.
        captured: contents of which there is captured motion.

    Raises:
        UsageError: the mix is empty or names what cannot be simulated, or too few sequences can be simulated forward or can
            play captured motion.
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

    def ordered(contents: list[Content]) -> list[int]:
        """Return the sequences of some contents, content by content."""
        return [request.sequence_id for name in contents for request in requests if request.content == name]

    forward = ordered([name for name in names if can_forward[name]])
    for sequence_id in _spread(forward, round(table.forward_share * total), "forward_share", table, can_forward):
        requests[sequence_id] = replace(requests[sequence_id], regime="forward")
    wanted = round(table.captured_share * total)
    if wanted:
        trained = set(split_subjects(seed, list(range(table.subjects)), table.split)["train"])
        candidates = [
            sequence_id
            for sequence_id in ordered([name for name in names if name in captured])
            if requests[sequence_id].regime == "prescribed" and requests[sequence_id].subject_id in trained
        ]
        able = {name: name in captured for name in names}
        for sequence_id in _spread(candidates, wanted, "captured_share", table, able):
            requests[sequence_id] = replace(requests[sequence_id], regime="captured")
    return requests


_WORDS = {"forward_share": "be simulated forward", "captured_share": "play captured motion"}


def _spread(candidates: list[int], wanted: int, key: str, table: SynthesisTable, can: dict[Content, bool]) -> list[int]:
    """Return ``wanted`` of the candidates at equal steps: they lie content by content, so each gives its share."""
    if wanted > len(candidates):
        able = ", ".join(name for name, one in can.items() if one) or "no exercise in it"
        raise UsageError(
            f"too few sequences can {_WORDS[key]}",
            where=f"recipe, key 'synthesis.{key}'",
            expected=f"at most {len(candidates)} of {table.subjects * table.sequences_per_subject} sequences: {able}",
            got=f"{getattr(table, key):g}, {wanted} sequences",
            next_step="lower the share, or raise those exercises' weights in synthesis.mix",
        )
    return [candidates[(2 * rank + 1) * len(candidates) // (2 * wanted)] for rank in range(wanted)]
