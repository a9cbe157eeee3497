"""What tests of many rooms share: one micro release, the threads of a process, and which tests run where."""

import os

# Before the package is imported: the import hook that pyproject.toml sets up takes it from here.
import tests.support.checked  # noqa: F401 # isort: skip

import pytest
from hypothesis import settings

from qleap_edge.core.recipe import Recipe
from tests.support.micro import Micro, make_micro, make_micro_recipe, read_micro
from tests.support.schedule import GroupScheduling, is_proof, longest_first
from tests.support.shared import altered_files, session_folder, shared_artefact

# No deadlines: the machine may be busy. In a pipeline the examples are the same every time, so that a verdict is about the
# change; on a desk they are new every time, so that they find something.
settings.register_profile("desk", deadline=None)
settings.register_profile("pipeline", deadline=None, derandomize=True)
settings.load_profile("pipeline" if os.environ.get("CI") else "desk")
# Tests take ONNX Runtime as an oracle and import it themselves: it shall not tell anybody what they load.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

ALTERED = pytest.StashKey[list[str]]()
"""Shared files that a test changed."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Give each worker one thread, before it starts: NumPy and torch read the variable when they are imported."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> GroupScheduling | None:
    """Return what gives tests to workers under ``--dist loadgroup``."""
    return GroupScheduling(config, log) if config.getoption("dist") == "loadgroup" else None


@pytest.hookimpl(tryfirst=True)  # before pytest deselects by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the proofs, and put long modules first."""
    for item in items:
        if is_proof(item):
            item.add_marker(pytest.mark.proof)
    items.sort(key=longest_first)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the session if a test changed a file that others read."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return  # the other worker may still be at work: the process that started both compares
    factory = getattr(session.config, "_tmp_path_factory", None)
    session.config.stash[ALTERED] = altered_files(session_folder(factory)) if factory else []
    if session.config.stash[ALTERED]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name the shared files that a test changed."""
    for path in config.stash.get(ALTERED, []):
        terminalreporter.write_line(f"ERROR a test changed a file that all tests share: {path}", red=True)


@pytest.fixture(scope="session")
def micro_recipe() -> Recipe:
    """Return the recipe of the micro release."""
    return make_micro_recipe()


@pytest.fixture(scope="session")
def micro(micro_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Micro:
    """Return a finished micro release; copy what a test changes."""
    root = shared_artefact(tmp_path_factory, "micro", lambda folder: make_micro(micro_recipe, folder))
    return read_micro(micro_recipe, root)
