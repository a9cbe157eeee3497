"""What a smaller package costs, from the scores of two packages on the same windows, and whether the budget allows it."""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from jaxtyping import Float, Int64

from qleap_edge.compression.document import VariantResult
from qleap_edge.compression.evaluator import Evaluator, Scores
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import FORM_SCORES, FORM_UNSCORED
from qleap_edge.core.recipe import REFERENCE, BudgetTable, Variant
from qleap_edge.core.units import Unit
from qleap_edge.metrics.bootstrap import mean_interval
from qleap_edge.metrics.classification import confusion, quadratic_weighted_kappas
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.mil.format.package import Package

SYSTEMS: Final[Mapping[int, str]] = {
    6: "iOS 15, watchOS 8", 7: "iOS 16, watchOS 9", 8: "iOS 17, watchOS 10", 9: "iOS 18, watchOS 11", 10: "iOS 26, watchOS 26",
}  # fmt: skip
"""Specification version of a package → the oldest systems that read it, oldest first. Source: coremltools, ``ct.target``."""
OLDER, NEWER = SYSTEMS[8], SYSTEMS[9]


def oldest_systems(package: Package) -> str:
    """Return the oldest systems that read a package.

    Raises:
        InputDataError: it is of a version that did not exist when this was written.
    """
    if package.specification_version not in SYSTEMS:
        raise InputDataError(
            "a package of an unknown specification version",
            where=package.path,
            expected=f"one of {', '.join(map(str, SYSTEMS))}",
            got=str(package.specification_version),
            next_step="convert it for an older system",
        )
    return SYSTEMS[package.specification_version]


def size_figures(size: int, reference: int) -> tuple[Measurement, ...]:
    """Return the size of a package as figures, from sizes in bytes."""
    return (
        Measurement(name="size", value=size / 1e6, unit="MB", note="whole .mlpackage"),
        Measurement(name="size_share", value=size / reference, unit="1", note="of the half-precision package"),
    )


def cost_figures(scores: Scores, reference: Scores, evaluator: Evaluator) -> tuple[Measurement, ...]:
    """Return figures of a package on the task, and its changes against the half-precision package."""
    person = evaluator.truth.subject
    kappa, reference_kappa = (_kappa(item.form, evaluator.truth.window_form) for item in (scores, reference))
    depth, reference_depth = (_median(item.depth_error_mm) for item in (scores, reference))
    # A change relative to the mean of the reference: the mean is a constant here, the difference is what varies.
    relative = (scores.error_mm - reference.error_mm) / reference.error_mm.mean()
    right, was_right = (item.exercise_right.astype(np.float64) for item in (scores, reference))
    return (
        _mean("mpjpe", scores.error_mm, person, "mm"),
        _mean("mpjpe_change", relative, person, "1"),
        _mean("accuracy", right, person, "1"),
        _mean("accuracy_change", right - was_right, person, "1"),
        Measurement(name="kappa", value=kappa, unit="1", note="form, quadratic weights"),
        Measurement(name="kappa_change", value=_difference(kappa, reference_kappa), unit="1"),
        Measurement(name="depth_error", value=depth, unit="mm", note="median; squats with the hands tied to the trunk"),
        Measurement(name="depth_change", value=_difference(depth, reference_depth), unit="mm"),
        _mean("coverage_90", scores.inside, person, "1"),
        _mean("coverage_change", scores.inside - reference.inside, person, "1"),
        _mean(
            "coverage_90_reference_scale",
            scores.inside_reference_scale,
            person,
            "1",
            "with the half-precision package's scales",
        ),
    )


def violations(figures: Iterable[Measurement], budget: BudgetTable) -> tuple[str, ...]:
    """Return one sentence a bound of the budget that the figures break, by the worse end of their interval.

    A figure that does not exist for the half-precision package either (no squat with tied hands in the data) breaks no bound.
    """
    by_name = {item.name: item for item in figures}
    bounds = (
        ("mpjpe_change", "the pose error grows by", 1.0, budget.mpjpe_change, "{:.2%}"),
        ("coverage_change", "coverage of the 90 % interval changes by", 0.0, budget.coverage_change, "{:.2%}"),
        ("accuracy_change", "fewer exercises are recognised, by", -1.0, budget.accuracy_drop, "{:.2%}"),
        ("kappa_change", "agreement in form falls by", -1.0, budget.kappa_drop, "{:.3f}"),
        ("depth_change", "the median error in depth grows by", 1.0, budget.depth_change_mm, "{:.2f} mm"),
        ("size_share", "the file is", 1.0, budget.size_share, "{:.1%} of half precision"),
    )
    broken = []
    for name, words, sign, bound, form in bounds:
        found = by_name.get(name)
        if found is None or found.value is None:
            continue
        ends = found.interval or (found.value, found.value)
        worst = max(abs(end) for end in ends) if sign == 0.0 else max(sign * end for end in ends)
        if worst > bound:
            what = f"{words} {form.format(worst)}"
            ends_note = " (worse end of the 95 % interval)" if found.interval else ""
            broken.append(f"{what}{ends_note}, allowed {form.format(bound)}")
    return tuple(broken)


def choose(results: Iterable[VariantResult], target: str) -> tuple[tuple[VariantResult, ...], Variant]:
    """Return the results with the smallest variant inside the budget marked as chosen, and its name.

    Where none is, the half-precision package ships: a larger file is the smaller loss.

    Args:
        results: verdicts ``inside``, ``outside`` or ``not made``.
        target: systems that must read what ships.
    """
    found = list(results)
    readable = list(SYSTEMS.values())[: list(SYSTEMS.values()).index(target) + 1]
    fit = [item for item in found if item.verdict == "inside" and item.systems in readable]
    chosen = min(fit, key=lambda item: item.megabytes).variant if fit else REFERENCE
    marked = []
    for item in found:
        if item.variant == chosen:
            update: dict[str, object] = {"verdict": "chosen"}
            if not fit:
                update["reasons"] = (*item.reasons, "nothing smaller keeps the budget")
            item = item.model_copy(update=update)
        elif item.verdict == "inside":
            reason = f"larger than {chosen}" if item in fit else f"needs {item.systems}; the release is for {target}"
            verdict = "inside" if item in fit else "outside"
            item = item.model_copy(update={"verdict": verdict, "reasons": (*item.reasons, reason)})
        marked.append(item)
    return tuple(marked), chosen


def _mean(
    name: str, values: Float[np.ndarray, " n"], person: Int64[np.ndarray, " n"], unit: Unit, note: str = ""
) -> Measurement:
    return Measurement(
        name=name, value=float(values.mean()), unit=unit, interval=mean_interval(values, person),
        subjects=len(np.unique(person)), note=note,
    )  # fmt: skip


def _kappa(form: Int64[np.ndarray, " n"], label: Int64[np.ndarray, " n"]) -> float | None:
    scored = label != FORM_UNSCORED
    kappa = float(quadratic_weighted_kappas(confusion(form[scored], label[scored], len(FORM_SCORES))))
    return None if np.isnan(kappa) else kappa


def _median(values: Float[np.ndarray, " n"]) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else None


def _difference(value: float | None, reference: float | None) -> float | None:
    return None if value is None or reference is None else value - reference
