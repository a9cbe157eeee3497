"""Grades of a bundle: they choose its gates, and an analysis warns when its bundle's grade is not ``release``."""

from typing import Literal, get_args

from qleap_edge.core.errors import UsageError

Grade = Literal["tiny", "preview", "release"]
"""``tiny`` runs every stage in minutes. ``preview`` is the full model, held to all bounds but those of accuracy that it does
not reach yet; it must not guide anybody. ``release`` is held to all bounds.
"""

GRADES: tuple[Grade, ...] = get_args(Grade)
"""From the lowest to the highest."""

GRADE_WARNINGS: dict[Grade, str] = {
    "tiny": (
        "grade tiny: this model was trained for a minute on three exercises; movements it was not trained on may be taken "
        "for one of them, and no figure here may guide anybody"
    ),
    "preview": (
        "grade preview: this model misses bounds of a release (`qleap gate BUNDLE --grade release` names them); no "
        "figure here may guide anybody"
    ),
}
"""The first warning of an analysis with a bundle of this grade; a release has none."""


def grade_of(name: str) -> Grade:
    """Return the grade of this name.

    Raises:
        UsageError: there is no such grade.
    """
    grades: tuple[Grade, ...] = get_args(Grade)
    for grade in grades:
        if grade == name:
            return grade
    raise UsageError(
        "no such grade", expected=f"one of {', '.join(grades)}", got=repr(name), next_step="correct --grade"
    )
