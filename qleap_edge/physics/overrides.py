"""Overrides of distributions: a recipe's preset with the recipe's own numbers in it.

An override names a distribution of :mod:`qleap_edge.physics.randomize` and changes some of its numbers, never its kind.
"""

from dataclasses import fields, replace
from typing import Any

from qleap_edge.core.errors import UsageError
from qleap_edge.core.recipe_synthesis import RandomizationTable
from qleap_edge.physics.distributions import Categorical, LogUniform
from qleap_edge.physics.randomize import PRESETS, Distributions


def resolve_distributions(table: RandomizationTable) -> Distributions:
    """Return the preset a recipe names, with the recipe's own numbers in it.

    Raises:
        UsageError: a distribution, or a number of it, does not exist, or the numbers contradict each other.
    """
    distributions = PRESETS[table.preset]
    for path, numbers in table.overrides.items():
        name, _, part = path.partition(".")
        distribution = getattr(distributions, name) if name in {field.name for field in fields(Distributions)} else None
        if part:
            distribution = getattr(distribution, part, None) if part in getattr(distribution, "_fields", ()) else None
        if distribution is None or hasattr(distribution, "_fields"):
            known = (
                ", ".join(f"{name}.{key}" for key in distribution._fields)
                if distribution is not None
                else "a line of randomize.Distributions"
            )
            raise _override_error(path, "no such distribution", known, path)
        changed = _changed(path, distribution, numbers)
        distributions = replace(
            distributions, **{name: getattr(distributions, name)._replace(**{part: changed}) if part else changed}
        )
    return distributions


def _changed(path: str, distribution: Any, numbers: dict[str, float]) -> Any:
    known = (
        dict(distribution.weights)
        if isinstance(distribution, Categorical)
        else {field.name: getattr(distribution, field.name) for field in fields(distribution)}
    )
    for key in numbers:
        if key not in known:
            raise _override_error(path, "no such number in this distribution", ", ".join(known), key)
    merged = known | numbers
    if isinstance(distribution, Categorical):
        if min(merged.values()) < 0.0 or sum(merged.values()) <= 0.0:
            raise _override_error(path, "impossible weights", "none negative, not all zero", str(merged))
        return Categorical(**merged)
    if "low" in merged and not merged["low"] <= merged["high"]:
        raise _override_error(path, "an empty range", "low <= high", f"[{merged['low']:g}, {merged['high']:g}]")
    if isinstance(distribution, LogUniform) and merged["low"] <= 0.0:
        raise _override_error(
            path, "a log-uniform distribution needs positive numbers", "low > 0", f"{merged['low']:g}"
        )
    if "sd" in merged and merged["sd"] <= 0.0:
        raise _override_error(path, "impossible spread", "sd > 0", f"{merged['sd']:g}")
    if "share" in merged and not 0.0 <= merged["share"] <= 1.0:
        raise _override_error(path, "impossible share", "0 to 1", f"{merged['share']:g}")
    return replace(distribution, **merged)


def _override_error(path: str, what: str, expected: str, got: str) -> UsageError:
    return UsageError(
        what,
        where=f"recipe, key 'synthesis.randomization.overrides.{path}'",
        expected=expected,
        got=got,
        next_step="mend the recipe",
    )
