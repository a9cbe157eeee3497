"""Which tests are proofs, which must share a worker, and which begin first.

Paths are relative to ``tests/``. ``test_layout.py`` checks that each entry still names tests that exist.
"""

PROOFS = (
    # The tiny release from nothing to a verdict, and the Swift package of its bundle built and tested.
    "e2e/test_tiny_release.py",
    # A release killed again and again, whole commands in processes of their own.
    "e2e/test_release_command.py",
    # Another process, as unlike this one as can be, converts and compresses.
    "unit/conversion/test_reproducible.py",
)
"""Tests that ``make test`` leaves to ``make test-all`` and ``.ci/run``: a module, or a module and a function."""

ONE_WORKER = {
    "ray": ("unit/dataset/test_executors.py", "unit/dataset/test_synthesize.py"),
}
"""Group → modules that use one resource of the machine, so that one worker runs them all."""

LONGEST = (
    "e2e/test_tiny_release.py",
    "e2e/test_release_command.py",
)
"""Modules that begin first, in this order: a long one that begins last keeps one worker busy and the other idle."""


def is_proof(name: str) -> bool:
    """Tell whether a test, by its path and name, is left to the full run."""
    return any(name == entry or name.startswith((f"{entry}::", f"{entry}[")) for entry in PROOFS)


def group_of(name: str) -> str:
    """Return the group of a test: all tests of a group run in one worker.

    A module is a group, so that its fixtures are made once in the session.
    """
    module = name.partition("::")[0]
    return next((group for group, modules in ONE_WORKER.items() if module in modules), module)


def longest_first(name: str) -> int:
    """Return the key by which tests are sorted."""
    module = name.partition("::")[0]
    return LONGEST.index(module) if module in LONGEST else len(LONGEST)
