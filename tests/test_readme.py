"""What the pages say exists: commands parse, make targets and paths are there, the tree lists every folder."""

import re
import shlex
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
import typer

from qleap_edge.cli.main import app
from tests.support.command import REPOSITORY
from tests.support.micro import Micro

DOCS = tuple(path.relative_to(REPOSITORY).as_posix() for path in sorted((REPOSITORY / "docs").glob("*.md")))
PAGES = (
    "README.md", "CONTRIBUTING.md", "ios_sdk_assets/QLeapEdge/README.md", "ios_sdk_assets/Example/README.md", *DOCS,
)  # fmt: skip
TOP_FOLDERS = ("qleap_edge", "calibration", "benchmarks", "ios_sdk_assets", "tests", "docs", ".ci")
README_WORDS = 1500
"""A newcomer reads it in five minutes; what is longer belongs in docs/."""


def fences(page: str, *languages: str) -> list[str]:
    """Return the text of every fenced block in one of these languages."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    return [body for language, body in re.findall(r"^```(\w*)\n(.*?)^```", text, re.M | re.S) if language in languages]


def prose(page: str) -> str:
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    return re.sub(r"^```\w*\n.*?^```", "", text, flags=re.M | re.S)


def shell_commands(page: str) -> list[list[str]]:
    """Return the words of every shell command on a page, without prompts and comments."""
    text = "\n".join(fences(page, "sh", "console", "bash")).replace("\\\n", " ")
    lines = [line.removeprefix("$ ") for line in text.splitlines()]
    commands = [words for line in lines if (words := shlex.split(line, comments=True))]
    return [words[: words.index(">")] if ">" in words else words for words in commands]


COMMANDS = [(page, words) for page in PAGES for words in shell_commands(page)]
QLEAP = [words[1:] for _, words in COMMANDS if Path(words[0]).name == "qleap"]


def test_the_readme_shows_the_two_commands_and_every_stage() -> None:
    assert ["make", "release"] in shell_commands("README.md") and ["make", "test"] in shell_commands("README.md")
    shown = {words[0] for words in QLEAP}
    assert {
        "synthesize",
        "train",
        "convert",
        "compress",
        "verify",
        "calibrate",
        "evaluate",
        "validate",
        "gate",
    } <= shown


def test_the_readme_is_short() -> None:
    assert len((REPOSITORY / "README.md").read_text(encoding="utf-8").split()) <= README_WORDS


def test_every_page_is_in_the_navigation() -> None:
    nav = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    assert [page for page in DOCS if page.removeprefix("docs/") not in nav] == []


@pytest.mark.parametrize("arguments", QLEAP, ids=" ".join)
def test_a_shown_command_parses(arguments: list[str]) -> None:
    """Every word is read by the real parser: an unknown command or option, or a missing one, fails here."""
    command = typer.main.get_command(app)
    while hasattr(command, "commands"):
        name, *arguments = arguments
        assert name in command.commands, f"no command {name!r}"
        command = command.commands[name]
    command.make_context(command.name, list(arguments))


@pytest.mark.parametrize("page", PAGES)
def test_make_targets_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", (REPOSITORY / "Makefile").read_text(), re.M))
    shown = [words[1:] for shown_on, words in COMMANDS if shown_on == page and words[0] == "make"]
    shown += [words.split() for words in re.findall(r"`make ([a-z -]+)`", prose(page))]
    assert {target for words in shown for target in words} <= targets


@pytest.mark.parametrize("page", PAGES)
def test_paths_and_links_exist(page: str) -> None:
    text, folder = prose(page), (REPOSITORY / page).parent
    links = [link for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text) if "://" not in link]
    missing = [link for link in links if not (folder / link).exists()]
    for path in re.findall(r"`([\w.-]+/[\w./-]*)`", text):
        if path.split("/")[0] in TOP_FOLDERS:
            missing += [path] * (not (REPOSITORY / path).exists())
        elif page.startswith("ios_sdk_assets") and path.endswith((".swift", ".md")):
            missing += [path] * (not (folder / path).exists())
    for words in shell_commands(page):
        missing += [w for w in words if w.startswith(("tests/", "benchmarks/")) and not (REPOSITORY / w).exists()]
    assert not missing


def listed(page: str, beginning: str) -> set[str]:
    """Return the paths of the folders in the page's tree whose first line begins so; two spaces a level."""
    (block,) = [block for block in fences(page, "") if block.startswith(beginning)]
    found, parents = set(), []
    for indent, name in re.findall(r"^( *)([\w./-]+)/ ", block.replace("/\n", "/ \n"), re.M):
        parents = [*parents[: len(indent) // 2], name]
        found.add("/".join(parents))
    return found


def test_the_tree_lists_what_is_there() -> None:
    shown = listed("README.md", "qleap_edge/")
    assert [path for path in sorted(shown) if not (REPOSITORY / path).is_dir()] == []
    ignored = {line.strip("/ ") for line in (REPOSITORY / ".gitignore").read_text().splitlines()}
    there = {path.name for path in REPOSITORY.iterdir() if path.is_dir() and not path.name.startswith(".")} - ignored
    packages = {path.parent.name for path in (REPOSITORY / "qleap_edge").glob("*/__init__.py")}
    assert there <= {path for path in shown if "/" not in path}
    assert {f"qleap_edge/{name}" for name in packages} <= shown


def test_the_tree_of_the_swift_package_is_there() -> None:
    shown = listed("ios_sdk_assets/QLeapEdge/README.md", "QLeapEdge/")
    sources = REPOSITORY / "ios_sdk_assets"
    assert [path for path in sorted(shown) if not (sources / path).is_dir()] == []


@pytest.mark.parametrize("compiled", ["QLeapEdgeTests/ReadmeSample.swift", "QLeapEdgeMotionTests/SourcesSample.swift"])
def test_the_samples_of_the_swift_package_are_those_that_it_compiles(compiled: str) -> None:
    text = (REPOSITORY / "ios_sdk_assets" / "QLeapEdge" / "Tests" / compiled).read_text(encoding="utf-8")
    (sample,) = re.findall(r"// README begins\n(.*?)\n *// README ends", text, re.S)
    printed = "\n".join(fences("ios_sdk_assets/QLeapEdge/README.md", "swift"))
    assert dedent(sample) in printed


def test_the_onnx_sample_gives_what_decoding_gives(
    micro: Micro, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is run as it stands, on a bundle in its place; decoding is what the golden vectors hold Swift to."""
    from qleap_edge.core.records import read_document
    from qleap_edge.metrics.outputs import ModelOutputs
    from qleap_edge.uncertainty.decode import decode
    from qleap_edge.uncertainty.profile import ProfileDocument

    (sample,) = [block for block in fences("docs/compression-and-verification.md", "python") if "onnxruntime" in block]
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / micro.bundle.name).symlink_to(micro.bundle)
    monkeypatch.chdir(tmp_path)
    window = np.random.default_rng(1).normal(size=(1, 200, 6)).astype(np.float32)
    names: dict[str, object] = {"window": window, "stature_m": 1.7}
    exec(sample, names)
    profile = read_document(ProfileDocument, micro.bundle / "profile.json")
    decoded = decode(ModelOutputs.of(names["outputs"]), window, profile, stature_m=1.7, wrist="left")  # type: ignore[arg-type]
    np.testing.assert_allclose(names["pose_m"], decoded.pose_m, atol=1e-6)
    np.testing.assert_allclose(names["sigma_m"], decoded.sigma_m, rtol=1e-5)
    np.testing.assert_allclose(names["probability"], decoded.exercise_probability, rtol=1e-5)


def test_the_pages_name_the_parts_of_a_bundle() -> None:
    """And the gates: nobody should meet a name in the table that no page explains."""
    from qleap_edge.bundle.layout import ONNX_TWIN, PAYLOAD, REPORTS
    from qleap_edge.gates.thresholds import load_thresholds

    text = (REPOSITORY / "docs/releases-and-gates.md").read_text(encoding="utf-8")
    assert all(part in text for part in (*PAYLOAD, f"{REPORTS}/", ONNX_TWIN))
    patterns = re.findall(r"`([a-z_]+\.[\w.*]+)`", text)
    explained = re.compile("|".join(re.escape(pattern).replace(r"\*", ".*") for pattern in patterns))
    assert not [g.measurement for g in load_thresholds().gate if not explained.fullmatch(g.measurement)]
