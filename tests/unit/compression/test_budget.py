"""What a variant costs, whether the budget allows it, and which one ships."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from qleap_edge.compression.budget import NEWER, OLDER, choose, cost_figures, size_figures, violations
from qleap_edge.compression.document import VariantResult, package_path
from qleap_edge.compression.evaluator import Evaluator, Scores
from qleap_edge.core.recipe import BudgetTable, Recipe, Variant
from qleap_edge.evaluation.evaluate_model import evaluate_model
from qleap_edge.evaluation.package_outputs import package_outputs
from qleap_edge.metrics.measurement import Measurement
from tests.support.micro import Micro


@pytest.fixture(scope="module")
def evaluator(micro: Micro, micro_recipe: Recipe) -> Evaluator:
    return Evaluator(micro.stages["synthesize"], micro_recipe.compression)


@pytest.fixture(scope="module")
def scores(micro: Micro, evaluator: Evaluator) -> Scores:
    return score(evaluator, package_path(micro.stages["compress"], "float16"))


def score(evaluator: Evaluator, package: Path, reference_scale: np.ndarray | None = None) -> Scores:
    test, calibration = (package_outputs(package, evaluator.windows(part)) for part in ("test", "calibration"))
    return evaluator.score(test, calibration, reference_scale)


def by_name(figures: tuple[Measurement, ...]) -> dict[str, Measurement]:
    return {item.name: item for item in figures}


def test_the_figures_are_those_of_the_evaluation(micro: Micro, evaluator: Evaluator, scores: Scores) -> None:
    """`qleap evaluate` measures the same package by another way."""
    package = package_path(micro.stages["compress"], "float16")
    found, _ = evaluate_model(micro.stages["synthesize"], checkpoint=None, package=package, hop=100)
    wanted = {item.name: item.value for item in found.document.measurements}
    figures = by_name(cost_figures(scores, scores, evaluator))
    for ours, theirs in (
        ("mpjpe", "pose.mpjpe"),
        ("accuracy", "exercise.accuracy"),
        ("kappa", "form.quadratic_weighted_kappa"),
        ("depth_error", "squat.tied.depth_error"),
    ):
        assert figures[ours].value == pytest.approx(wanted[theirs], rel=1e-4), ours


def test_a_package_costs_nothing_against_itself(evaluator: Evaluator, scores: Scores) -> None:
    figures = by_name(cost_figures(scores, scores, evaluator))
    for name in ("mpjpe_change", "accuracy_change", "kappa_change", "depth_change", "coverage_change"):
        assert figures[name].value == 0.0, name
    assert figures["mpjpe_change"].interval == (0.0, 0.0)
    assert figures["mpjpe"].subjects == len(set(evaluator.truth.subject.tolist()))


def test_known_changes(evaluator: Evaluator, scores: Scores) -> None:
    worse = dataclasses.replace(
        scores,
        error_mm=scores.error_mm * 1.1,
        inside=scores.inside - 0.02,
        depth_error_mm=scores.depth_error_mm + 3.0,
        exercise_right=np.zeros_like(scores.exercise_right),
    )
    figures = by_name(cost_figures(worse, scores, evaluator))
    assert figures["mpjpe_change"].value == pytest.approx(0.1)
    assert figures["coverage_change"].value == pytest.approx(-0.02)
    assert figures["coverage_change"].interval == pytest.approx((-0.02, -0.02))
    assert figures["depth_change"].value == pytest.approx(3.0)
    assert figures["accuracy_change"].value == pytest.approx(-scores.exercise_right.mean())


def test_kappa_against_scikit_learn(evaluator: Evaluator, scores: Scores) -> None:
    scored = evaluator.truth.window_form >= 0
    assert scored.any()
    form = np.random.default_rng(0).integers(0, 5, len(scored))
    figures = by_name(cost_figures(dataclasses.replace(scores, form=form), scores, evaluator))
    wanted = cohen_kappa_score(form[scored], evaluator.truth.window_form[scored], weights="quadratic", labels=range(5))
    assert figures["kappa"].value == pytest.approx(wanted)


def test_sizes() -> None:
    figures = by_name(size_figures(5_000_000, 10_000_000))
    assert (figures["size"].value, figures["size"].unit, figures["size_share"].value) == (5.0, "MB", 0.5)


BUDGET = BudgetTable()


def figure(name: str, value: float | None, interval: tuple[float, float] | None = None) -> Measurement:
    return Measurement(name=name, value=value, unit="mm" if name == "depth_change" else "1", interval=interval)


@pytest.mark.parametrize(
    ("name", "value", "interval", "breaks"),
    [
        ("mpjpe_change", 0.019, (0.018, 0.02), False),
        ("mpjpe_change", 0.015, (0.009, 0.021), True),
        ("mpjpe_change", -0.5, (-0.6, -0.4), False),
        ("coverage_change", 0.001, (-0.004, 0.0049), False),
        ("coverage_change", 0.001, (-0.006, 0.003), True),
        ("coverage_change", 0.001, (-0.003, 0.006), True),
        ("accuracy_change", -0.006, (-0.006, -0.006), True),
        ("accuracy_change", 0.2, (0.1, 0.3), False),
        ("kappa_change", -0.03, None, True),
        ("kappa_change", 0.3, None, False),
        ("kappa_change", None, None, False),
        ("depth_change", 2.1, None, True),
        ("depth_change", -9.0, None, False),
        ("size_share", 0.56, None, True),
        ("size_share", 0.55, None, False),
    ],
)
def test_bounds(name: str, value: float | None, interval: tuple[float, float] | None, breaks: bool) -> None:
    found = violations([figure(name, value, interval)], BUDGET)
    assert bool(found) == breaks
    assert len(found) <= 1 and all("allowed" in sentence for sentence in found)


def test_every_bound_of_the_budget_binds() -> None:
    """Change one bound of the table, and the verdict changes."""
    figures = [
        figure("mpjpe_change", 0.01), figure("coverage_change", 0.004), figure("accuracy_change", -0.004),
        figure("kappa_change", -0.01), figure("depth_change", 1.0), figure("size_share", 0.5),
    ]  # fmt: skip
    assert not violations(figures, BUDGET)
    for name in BudgetTable.model_fields:
        assert len(violations(figures, BUDGET.model_copy(update={name: 1e-6}))) == 1, name


def result(variant: Variant, size: float, verdict: str = "inside", systems: str = OLDER) -> VariantResult:
    return VariantResult.model_validate(
        {"variant": variant, "systems": systems, "verdict": verdict, "reasons": (),
         "figures": (Measurement(name="size", value=size, unit="MB"),)}
    )  # fmt: skip


def verdicts(results: tuple[VariantResult, ...]) -> Mapping[str, str]:
    return {item.variant: item.verdict for item in results}


def test_the_smallest_inside_ships() -> None:
    found, chosen = choose(
        [
            result("float16", 12, "outside"),
            result("int8_per_channel", 6),
            result("palette6", 5),
            result("palette4", 3, "outside"),
        ],
        OLDER,
    )
    assert chosen == "palette6"
    assert verdicts(found) == {
        "float16": "outside", "int8_per_channel": "inside", "palette6": "chosen", "palette4": "outside"
    }  # fmt: skip
    assert found[1].reasons == ("larger than palette6",)


def test_what_older_systems_cannot_read_does_not_ship() -> None:
    tried = [
        result("float16", 12, "outside"),
        result("int8_per_channel", 6),
        result("int4_per_block32", 4, systems=NEWER),
    ]
    found, chosen = choose(tried, OLDER)
    assert chosen == "int8_per_channel" and found[2].verdict == "outside"
    assert found[2].reasons == (f"needs {NEWER}; the release is for {OLDER}",)
    assert choose(tried, NEWER)[1] == "int4_per_block32"


def test_half_precision_ships_where_nothing_else_may() -> None:
    found, chosen = choose([result("float16", 12, "outside"), result("palette4", 3, "outside")], OLDER)
    assert chosen == "float16" and found[0].verdict == "chosen"
    assert found[0].reasons == ("nothing smaller keeps the budget",)
