"""Which tests are proofs, which must share a worker, and which begin first.

Paths are relative to ``tests/``. ``test_layout.py`` checks that each entry still names tests that exist.
"""

import pytest
from xdist.scheduler import LoadScopeScheduling

PROOFS = (
    # The Swift package built, and every recording through both languages.
    "e2e/test_swift_sessions.py",
    # The tiny release from nothing to a verdict, and the Swift package of its bundle built and tested.
    "e2e/test_tiny_release.py",
    # The Swift package built, if it is not yet, and what it records read again.
    "e2e/test_swift_recording.py",
    # An app that takes the exported Swift package from a repository and from a registry, built cold each time.
    "e2e/test_swift_consumer.py",
    # A release that is killed again and again.
    "e2e/test_release_command.py::test_killed_at_every_stage_and_run_again",
    "e2e/test_release_command.py::test_killed_at_any_moment_and_run_again",
    "e2e/test_release_command.py::test_interrupted_by_ctrl_c",
    # Another process, as unlike this one as can be, converts and compresses.
    "unit/conversion/test_canonical.py::test_two_processes_give_the_same_bytes",
    "unit/conversion/test_canonical.py::test_the_release_makes_the_same_variants",
    "unit/conversion/test_canonical.py::test_modes_are_those_of_an_artefact_under_any_umask",
    "unit/conversion/test_canonical.py::test_nothing_else_is_written",
    "unit/conversion/test_canonical.py::test_stock_coremltools_leaves_the_package_as_it_is",
    "unit/conversion/test_canonical.py::test_the_other_protobuf_library_gives_the_same_bytes",
    # The sweep in one process and in two.
    "unit/compression/test_sweep.py::test_one_process_gives_what_two_do",
    # Twenty families of networks in five forms each.
    "unit/mil/runtime/test_conformance.py",
    # Training: three hundred steps with each mechanism of disentangling, and two processes against one.
    "unit/training/test_concept_erasure.py::test_a_trained_network_hides_the_exercise_from_a_linear_reader_of_how",
    "unit/training/test_processes.py::test_two_processes_train_as_one",
)
"""Tests that ``make test`` leaves to ``make test-all`` and ``.ci/run``: a module, or a module and a function.

So is every test that needs a Ray cluster.
"""

ONE_WORKER = {
    "ray": ("unit/dataset/test_executors.py", "unit/dataset/test_synthesize.py"),
}
"""Group → modules that use one resource of the machine, so that one worker runs them all."""

LONGEST = (
    "e2e/test_swift_sessions.py",
    "e2e/test_tiny_release.py",
    "e2e/test_release_command.py",
    "unit/verification/test_package_parity.py",
    "unit/mil/runtime/test_conformance.py",
    "unit/mil/runtime/test_compiled.py",
    "unit/compression/test_sweep.py",
    "e2e/test_stage_commands.py",
    "unit/training/test_concept_erasure.py",
    "unit/mil/ops/test_built_programs.py",
    "unit/pretrained/test_pretrained_commands.py",
    "unit/training/test_loop.py",
    "unit/conversion/test_canonical.py",
)
"""Modules that begin first, in this order: a long one that begins last keeps one worker busy and the other idle."""


class GroupScheduling(LoadScopeScheduling):
    """Gives all tests of a group to one worker, groups in the order in which they were collected.

    It stands in for the ``loadgroup`` of pytest-xdist 3.8, which writes the group into a field that pytest 9.2 does not read.
    """

    def __init__(self, config: pytest.Config, log: object = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)  # type: ignore[arg-type]

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def is_proof(item: pytest.Item) -> bool:
    """Tell whether a test is left to the full run."""
    listed = any(f"{below_tests(item.nodeid)}[".startswith((f"{entry}::", f"{entry}[")) for entry in PROOFS)
    return listed or needs_ray(item)


def needs_ray(item: pytest.Item) -> bool:
    """Tell whether a test asks for the Ray cluster, itself or by the executor that is its parameter."""
    drawn = item.callspec.params.values() if hasattr(item, "callspec") else ()
    chosen = any(isinstance(value, str) and value == "ray" for value in drawn)
    return chosen or "ray_cluster" in getattr(item, "fixturenames", ())


def group_of(nodeid: str) -> str:
    """Return the group of a test: all tests of a group run in one worker.

    A module is a group, so that its fixtures are made once in the session.
    """
    module = module_of(nodeid)
    return next((group for group, modules in ONE_WORKER.items() if module in modules), module)


def longest_first(item: pytest.Item) -> int:
    """Return the key by which tests are sorted."""
    module = module_of(item.nodeid)
    return LONGEST.index(module) if module in LONGEST else len(LONGEST)


def module_of(nodeid: str) -> str:
    """Return the path of a test's module below ``tests/``."""
    return below_tests(nodeid).partition("::")[0]


def below_tests(nodeid: str) -> str:
    """Return a test's path below ``tests/`` and its name."""
    return nodeid.removeprefix("tests/")
