"""The Swift package says of real recordings what Python says, and the consumer of its README runs."""

import gzip
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.wear import Side, Wear
from tests.support.shared import shared_artefact
from tests.support.swift_replay import PACKAGE, both, build_replay, differences, with_gravity, write_wrist_motion
from tests.support.watch_recordings import FIXTURES

pytestmark = pytest.mark.skipif(shutil.which("swift") is None, reason="there is no Swift on this machine")

SWIM = PACKAGE / "Tests/QLeapEdgeTests/Fixtures/recordings"
# Recordings that hold gravity; the gym's are of the left wrist, of the swimmers' nobody knows.
AS_RECORDED = {
    "swim, 16 s": (SWIM / "swim_16s.csv", "left", "right"),
    "swim, 40 s": (SWIM / "swim_40s.csv", "right", "right"),
    "triceps extensions": (FIXTURES / "gym_cc_by_sa/231124_SAOCTE_037.csv.gz", "left", "right"),
    "shoulder presses": (FIXTURES / "gym_cc_by_sa/021224_DSP_010.csv.gz", "left", "right"),
    "incline curls": (FIXTURES / "gym_cc_by_sa/100125_IDBC_027.csv.gz", "left", "right"),
}
# Recordings without it: an orientation filter gives it, as CoreMotion's gives an app's.
WITH_GRAVITY = {
    "pendulum, left": ("seglearn_bsd3/subj3_PEN_L.csv", "left", "right", 50.0),
    "pendulum, right": ("seglearn_bsd3/subj7_PEN_R.csv", "right", "right", 50.0),
    "row, left": ("seglearn_bsd3/subj1_ROW_L.csv", "left", "right", 50.0),
    "everyday": ("sp_sw_har_cc_by/s13_05_sw.csv.gz", "left", "right", None),
    "everyday, another person": ("sp_sw_har_cc_by/s15_04_sw.csv.gz", "left", "right", None),
}


@pytest.fixture(scope="session")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> None:
        shutil.copy(build_replay(folder / "build"), folder / "qleap-replay")
        (resources,) = (folder / "build").rglob("QLeapEdge_QLeapEdge.resources")
        shutil.copytree(resources, folder / resources.name)
        shutil.rmtree(folder / "build")

    return shared_artefact(tmp_path_factory, "qleap-replay", make) / "qleap-replay"


@pytest.mark.parametrize("name", AS_RECORDED)
def test_a_recording_gives_the_same_session(
    name: str, replay: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, wrist, crown = AS_RECORDED[name]
    plain = tmp_path / path.name.removesuffix(".gz")
    plain.write_bytes(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
    sessions = both(monkeypatch, replay, plain, Wear(Side(wrist), Side(crown)), tmp_path)
    assert differences(sessions.python, sessions.swift) == []
    assert sessions.python["sets"] and sessions.python["windows"]


@pytest.mark.parametrize("name", WITH_GRAVITY)
def test_a_recording_with_the_gravity_of_a_filter_gives_the_same_session(
    name: str, replay: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, wrist, crown, rate_hz = WITH_GRAVITY[name]
    made = with_gravity(read_recording(FIXTURES / path, rate_hz))
    plain = write_wrist_motion(tmp_path / "WristMotion.csv", made)
    sessions = both(monkeypatch, replay, plain, Wear(Side(wrist), Side(crown)), tmp_path)
    assert differences(sessions.python, sessions.swift) == []


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ([], 2, "usage"),
        (["{rec}"], 2, "--wrist and --crown: expected left or right, got nothing"),
        (["{rec}", "--wrist", "left", "--crown", "top"], 2, "--crown: expected left or right, got top"),
        (["{rec}", "--wrist", "left", "--crown", "right", "--speed", "2"], 2, "unknown option --speed"),
        (["{rec}", "--wrist", "left", "--crown", "right", "--exercise", "swim"], 2, "no exercise is called swim"),
        (["{rec}x", "--wrist", "left", "--crown", "right"], 3, "cannot be read"),
        (["{rec}", "--wrist", "left", "--crown", "right", "--outputs", "{rec}"], 3, "no safetensors file"),
    ],
)
def test_bad_calls_are_refused(options: list[str], code: int, said: str, replay: Path) -> None:
    words = [word.format(rec=SWIM / "swim_16s.csv") for word in options]
    done = subprocess.run([replay, *words], capture_output=True, text=True, timeout=60)
    assert (done.returncode, said in done.stdout + done.stderr) == (code, True), done.stderr


def test_the_consumer_of_the_readme_prints_poses_and_repetitions(tmp_path: Path) -> None:
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```swift\n(// Sources/Consumer/main.swift\n.*?)```", text, re.DOTALL)
    assert len(code.splitlines()) <= 11  # ten lines, and the name of the file
    (tmp_path / "Sources/Consumer").mkdir(parents=True)
    (tmp_path / "Sources/Consumer/main.swift").write_text(code, encoding="utf-8")
    (tmp_path / "Package.swift").write_text(
        "// swift-tools-version: 6.0\nimport PackageDescription\n"
        'let package = Package(name: "Consumer", platforms: [.macOS(.v14)], '
        f'dependencies: [.package(path: "{PACKAGE}")], targets: [.executableTarget(name: "Consumer", '
        'dependencies: ["QLeapEdge"])])\n',
        encoding="utf-8",
    )
    command = ["swift", "run", "--package-path", tmp_path, "Consumer", SWIM / "swim_16s.csv"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=800)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert "5 repetitions" in done.stdout
    assert sum(line.startswith("pose at") or line.startswith("not sure at") for line in lines) > 30
