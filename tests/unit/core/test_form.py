"""The names of the rubric's criteria."""

from qleap_edge.core.form import NOT_OBSERVABLE, OBSERVABLE
from qleap_edge.physics.form import CRITERIA


def test_every_criterion_is_observable_or_not():
    assert not set(OBSERVABLE) & set(NOT_OBSERVABLE)
    assert tuple(one.name for one in CRITERIA) == (*OBSERVABLE, *NOT_OBSERVABLE)
    assert [one.observable for one in CRITERIA] == [True] * len(OBSERVABLE) + [False] * len(NOT_OBSERVABLE)
