"""No command replaces or deletes what is the user's: every option that names an output, against every place that is not free.

The inputs do not exist and the check of the output comes first, so nothing is computed here. A new option that takes a path
must be entered in one of the two tables; the first test says so.
"""

import inspect
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_type_hints

import numpy as np
import pytest
import typer

from qleap_edge.bundle.assemble import bundle_name
from qleap_edge.cli.main import app
from tests.support.command import assert_refused, call
from tests.support.watch_recordings import WRIST_MOTION

NONE = "no-such-input"
BUNDLE = bundle_name()
OUTPUT_NAMES = {"out", "output", "html", "csv", "fhir", "plot", "report", "export", "save"}
"""Names of options that write, whatever their type."""


@dataclass(frozen=True)
class Output:
    """An option that names an output."""

    arguments: tuple[object, ...]
    """Of a call that lacks only this option."""
    stage: str | None = None
    """Of a folder that is replaced whole: what its manifest says."""
    inside: tuple[str, ...] = ()
    """Of a folder that only gets new entries: files of the user that lie in the way of one."""
    is_file: bool = False


ROW = "bilstm-imuposer-size-seed7"
MICRO = Path(__file__).parents[1] / "fixtures" / "recipes" / "micro.toml"
OUTPUTS = {
    ("synthesize", "out"): Output(("synthesize", "--recipe", MICRO, "--workers", 1), stage="synthesize"),
    ("motion fit", "out"): Output(("motion", "fit", NONE), stage="motion"),
    ("motion bvh", "out"): Output(
        (
            *("motion", "bvh", NONE, "--person", "a", "--exercise", "squat"),
            *("--stature", 1.7, "--source", "a", "--licence", "b"),
        ),
        stage="motion",
    ),
    ("dataset report", "out"): Output(("dataset", "report", NONE), stage="dataset_report"),
    ("dataset recorded", "out"): Output(("dataset", "recorded", NONE), stage="recorded"),
    ("train", "out"): Output(("train", "--recipe", MICRO, "--data", NONE), stage="train"),
    ("evaluate", "out"): Output(("evaluate", "--data", NONE, "--package", NONE), stage="evaluation"),
    ("convert", "out"): Output(("convert", "--checkpoint", NONE), stage="convert"),
    ("compress", "out"): Output(("compress", "--package", NONE), stage="compress"),
    ("benchmark motion", "out"): Output(
        ("benchmark", "motion", "--data", NONE, "--package", NONE), stage="benchmark_motion"
    ),
    ("benchmark dip", "out"): Output(("benchmark", "dip", "--data", NONE, "--package", NONE), stage="benchmark_dip"),
    ("benchmark watch", "out"): Output(("benchmark", "watch", "--data", NONE), stage="benchmark_watch"),
    ("release", "out"): Output(
        ("release", "--recipe", MICRO),
        inside=(
            *(f"stages/micro/{stage}/thesis.txt" for stage in ("synthesize", "train", "verify", "evaluate")),
            f"{BUNDLE}/thesis.txt",
            "stages/micro/compress",
        ),
    ),
    ("bundle", "out"): Output(("bundle", "--recipe", MICRO, "--stages", NONE), inside=(f"{BUNDLE}/thesis.txt", BUNDLE)),
    ("checkpoint export", "out"): Output(
        ("checkpoint", "export", "--checkpoint", NONE, "--data", NONE, "--name", "mine"),
        inside=("mine.safetensors", "mine.json"),
    ),
    ("benchmark baselines", "out"): Output(
        ("benchmark", "baselines", "--recipe", MICRO, "--data", NONE),
        inside=("baselines.json", *(f"{ROW}/{name}" for name in ("checkpoint/thesis.txt", "measured", "timing.json"))),
    ),
    ("calibrate", "out"): Output(("calibrate", "--package", NONE, "--data", NONE, "--recipe", MICRO), is_file=True),
    ("calibrate", "report"): Output(("calibrate", "--package", NONE, "--data", NONE, "--recipe", MICRO), is_file=True),
    ("gate", "junit"): Output(("gate", NONE), is_file=True),
    ("gate", "markdown"): Output(("gate", NONE), is_file=True),
    ("zip", "out"): Output(("zip", NONE), is_file=True),
    ("export-package", "out"): Output(("export-package", NONE), stage="somebody's"),
    ("gate", "html"): Output(("gate", NONE), is_file=True),
    ("mil run", "out"): Output(("mil", "run", NONE, "--inputs", NONE), is_file=True),
    ("mil run", "state_out"): Output(("mil", "run", NONE, "--inputs", NONE, "--out", "new.npz"), is_file=True),
    ("watch align", "out"): Output(("watch", "align", NONE), is_file=True),
    ("watch inspect", "plot"): Output(("watch", "inspect", NONE), is_file=True),
    ("watch reference", "out"): Output(("watch", "reference", NONE, "--wearer", "a", "--known", "0.5"), is_file=True),
    ("watch analyze", "out"): Output(("watch", "analyze", NONE, "--bundle", NONE), is_file=True),
    ("watch export", "fhir"): Output(("watch", "export", NONE), is_file=True),
    ("watch export", "csv"): Output(("watch", "export", NONE), is_file=True),
    ("watch analyze", "html"): Output(("watch", "analyze", NONE, "--bundle", NONE), is_file=True),
    ("watch inspect", "html"): Output(("watch", "inspect", NONE), is_file=True),
}
INPUTS = {
    "benchmark baselines": {"data"},
    "benchmark dip": {"data", "checkpoint", "package", "bundle"},
    "benchmark latency": {"package", "measured"},
    "benchmark motion": {"data", "checkpoint", "package", "bundle"},
    "benchmark watch": {"data", "doubts", "bundle"},
    "bundle": {"stages", "signing_key"},
    "calibrate": {"package", "data", "recordings"},
    "checkpoint export": {"checkpoint", "data"},
    "compress": {"package", "data"},
    "convert": {"checkpoint"},
    "dataset recorded": {"folder"},
    "dataset report": {"folder", "real"},
    "evaluate": {"data", "checkpoint", "package"},
    "sign": {"folder", "key", "password_file"},
    "zip": {"folder"},
    "export-package": {"folder", "public_key"},
    "gate": {"folder", "baseline", "waivers", "thresholds", "public_key", "recompute"},
    "mil drift": {"package", "inputs", "against"},
    "mil inspect": {"package"},
    "mil lint": {"package"},
    "motion bvh": {"files"},
    "motion fit": {"markers"},
    "mil run": {"package", "inputs", "state_in"},
    "release": {"signing_key"},
    "synthesize": {"motion"},
    "train": {"data", "initial", "recorded"},
    "validate": {"folder", "public_key"},
    "verify": {"package", "checkpoint", "data"},
    "watch align": {"recording", "mapping"},
    "watch analyze": {"recording", "bundle", "mapping", "reference"},
    "watch export": {"session"},
    "watch drift": {"sessions"},
    "watch inspect": {"recording", "mapping"},
    "watch mapping": {"recording"},
    "watch reference": {"recording", "mapping", "add"},
}

