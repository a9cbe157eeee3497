"""What a bundle claims to be: its gates are chosen by it, and every analysis says it aloud."""

from typing import Literal, get_args

from qleap_edge.core.errors import UsageError

Grade = Literal["tiny", "preview", "release"]
"""``tiny`` proves the plumbing in minutes. ``preview`` is the full model held to everything but the figures of accuracy that it
does not reach yet; it must not guide anybody. ``release`` is held to all of them.
"""

GRADE_WARNINGS: dict[Grade, str] = {
    "tiny": (
        "grade tiny: this model was trained for a minute on three exercises; movements it never saw may look like one of "
        "them, and no figure here may guide anybody"
    ),
    "preview": (
        "grade preview: this model misses bounds of a release (`qleap gate BUNDLE --grade release` names them, the form score "
        "among them); no figure here may guide anybody"
    ),
}
"""What an analysis by a bundle of this grade says first; nothing for a release."""


def grade_of(name: str) -> Grade:
    """Return the grade of this name.

    Raises:
        UsageError: there is none.
    """
    grades: tuple[Grade, ...] = get_args(Grade)
    for grade in grades:
        if grade == name:
            return grade
    raise UsageError("no such grade", expected=f"one of {', '.join(grades)}", got=repr(name), next_step="mend --grade")
