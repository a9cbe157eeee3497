"""The Pareto front of the picture."""

from qleap_edge.compression.plot import pareto_front


def test_pareto_front() -> None:
    assert pareto_front([(3.0, 1.0), (1.0, 5.0), (2.0, 6.0), (4.0, 1.0), (5.0, 0.5)]) == [
        (1.0, 5.0),
        (3.0, 1.0),
        (5.0, 0.5),
    ]