FOLDER = "an output must have a folder of its own"
PLACES = {
    "the current folder": (".", FOLDER),
    "the current folder by its name": ("../here", FOLDER),
    "the folder above": ("..", FOLDER),
    "the root": ("/", FOLDER),
    "the home folder": ("~", FOLDER),
    "the folder around the home folder": ("~/..", FOLDER),
    "a git work tree": ("repository", FOLDER),
    "a link to a folder": ("link", "a symbolic link"),
    "a link to nothing": ("dangling", "a symbolic link"),
    "a folder with files": ("precious", "holds something else"),
    "a folder whose manifest is of another stage": ("another", "holds something else"),
    "a folder that this command made, and a file of the user": ("own", "holds something else"),
    "a folder that this command made, and a link of the user": ("linked", "holds something else"),
    "a file": ("letter.txt", "something else than a folder lies here"),
    "below a file": ("letter.txt/out", "a folder is needed here"),
    "a named pipe": ("pipe", "something else than a folder lies here"),
    "a device": ("/dev/null", "something else than a folder lies here"),
}
FREE_FOR_FILES = "cannot be written here"
FILES = {
    **{name: (path, FREE_FOR_FILES) for name, (path, _) in PLACES.items()},
    "below a file": ("letter.txt/out", "a folder is needed here"),
    "a file": ("letter.txt", "is not"),
    "an archive of the user": ("arrays.npz", "is not"),
    "a picture of the user": ("picture.png", "is not"),
    "a page of the user": ("page.html", "is not"),
    "a document of another schema": ("document.json", "is not"),
    "a document that is torn": ("torn.json", "is not"),
    "a link to a file": ("letter-link", FREE_FOR_FILES),
}
FOLDERS = [key for key, output in OUTPUTS.items() if not output.is_file]
# Of no concern to a folder that only gets new entries: others stay where they are, and the next test has those in the way.
WHOLE = {"a folder with files", *(name for name in PLACES if name.startswith("a folder whose") or "made" in name)}


