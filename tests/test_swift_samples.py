"""What pages of the Swift package print as Swift is what its tests compile; the list of public symbols is reviewed."""

import json
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.support.command import REPOSITORY

ASSETS = REPOSITORY / "ios_sdk_assets"
PACKAGE = ASSETS / "QLeapEdge"
CATALOGUE = PACKAGE / "Sources" / "QLeapEdge" / "QLeapEdge.docc"
SAMPLES = (
    "QLeapEdgeTests/DocumentationSamples.swift",
    "QLeapEdgeTests/ReadmeSample.swift",
    "QLeapEdgeMotionTests/SourcesSample.swift",
)
PRINTED = [
    (page.name, block)
    for page in (PACKAGE / "README.md", *sorted(CATALOGUE.glob("*.md")))
    for block in re.findall(r"^```swift\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
    if not block.startswith("// Sources/")  # a whole program, which a test of its own builds and runs
]


def compiled() -> list[str]:
    """Return what stands between the marks of the files that the package's tests compile."""
    text = "\n".join((PACKAGE / "Tests" / name).read_text(encoding="utf-8") for name in SAMPLES)
    pieces = re.findall(r"^ *// \w+ begins\n(.*?)^ *// \w+ ends$", text, re.M | re.S)
    return [dedent(piece).strip() for piece in pieces]


@pytest.mark.parametrize(
    ("page", "block"), PRINTED, ids=[f"{page} {number}" for number, (page, _) in enumerate(PRINTED)]
)
def test_every_sample_is_compiled(page: str, block: str) -> None:
    assert block.removeprefix("import QLeapEdge\n").strip() in compiled()


def test_every_compiled_sample_is_printed() -> None:
    """The loop of the README is compiled once more, to be run."""
    assert len(PRINTED) > 9
    printed = "\n".join(block for _, block in PRINTED)
    assert [piece for piece in compiled() if piece not in printed] == []


def test_the_landing_page_leads_to_every_page() -> None:
    landing = (CATALOGUE / "QLeapEdge.md").read_text(encoding="utf-8")
    pages = {page.stem for page in CATALOGUE.glob("*.md")} - {"QLeapEdge"}
    assert set(re.findall(r"^- <doc:(\w+)>$", landing, re.M)) == pages


def symbol(kind: str, path: str, **more: object) -> dict[str, object]:
    parts = path.split(".")
    return {
        "kind": {"identifier": f"swift.{kind}"}, "pathComponents": parts, "accessLevel": "public", "location": {},
    } | more  # fmt: skip


def test_a_symbol_that_nobody_reviewed_is_named(tmp_path: Path) -> None:
    graph, listed, landing = (tmp_path / name for name in ("graph.json", "list.txt", "page.md"))
    symbols = [symbol("struct", "A"), symbol("property", "A.b"), symbol("enum", "A.C"), symbol("enum.case", "A.C.d")]
    made = symbol("init", "A.C.init(rawValue:)")
    del made["location"]
    graph.write_text(json.dumps({"symbols": [*symbols, made]}))
    landing.write_text("- ``A``\n")
    program = [sys.executable, ASSETS / "public_api.py", graph, listed, landing]

    def run(*options: str) -> tuple[int, str, str]:
        done = subprocess.run([*program, *options], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    counts = "4 public symbols: 2 types, 1 members, 1 cases of enumerations\n"
    assert run("--write") == (0, counts, "")
    assert listed.read_text().splitlines() == ["struct A", "enum A.C", "enum.case A.C.d", "property A.b"]
    assert run() == (0, counts, "")
    graph.write_text(json.dumps({"symbols": [*symbols[:1], *symbols[2:], symbol("struct", "E")]}))
    code, _, said = run()
    assert code == 1
    for words in ("page.md: no topic lists E", "new symbol struct E", "property A.b is gone", "Next: "):
        assert words in said
