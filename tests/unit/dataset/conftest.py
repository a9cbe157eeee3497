"""One Ray cluster for all tests that need one."""

from collections.abc import Iterator

import pytest

from tests.support.ray_head import ray_head


@pytest.fixture(scope="session")
def ray_address() -> Iterator[str]:
    """Return the address of a real cluster with two CPUs."""
    with ray_head(cpus=2) as address:
        yield address


@pytest.fixture
def ray_cluster(ray_address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make that cluster the one that ``--executor ray`` finds."""
    monkeypatch.setenv("RAY_ADDRESS", ray_address)
    return ray_address
