"""Simulated sequences that several test files read."""

import pytest

from qleap_edge.physics.exercises.catalogue import CATALOGUE
from tests.support.motions import COUNT, Run, feasible_runs


@pytest.fixture(scope="session", params=sorted(CATALOGUE))
def runs(request: pytest.FixtureRequest) -> tuple[str, list[Run]]:
    """An exercise and its feasible sequences."""
    feasible = feasible_runs(request.param)
    assert len(feasible) >= COUNT * 0.7
    return request.param, feasible
