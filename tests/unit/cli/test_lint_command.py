"""``qleap mil lint`` as a user meets it."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.support.command import assert_refused, call
from tests.support.mil_packages import FLOAT32, add_operation, linear_model, main_block, write_package

RECIPE = Path(__file__).parents[2] / "fixtures" / "recipes" / "micro.toml"
WIDTH = 2048


def recipe_with(tmp_path: Path, table: str) -> Path:
    """Return a recipe with other reasons."""
    text = RECIPE.read_text()
    kept = text[: text.index("[[verification.placement]]")]
    path = tmp_path / "r.toml"
    path.write_text(f"{kept}{table}\n[gates]\ngrade = 'tiny'\n")
    return path


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return y = relu(linear(x)) in single precision: one warning, that it is not fp16."""
    weight = np.zeros((WIDTH, 4), np.float32)
    return write_package(tmp_path / "p.mlpackage", *linear_model(weight, np.zeros(WIDTH, np.float32)))


def test_a_warning_without_a_reason_ends_with_one(package: Path) -> None:
    done = call("mil", "lint", package)
    assert done.code == 1 and done.err == ""
    assert "dtype.program" in done.out and "1 warnings without a reason" in done.out


def test_a_reason_in_the_recipe_is_shown_and_ends_with_zero(package: Path, tmp_path: Path) -> None:
    table = (
        '[[verification.placement]]\nrule = "dtype.program"\nreason = "single precision is what this test is about"\n'
    )
    done = call("mil", "lint", package, "--recipe", recipe_with(tmp_path, table))
    assert done.code == 0 and "single precision" in done.out
    assert "Nothing was run on a device" in done.out


def test_json_is_one_document_and_the_exit_code_stays(package: Path) -> None:
    done = call("mil", "lint", package, "--json")
    document = json.loads(done.out)
    assert (done.code, done.err) == (1, "")
    assert (document["schema"], document["schema_version"], document["unjustified_warnings"]) == (
        "qleap.placement",
        1,
        1,
    )
    assert document["findings"][0]["rule"] == "dtype.program" and document["findings"][0]["justification"] is None


def test_gelu_without_a_mode_is_an_error(tmp_path: Path) -> None:
    model, data = linear_model(np.zeros((3, 4), np.float32), np.zeros(3, np.float32))
    block = main_block(model)
    del block.operations[-1]
    add_operation(block, "gelu", "y", FLOAT32, (1, 3), x="z")
    done = call("mil", "lint", write_package(tmp_path / "g.mlpackage", model, data), "--json")
    first = json.loads(done.out)["findings"][0]
    assert done.code == 1
    assert (first["rule"], first["severity"], first["operation"]) == ("watch.explicit_input", "error", "y")


HEAD = '[[verification.placement]]\nrule = "dtype.program"\n'
GOOD = 'reason = "a sentence that is long enough"'


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (HEAD.replace("dtype.program", "no.rule") + GOOD, ("no such rule", "dtype.program")),
        (HEAD + 'reason = "short"', ("reason", "at least 20 characters")),
        (HEAD, ("missing key", "reason")),
        (f'{HEAD}{GOOD}\nop = "x"', ("unknown key", "op")),
    ],
)
def test_an_unusable_reason_is_refused(package: Path, tmp_path: Path, table: str, words: tuple[str, ...]) -> None:
    assert_refused(call("mil", "lint", package, "--recipe", recipe_with(tmp_path, table)), 2, *words)


def test_no_package_no_lint(tmp_path: Path) -> None:
    assert_refused(call("mil", "lint", tmp_path / "none.mlpackage"), 3, "the path does not exist", "check the path")
