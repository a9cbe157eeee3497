"""What an attacker or a careless release manager does to a bundle: nothing of it passes the gate.

Hashes and checksum are made to fit after every change, because whoever can write a bundle can do that; only the key is missing.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qleap_edge.bundle.layout import (
    ACCURACY_REPORT,
    GATE_REPORT_NAME,
    PAYLOAD_NAME,
    REPORTS,
    SWIFT_PACKAGE,
    SWIFT_PAYLOAD,
)
from qleap_edge.core.contract import PACKAGE_NAME
from qleap_edge.core.errors import QleapError
from qleap_edge.core.manifest import MANIFEST_NAME, list_files
from qleap_edge.gates.decide import decide, decide_one
from qleap_edge.gates.recompute import recompute
from qleap_edge.gates.report import SIGNED, bundle_measurements, gate_bundle, signed
from qleap_edge.gates.thresholds import Gate, load_thresholds
from qleap_edge.metrics.measurement import Measurement, MeasurementReport
from tests.support.micro import Micro
from tests.support.repacked import edit, repack

OTHER = "0" * 64


@pytest.fixture
def bundle(micro: Micro, tmp_path: Path) -> Path:
    return Path(shutil.copytree(micro.bundle, tmp_path / "bundle"))


def each(document: dict[str, Any], change: Callable[[dict[str, Any]], None], name: str = "exercise.accuracy") -> None:
    """Change one measurement of a report."""
    for measurement in document["measurements"]:
        if measurement["name"] == name:
            change(measurement)


def report(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    return lambda bundle: edit(bundle / REPORTS / ACCURACY_REPORT, lambda document: each(document, change))


def write(path: str, content: bytes) -> Callable[[Path], None]:
    return lambda bundle: (bundle / path).write_bytes(content) and None


def weights(bundle: Path) -> None:
    path = bundle / SWIFT_PAYLOAD / PACKAGE_NAME / "Data/com.apple.CoreML/weights/weight.bin"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def weights_and_payload(bundle: Path) -> None:
    """Alter the app's weights, and its own manifest with them."""
    weights(bundle)
    folder = bundle / SWIFT_PAYLOAD
    records = [record.model_dump() for record in list_files(folder, exclude=(PAYLOAD_NAME,))]
    edit(folder / PAYLOAD_NAME, lambda document: document.update(files=records))


def verdicts(verdict: str) -> Callable[[Path], None]:
    def change(document: dict[str, Any]) -> None:
        document["verdict"] = verdict
        for gate in document["gates"]:
            gate["verdict"] = verdict

    return lambda bundle: edit(bundle / REPORTS / GATE_REPORT_NAME, change)


def linked_manifest(bundle: Path) -> None:
    repack(bundle)
    (bundle / MANIFEST_NAME).rename(bundle.parent / "moved.json")
    (bundle / MANIFEST_NAME).symlink_to(bundle.parent / "moved.json")


def stray_build_file(bundle: Path) -> None:
    (bundle / SWIFT_PACKAGE / ".build").mkdir()
    (bundle / SWIFT_PACKAGE / ".build" / "evil.swift").write_text("// not in the manifest")


