"""The Bundle, read back by ``fhir.resources`` and checked against the element tables of R4."""

import json
import sys
from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from qleap_edge import __version__
from qleap_edge.analysis.export import fhir_elements
from qleap_edge.analysis.export.fhir import fhir_text
from qleap_edge.analysis.export.measures import REPETITION_MEASURES
from qleap_edge.analysis.export.recording_time import recording_start
from qleap_edge.analysis.session_document import Measure, SessionReport
from qleap_edge.core.errors import QleapError, UsageError
from tests.support.fhir_r4 import require_r4
from tests.support.session_reports import PACKAGE_SHA256, RECORDING_SHA256, example, exercise_set, session


def exported(report: SessionReport, **options: Any) -> dict[str, Any]:
    """Return the export as an independent reader sees it, after both checks."""
    text = fhir_text(report, **options)
    Bundle.model_validate_json(text)
    bundle = json.loads(text, parse_float=Decimal)
    require_r4("Bundle", bundle)
    return bundle


def resources(bundle: dict[str, Any], code: str) -> list[dict[str, Any]]:
    found = (entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Observation")
    return [one for one in found if one["code"]["coding"][0]["code"] == code]


def components(observation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["code"]["coding"][0]["code"]: one for one in observation["component"]}


def source_of(element: dict[str, Any]) -> str:
    urls = {one["url"]: one for one in element["extension"]}
    return urls[fhir_elements.SOURCE_EXTENSION]["valueCoding"]["code"]


def test_a_set_holds_its_count_and_refers_to_its_repetitions() -> None:
    bundle = exported(example())
    first, second = resources(bundle, "repetition-count")
    assert (first["valueInteger"], second["valueInteger"]) == (3, 1)
    assert source_of(first) == "physics"
    by_url = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    members = [by_url[one["reference"]] for one in first["hasMember"]]
    assert [components(one)["repetition-number"]["valueInteger"] for one in members] == [1, 2, 3]
    assert [components(one)["partial-repetition"]["valueBoolean"] for one in members] == [False, True, False]
    parts = components(first)
    assert parts["mean-range-of-motion"]["valueQuantity"]["value"] == Decimal("0.46")
    assert parts["velocity-loss"]["valueQuantity"]["code"] == "%"
    assert "velocity-loss" not in components(second)
    assert [one["text"] for one in first["note"]] == [
        "grade preview: no figure here may guide anybody",
        "the network sees 0.30 m, the wrist says 0.42 m",
    ]


def test_the_mean_of_the_largest_numbers_is_finite() -> None:
    greatest = Measure(value=sys.float_info.max, low=0.0, high=sys.float_info.max, source="both")
    one = exercise_set(1.0, None, (0.4, 0.4, 0.4))
    many = tuple(each.model_copy(update={"range_of_motion_m": greatest}) for each in one.repetitions)
    (found,) = resources(exported(session(one.model_copy(update={"repetitions": many}))), "repetition-count")
    mean = components(found)["mean-range-of-motion"]
    assert float(mean["valueQuantity"]["value"]) == pytest.approx(sys.float_info.max) and source_of(mean) == "both"


def test_every_measure_has_its_unit_its_source_and_its_interval() -> None:
    report = example()
    for found, truth in zip(resources(exported(report), "repetition")[:3], report.sets[0].repetitions, strict=True):
        parts = components(found)
        for one in REPETITION_MEASURES:
            measure = getattr(truth, one.field)
            assert (one.code in parts) == (measure is not None)
            if measure is None:
                continue
            part = parts[one.code]
            extension = {item["url"]: item for item in part["extension"]}
            interval = extension[fhir_elements.INTERVAL_EXTENSION]["valueRange"]
            values = (part["valueQuantity"], interval["low"], interval["high"])
            assert [float(item["value"]) for item in values] == pytest.approx(
                [measure.value, measure.low, measure.high], abs=5e-7
            )
            assert {(item["system"], item["code"]) for item in values} == {("http://unitsofmeasure.org", one.ucum)}
            assert source_of(part) == measure.source


def test_no_value_stands_without_its_source() -> None:
    bundle = exported(example())
    for entry in bundle["entry"][1:]:
        for code, part in components(entry["resource"]).items():
            if "dataAbsentReason" not in part and code != "exercise-named-by":
                assert source_of(part) in ("physics", "network", "both", "wearer"), code


def test_an_unknown_exercise_has_a_reason_and_no_value() -> None:
    known, unknown = (components(one) for one in resources(exported(example()), "repetition-count"))
    assert known["exercise"]["valueCodeableConcept"]["coding"][0]["code"] == "squat"
    assert source_of(known["exercise"]) == source_of(known["exercise-probability"]) == "network"
    assert known["exercise-probability"]["valueQuantity"] == {
        "value": Decimal("0.93"), "unit": "1", "system": "http://unitsofmeasure.org", "code": "1",
    }  # fmt: skip
    coding = unknown["exercise"]["dataAbsentReason"]["coding"][0]
    assert (coding["system"], coding["code"]) == (
        "http://terminology.hl7.org/CodeSystem/data-absent-reason",
        "unknown",
    )
    assert not [name for name in unknown["exercise"] if name.startswith("value")]
    assert "exercise-probability" not in unknown
    assert unknown["exercise-named-by"]["valueCodeableConcept"]["coding"][0]["code"] == "nobody"


@pytest.mark.parametrize(
    ("grade", "status"), [("tiny", "preliminary"), ("preview", "preliminary"), ("release", "final")]
)
def test_only_a_release_gives_final_observations(grade: Any, status: str) -> None:
    bundle = exported(session(exercise_set(1.0, "squat", (0.5, 0.5)), grade=grade))
    assert {entry["resource"]["status"] for entry in bundle["entry"][1:]} == {status}


def test_the_device_names_the_software_and_the_package() -> None:
    device = exported(example())["entry"][0]["resource"]
    assert device["deviceName"][0]["name"] == "qleap-edge"
    assert [one["value"] for one in device["version"]] == [__version__, PACKAGE_SHA256]
    assert device["property"][0]["valueCode"][0]["coding"][0]["code"] == "preview"


def test_subject_and_time_are_there_only_where_they_are_known() -> None:
    report = example()
    bare = exported(report)["entry"][1]["resource"]
    assert not {"subject", "effectivePeriod"} & bare.keys()
    full = exported(report, patient="Patient/123", started=recording_start(report))["entry"]
    assert {entry["resource"]["subject"]["reference"] for entry in full[1:]} == {"Patient/123"}
    assert full[1]["resource"]["effectivePeriod"] == {
        "start": "2026-03-01T17:30:10.250Z",
        "end": "2026-03-01T17:30:18.750Z",
    }


def test_the_wrist_is_named_only_if_the_wear_was_given() -> None:
    report = example()
    assert exported(report)["entry"][1]["resource"]["bodySite"]["text"] == "left wrist"
    assumed = report.model_copy(update={"wear": report.wear.model_copy(update={"source": "assumed"})})
    assert "bodySite" not in exported(assumed)["entry"][1]["resource"]


def test_equal_sessions_give_equal_bytes_and_ids_stay() -> None:
    assert fhir_text(example()) == fhir_text(example())
    other = exported(example().model_copy(update={"package_sha256": "d4" * 32, "warnings": ()}))
    same = exported(example())
    assert [entry["fullUrl"] for entry in other["entry"][1:]] == [entry["fullUrl"] for entry in same["entry"][1:]]
    assert other["entry"][0]["fullUrl"] != same["entry"][0]["fullUrl"]
    assert same["entry"][1]["fullUrl"] == "urn:uuid:cd36c817-a772-5d43-ad72-202fba9ae2a9"
    assert same["entry"][1]["resource"]["identifier"][0]["value"] == f"{RECORDING_SHA256}/set-1"


def test_neither_path_nor_clock_is_in_the_file() -> None:
    text = fhir_text(example())
    assert "recordings/one.csv" not in text and "timestamp" not in text and "issued" not in text


def test_a_session_without_sets_is_a_bundle_with_the_device() -> None:
    assert [entry["resource"]["resourceType"] for entry in exported(session())["entry"]] == ["Device"]


@pytest.mark.parametrize(
    "patient", ["", "123", "Patient/", "Group/1", "Patient/a b", "http://x/Patient/1?q=1", "Patient/1\n"]
)
def test_what_is_no_patient_is_refused(patient: str) -> None:
    with pytest.raises(UsageError, match="not a reference to a patient"):
        fhir_text(example(), patient=patient)


@pytest.mark.parametrize(
    "patient",
    ["Patient/123", "https://clinic.example/fhir/Patient/a-1.b", "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7"],
)
def test_what_is_a_patient_is_taken(patient: str) -> None:
    assert exported(example(), patient=patient)["entry"][1]["resource"]["subject"] == {"reference": patient}


def test_a_bundle_that_is_not_valid_is_never_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qleap_edge.analysis.export.fhir.observation_status", lambda _: ["final"])
    with pytest.raises(QleapError, match="not valid FHIR"):
        fhir_text(example())


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(triggeredBy=[]),
        lambda one: one.update(bodyStructure={"reference": "BodyStructure/1"}),
        lambda one: one.update(status="done"),
        lambda one: one.update(hasMember=[]),
        lambda one: one.update(dataAbsentReason={"text": "x"}),
        lambda one: one.update(effectivePeriod={"start": "2026-03-01T17:30:10", "end": "2026-03-01T17:30:11"}),
        lambda one: one["component"][0].update(code=one["code"], valueInteger=1),
        lambda one: one.pop("code"),
    ],
    ids=["R5 element", "R5 element 2", "code", "empty list", "obs-6", "no zone", "obs-7", "required"],
)
def test_the_table_of_r4_refuses_what_is_not_r4(change: Any) -> None:
    bundle = exported(example())
    change(bundle["entry"][1]["resource"])
    with pytest.raises(AssertionError):
        require_r4("Bundle", bundle)