def test_every_option_with_a_path_is_in_a_table() -> None:
    """Reads the commands themselves: whoever adds an option that writes has to enter it above, and so has it tested."""
    known = {(command, name) for command, names in INPUTS.items() for name in names} | set(OUTPUTS)
    assert not known ^ {(command, name) for command, name, takes_path in options(app) if takes_path}
    named = {(command, name) for command, name, _ in options(app) if name in OUTPUT_NAMES}
    assert named <= set(OUTPUTS)


def options(group: typer.Typer, above: str = "") -> Iterator[tuple[str, str, bool]]:
    """Yield (command, parameter, whether it is a path) of every command."""
    for command in group.registered_commands:
        assert command.callback is not None
        name = command.name or command.callback.__name__.replace("_", "-")
        hints = get_type_hints(command.callback)
        for parameter in inspect.signature(command.callback).parameters:
            yield f"{above}{name}", parameter, "Path" in str(hints[parameter])
    for below in group.registered_groups:
        assert below.typer_instance is not None
        yield from options(below.typer_instance, f"{above}{below.name or below.typer_instance.info.name} ")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield the current folder of a user who has files everywhere."""
    root = tmp_path_factory.mktemp("world")
    here, home = root / "work" / "here", root / "people" / "home"
    for name in ("work/report.txt", "work/here/letter.txt", "people/home/diary.txt", "work/here/precious/sub/data.bin"):
        write(root / name, "three years of work")
    for name in ("precious/thesis.txt", "repository/main.py", "repository/.git/HEAD"):
        write(here / name, "three years of work")
    (here / "link").symlink_to(here / "precious")
    (here / "dangling").symlink_to(here / "gone")
    (here / "letter-link").symlink_to(here / "letter.txt")
    os.mkfifo(here / "pipe")
    np.savez(here / "arrays.npz", imu=np.zeros(3))
    (here / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    write(here / "page.html", "<!doctype html><p>mine")
    write(here / "document.json", '{"schema": "mine", "schema_version": 1}')
    write(here / "torn.json", '{"schema": ')
    make_output(here / "another", "of somebody else")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.chdir(here)
        yield here


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def make_output(folder: Path, stage: str | None, *strangers: str) -> None:
    """Make a folder with a manifest that lists one file, and files that it does not list."""
    write(folder / "made.bin", "made")
    write(
        folder / "manifest.json", json.dumps({"schema": "qleap.stage", "stage": stage, "files": [{"path": "made.bin"}]})
    )
    for name in strangers:
        write(folder / name, "three years of work")


def snapshot(folder: Path) -> dict[str, object]:
    """Return everything below a folder: bytes of files, targets of links, kinds of the rest."""
    found: dict[str, object] = {}
    for here, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(here) / name
            mode = path.lstat().st_mode
            content = path.read_bytes() if stat.S_ISREG(mode) else path.readlink() if stat.S_ISLNK(mode) else None
            found[str(path)] = (stat.S_IFMT(mode), content)
    return found


def assert_nothing_lost(world: Path, output: Output, option: str, path: Path | str, words: str) -> None:
    """Call the command and compare everything before and after."""
    root = world.parents[1]
    before, top = snapshot(root), sorted(Path("/").iterdir())
    done = call(*output.arguments, f"--{option.replace('_', '-')}", str(path).replace("~", os.environ["HOME"]))
    assert_refused(done, 2, words, "got ", "Next: ")
    assert snapshot(root) == before and sorted(Path("/").iterdir()) == top
    assert stat.S_ISCHR(os.lstat(os.devnull).st_mode)


TRIED = [(key, place) for key in FOLDERS for place in PLACES if OUTPUTS[key].stage or place not in WHOLE]


@pytest.mark.parametrize(("key", "place"), TRIED, ids=[f"{' '.join(key)}: {place}" for key, place in TRIED])
def test_a_folder_that_is_not_free(world: Path, key: tuple[str, str], place: str) -> None:
    output = OUTPUTS[key]
    path, words = PLACES[place]
    make_output(world / "own", output.stage, "sub/thesis.txt")
    make_output(world / "linked", output.stage)
    if not (world / "linked" / "sub").is_symlink():
        (world / "linked" / "sub").symlink_to(world / "precious")
    assert_nothing_lost(world, output, key[1], path, words)


INSIDE = [(key, name) for key, output in OUTPUTS.items() for name in output.inside]


@pytest.mark.parametrize(("key", "name"), INSIDE, ids=[f"{' '.join(key)} {name}" for key, name in INSIDE])
def test_an_entry_that_is_not_free(world: Path, tmp_path: Path, key: tuple[str, str], name: str) -> None:
    """The folder is a place for several outputs: what else lies in it stays, and what lies in the way is refused."""
    out = world / f"out-{tmp_path.name}"
    write(out / "notes.txt", "these may lie here")
    write(out / name, "three years of work")
    assert_nothing_lost(world, OUTPUTS[key], key[1], out, Path(name).parts[-1])


@pytest.mark.parametrize("place", FILES)
@pytest.mark.parametrize("key", [key for key, output in OUTPUTS.items() if output.is_file], ids=" ".join)
def test_a_file_that_is_not_free(world: Path, key: tuple[str, str], place: str) -> None:
    output = OUTPUTS[key]
    path, words = FILES[place]
    make_output(world / "own", None)
    make_output(world / "linked", None)
    assert_nothing_lost(world, output, key[1], path, words)


def test_the_default_folder_of_a_report(world: Path) -> None:
    write(world / "set.report" / "thesis.txt", "three years of work")
    before = snapshot(world)
    assert_refused(call("dataset", "report", "set"), 2, "set.report", "thesis.txt", "Next: ")
    assert snapshot(world) == before


def test_the_default_file_of_a_profile(world: Path) -> None:
    write(world / "profile.json", '{"schema": "mine"}')
    before = snapshot(world)
    done = call("calibrate", "--package", NONE, "--data", NONE, "--recipe", MICRO)
    assert_refused(done, 2, "profile.json", "is not an earlier profile", "Next: ")
    assert snapshot(world) == before


@pytest.mark.parametrize(("command", "option", "name"), [("align", "out", "a.npz"), ("inspect", "plot", "a.png")])
def test_an_own_file_is_written_again(tmp_path: Path, command: str, option: str, name: str) -> None:
    written = []
    for _ in range(2):
        done = call("watch", command, WRIST_MOTION, f"--{option.replace('_', '-')}", tmp_path / name)
        assert done.code == 0, done.err
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("command", "options"),
    [
        (("watch", "inspect", NONE), ("--plot", "--html")),
        (("calibrate", "--package", NONE, "--data", NONE, "--recipe", MICRO), ("--out", "--report")),
        (("watch", "analyze", NONE, "--bundle", NONE), ("--out", "--html")),
        (("watch", "export", NONE), ("--fhir", "--csv")),
    ],
)
def test_two_outputs_of_one_command_are_two_files(
    command: tuple[str, ...], options: tuple[str, str], tmp_path: Path
) -> None:
    first, second = options
    done = call(*command, first, tmp_path / "one", second, tmp_path / "sub" / ".." / "one")
    assert_refused(done, 2, f"one: two outputs cannot be one file; expected two names; got {first} and {second}")
    assert list(tmp_path.iterdir()) == []