FORGERIES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a report of another package": (
        lambda bundle: edit(bundle / REPORTS / ACCURACY_REPORT, lambda document: document.update(package_sha256=OTHER)),
        "measured another package",
    ),
    "a better number": (report(lambda m: m.update(value=0.99, interval=None)), "stored verdict"),
    "an accuracy of 7": (report(lambda m: m.update(value=7.0, interval=None)), "stored verdict"),
    "true": (report(lambda m: m.update(value=True)), "expected a number"),
    "a text": (report(lambda m: m.update(value="0.99")), "expected a number"),
    "weights of the app": (weights, "copy of QuantumLeapPose.mlpackage is another"),
    "weights of the app with its manifest": (weights_and_payload, "copy of QuantumLeapPose.mlpackage is another"),
    "an app's manifest without files": (
        lambda bundle: edit(bundle / SWIFT_PAYLOAD / PAYLOAD_NAME, lambda document: document.update(files=[])),
        "does not record the files",
    ),
    "a verdict that is none": (write(f"{REPORTS}/{GATE_REPORT_NAME}", b"hello"), GATE_REPORT_NAME),
    "all verdicts fail": (verdicts("fail"), "stored verdict"),
    "all verdicts pass": (verdicts("pass"), "stored verdict"),
    "a higher grade": (
        lambda bundle: edit(bundle / MANIFEST_NAME, lambda document: document.update(grade="release")),
        "stored verdict",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_bundle_is_refused(name: str, bundle: Path) -> None:
    change, said = FORGERIES[name]
    change(bundle)
    repack(bundle)
    with pytest.raises(QleapError, match=said):
        gate_bundle(bundle)


@pytest.mark.parametrize(("change", "said"), [(linked_manifest, "no regular file"), (stray_build_file, "evil.swift")])
def test_what_the_manifest_does_not_list(change: Callable[[Path], None], said: str, bundle: Path) -> None:
    change(bundle)
    with pytest.raises(QleapError, match=said):
        gate_bundle(bundle)


@pytest.mark.parametrize("place", ["pipe", f"{REPORTS}/{ACCURACY_REPORT}", MANIFEST_NAME])
def test_a_pipe_is_refused_and_not_read(place: str, bundle: Path) -> None:
    (bundle / place).unlink(missing_ok=True)
    os.mkfifo(bundle / place)
    with pytest.raises(QleapError, match=r"no regular file|not in the manifest"):
        gate_bundle(bundle)


def test_a_preview_that_calls_itself_tiny(micro: Micro) -> None:
    with pytest.raises(QleapError, match=r"lower grade.*expected preview; got tiny"):
        gate_bundle(micro.bundle, required="preview")
    gate_bundle(micro.bundle, required="tiny")


def test_an_unsigned_bundle_is_no_release(micro: Micro) -> None:
    (gate,) = [result for result in gate_bundle(micro.bundle, grade="release").gates if result.measurement == SIGNED]
    assert (gate.value, gate.verdict) == (0.0, "fail")


def test_the_reports_of_a_bundle_are_what_its_model_gives(micro: Micro) -> None:
    assert recompute(micro.bundle, micro.stages["synthesize"]) > 50
    with pytest.raises(QleapError, match="no dataset here"):
        recompute(micro.bundle, micro.bundle)


def test_a_forgery_of_one_piece_is_measured_again(micro: Micro, bundle: Path) -> None:
    """Number, verdict and hashes fit one another: the gate alone cannot know."""
    report(lambda m: m.update(value=0.99, interval=None))(bundle)
    measurements = bundle_measurements(bundle) | {SIGNED: signed(False)}
    decide(load_thresholds(), "tiny", measurements).write(bundle / REPORTS / GATE_REPORT_NAME)
    repack(bundle)
    gate_bundle(bundle)
    with pytest.raises(QleapError, match=r"exercise\.accuracy: the report says value 0\.99, measured again 0\."):
        recompute(bundle, micro.stages["synthesize"])


# --- numbers ----------------------------------------------------------------------------------------------------------------
def good(gate: Gate) -> Measurement:
    """Return a measurement that passes, with an interval inside the bound."""
    low = gate.range()[0] if gate.min is None else gate.min
    high = gate.range()[1] if gate.max is None else gate.max
    value = low + 0.5 * (high - low)
    near = 0.25 * (high - low)
    return Measurement(name=gate.measurement, value=value, unit=gate.unit, interval=(value - near, value + near))


def worse(gate: Gate) -> float:
    """Return a number just beyond the bound."""
    return gate.max + 1e-6 * max(1.0, abs(gate.max)) if gate.max is not None else (gate.min or 0.0) - 1e-6


NUMBERS: dict[str, Callable[[Gate, dict[str, Any]], None]] = {
    "worse": lambda gate, m: m.update(value=worse(gate), interval=None),
    "its interval reaches beyond": lambda gate, m: m.update(interval=sorted([m["value"], worse(gate)])),
    "not measured": lambda gate, m: m.update(value=None, interval=None),
    "another unit": lambda gate, m: m.update(unit="s" if gate.unit != "s" else "mm"),
    "outside its interval": lambda gate, m: m.update(value=m["interval"][1] + 0.1),
    "impossible": lambda gate, m: m.update(value=gate.range()[0] - 1.0, interval=None),
    "another name": lambda gate, m: m.update(name="other"),
    "true": lambda gate, m: m.update(value=True, interval=None),
    "a text": lambda gate, m: m.update(value="0.5", interval=None),
    "an interval of texts": lambda gate, m: m.update(interval=["0", "9"]),
}
RELEASE_GATES = load_thresholds().of_grade("release")


def read_back(measurement: dict[str, Any]) -> dict[str, Measurement]:
    """Return what a report with this measurement gives."""
    document = MeasurementReport(title="t", package_sha256=OTHER, dataset_sha256=None, measurements=())
    content = json.loads(document.to_json()) | {"measurements": [measurement]}
    return {m.name: m for m in MeasurementReport.model_validate_json(json.dumps(content)).measurements}


@pytest.mark.parametrize("name", NUMBERS)
def test_no_forged_number_passes_any_gate_of_a_release(name: str) -> None:
    for gate in RELEASE_GATES:
        measurement = good(gate).model_dump(mode="json")
        assert decide_one(gate, read_back(measurement)[gate.measurement]).verdict == "pass", gate.measurement
        NUMBERS[name](gate, measurement)
        try:
            found = read_back(measurement).get(gate.measurement)
        except ValueError:
            continue  # the report cannot be read at all
        assert decide_one(gate, found).verdict != "pass", gate.measurement


def test_harmless_differences_change_no_verdict(micro: Micro) -> None:
    thresholds, measurements = load_thresholds(), bundle_measurements(micro.bundle)
    before = {result.measurement: result.verdict for result in decide(thresholds, "tiny", measurements).gates}
    for gate in thresholds.of_grade("tiny"):
        written = measurements[gate.measurement].model_dump(mode="json")
        reordered = dict(reversed(written.items())) | {"note": "another machine", "subjects": 7}
        again = decide(thresholds, "tiny", measurements | read_back(reordered))
        assert {result.measurement: result.verdict for result in again.gates} == before
