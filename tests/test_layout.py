"""Where tests lie: ``unit/`` mirrors the package file by file, and the schedule names tests that exist."""

import re
from pathlib import Path

import pytest

from tests.support.command import REPOSITORY
from tests.support.schedule import LONGEST, ONE_WORKER, PROOFS

TESTS = REPOSITORY / "tests"
PACKAGE = REPOSITORY / "qleap_edge"

SEVERAL_MODULES = {
    "cli/test_latency_command.py": "a command in cli/benchmark",
    "cli/test_lint_command.py": "a command in cli/mil, on packages of the shipped networks",
    "cli/test_progress.py": "the progress bars of every command",
    "comparison/test_motion_scores.py": "comparison/motion/scores",
    "dataset/test_report_figures.py": "dataset/report/figures",
    "metrics/test_metrics.py": "parity, uncertainty and measurement",
    "mil/ops/test_built_programs.py": "every family of operations, on programs that coremltools' builder writes",
    "mil/runtime/test_conformance.py": "format, ops and runtime, on converted networks",
    "mil/runtime/test_control_and_state.py": "ops/control and runtime",
    "mil/runtime/test_saved_programs.py": "format, ops and runtime, on saved packages",
    "mil/tools/test_not_finite.py": "drift and run_summary, on numbers that are not finite",
    "pretrained/test_pretrained_commands.py": "commands of the room",
    "verification/test_converter_faults.py": "the page docs/converter-faults.md",
}
"""Tests that mirror no one module → what they test."""


def mirrored(path: Path) -> bool:
    """Tell whether a module or a package of the room has the test's name."""
    room = PACKAGE / path.parent.relative_to(TESTS / "unit")
    name = path.stem.removeprefix("test_")
    return (room / f"{name}.py").is_file() or (room / name / "__init__.py").is_file()


def unit_tests() -> dict[str, Path]:
    """Return path below ``unit/`` → file of every unit test."""
    return {path.relative_to(TESTS / "unit").as_posix(): path for path in sorted((TESTS / "unit").rglob("test_*.py"))}


def test_a_unit_test_has_the_name_of_a_module_of_its_room() -> None:
    strangers = {name for name, path in unit_tests().items() if not mirrored(path)}
    assert strangers - SEVERAL_MODULES.keys() == set(), "give it the name of what it tests, or say what it tests here"


def test_no_exception_outlives_its_reason() -> None:
    there = unit_tests()
    assert [name for name in SEVERAL_MODULES if name not in there or mirrored(there[name])] == [], (
        "take it off the list"
    )


def test_every_room_of_the_tests_is_a_room_of_the_package() -> None:
    rooms = {path.parent.relative_to(TESTS / "unit") for path in unit_tests().values()}
    assert [room.as_posix() for room in sorted(rooms) if not (PACKAGE / room / "__init__.py").is_file()] == []


@pytest.mark.parametrize("entry", [*PROOFS, *LONGEST, *(path for paths in ONE_WORKER.values() for path in paths)])
def test_the_schedule_names_tests_that_exist(entry: str) -> None:
    module, _, function = entry.partition("::")
    assert (TESTS / module).is_file()
    if function:
        assert re.search(rf"^def {function}\(", (TESTS / module).read_text(), re.M)
