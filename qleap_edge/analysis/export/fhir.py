"""A session as a FHIR R4 Bundle: the device, one Observation a set, and one Observation a repetition.

The ``fhir.resources`` package has models of R4B (4.3.0), none of R4 (4.0.1). HL7 states that R4B changed nothing outside a
few other resources, so a document with the resources used here is valid in both or in neither
(https://hl7.org/fhir/R4B/r4b-explanation.html). Tests compare every element with a table of R4 itself.
"""

import re
from datetime import datetime
from statistics import mean

from qleap_edge import __version__
from qleap_edge.analysis.export.fhir_elements import (
    DATA_ABSENT_REASON,
    DEVICE,
    EXERCISE,
    EXPORT_IDENTIFIER,
    MEASURES,
    NAMED_BY,
    OBSERVATION_IDENTIFIER,
    WRIST,
    Element,
    component,
    concept,
    measure_component,
    note,
    quantity,
    reference,
    source_extension,
    uuid_of,
)
from qleap_edge.analysis.export.measures import REPETITION_MEASURES
from qleap_edge.analysis.export.recording_time import fhir_period
from qleap_edge.analysis.session_document import ExerciseStatement, RepetitionResult, SessionReport, SetResult
from qleap_edge.analysis.statements import WATCH_ARM_ONLY
from qleap_edge.core.errors import QleapError, UsageError
from qleap_edge.core.exercises import in_words
from qleap_edge.core.records import canonical_json

_PHYSICS = source_extension("physics")
_PATIENT = re.compile(
    r"(https?://[^\s#?]+/)?Patient/[A-Za-z0-9.-]{1,64}|urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
_NAMED_BY = {"network": "The network", "wearer": "The wearer", "nobody": "Nobody: the exercise is unknown"}


def fhir_text(report: SessionReport, *, patient: str | None = None, started: datetime | None = None) -> str:
    """Return the Bundle as canonical JSON; equal arguments give equal bytes.

    Args:
        report: the session, as :func:`~qleap_edge.analysis.session_file.read_session` returns it.
        patient: reference to the wearer's Patient resource, e.g. ``Patient/123``; None: the Observations have no subject.
        started: when the first row was recorded (UTC); None: the Observations have no effective time.

    Raises:
        UsageError: ``patient`` is no reference to a Patient.
        InputDataError: a time lies outside the calendar.
        QleapError: the Bundle is not valid, which is a defect of this function.
    """
    if patient is not None and _PATIENT.fullmatch(patient) is None:
        raise UsageError(
            "not a reference to a patient",
            where="--patient",
            expected="Patient/ID, the URL of a Patient, or urn:uuid:…",
            got=repr(patient),
            next_step="correct --patient",
        )
    bundle = _Writer(report, patient, started).bundle()
    _require_valid(bundle)
    return canonical_json(bundle)


def observation_status(report: SessionReport) -> str:
    """Return the status of every Observation: ``final`` only if the bundle that ran is of grade ``release``."""
    return "final" if report.grade == "release" else "preliminary"


class _Writer:
    """Builds the resources of one session."""

    def __init__(self, report: SessionReport, patient: str | None, started: datetime | None) -> None:
        self._report, self._patient, self._started = report, patient, started
        self._device = uuid_of(f"qleap-edge {__version__}, package {report.package_sha256}, grade {report.grade}")

    def bundle(self) -> Element:
        """Return the Bundle; a session without sets gives one that holds the device only."""
        resources = [self._device_resource()]
        for number, one in enumerate(self._report.sets, start=1):
            names = [f"set-{number}/repetition-{row}" for row in range(1, len(one.repetitions) + 1)]
            resources.append(self._set(number, one, names))
            resources += map(self._repetition, names, one.repetitions)
        identity = uuid_of(f"export of {self._report.recording_sha256}")
        return {
            "resourceType": "Bundle",
            "id": str(identity),
            "identifier": {"system": EXPORT_IDENTIFIER, "value": str(identity)},
            "type": "collection",
            "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in resources],
        }

    def _device_resource(self) -> Element:
        report = self._report
        return {
            "resourceType": "Device",
            "id": str(self._device),
            "deviceName": [{"name": "qleap-edge", "type": "user-friendly-name"}],
            "type": concept(DEVICE, "wrist-imu-analysis", "Software that analyses a recording of a wrist watch"),
            "version": [
                {"type": concept(DEVICE, "software", "Version of qleap-edge that exported"), "value": __version__},
                {
                    "type": concept(DEVICE, "package-sha256", "SHA-256 of the network's package"),
                    "value": report.package_sha256,
                },
            ],
            "property": [
                {
                    "type": concept(DEVICE, "grade", "Grade of the bundle"),
                    "valueCode": [concept(f"{DEVICE}-grade", report.grade, report.grade)],
                }
            ],
        }

    def _observation(self, name: str, span: tuple[float, float], code: Element) -> Element:
        """Return what every Observation has; ``name`` is its place in the session."""
        report = self._report
        full_name = f"{report.recording_sha256}/{name}"
        found: Element = {
            "resourceType": "Observation",
            "id": str(uuid_of(full_name)),
            "identifier": [{"system": OBSERVATION_IDENTIFIER, "value": full_name}],
            "status": observation_status(report),
            "code": code,
            "device": reference(self._device),
        }
        if self._patient is not None:
            found["subject"] = {"reference": self._patient}
        if self._started is not None:
            found["effectivePeriod"] = fhir_period(self._started, *span)
        if report.wear.source == "given":
            side = str(report.wear.wrist)
            found["bodySite"] = concept(WRIST, side, f"{side} wrist")
        return found

    def _set(self, number: int, one: SetResult, names: list[str]) -> Element:
        code = concept(MEASURES, "repetition-count", "Number of repetitions in a set")
        found = self._observation(f"set-{number}", (one.start_s, one.end_s), code)
        found["extension"] = [_PHYSICS]
        found["valueInteger"] = len(one.repetitions)
        texts = [*self._report.warnings, *(item.message for item in one.disagreements), one.exercise.why_unknown or ""]
        texts += [WATCH_ARM_ONLY] if one.watch_arm_only else []
        notes = [item for item in map(note, texts) if item is not None]
        if notes:
            found["note"] = notes
        if names:
            found["hasMember"] = [reference(uuid_of(f"{self._report.recording_sha256}/{name}")) for name in names]
        found["component"] = _set_components(one)
        return found

    def _repetition(self, name: str, one: RepetitionResult) -> Element:
        code = concept(MEASURES, "repetition", "One repetition of an exercise")
        found = self._observation(name, (one.start_s, one.end_s), code)
        number = int(name.rpartition("-")[2])
        measures = ((each, getattr(one, each.field)) for each in REPETITION_MEASURES)
        found["component"] = [
            component("repetition-number", "Number of the repetition in its set", {"valueInteger": number}, _PHYSICS),
            component(
                "partial-repetition", "Less than 70 % of the usual range", {"valueBoolean": one.partial}, _PHYSICS
            ),
            *(
                measure_component(each.code, each.display, measure, each.ucum)
                for each, measure in measures
                if measure is not None
            ),
        ]
        return found


def _set_components(one: SetResult) -> list[Element]:
    parts = _exercise(one.exercise)
    ranges = [repetition.range_of_motion_m for repetition in one.repetitions]
    if ranges:
        sources = {measure.source for measure in ranges}
        value: Element = {"valueQuantity": quantity(mean(measure.value for measure in ranges), "m")}
        source = source_extension(sources.pop() if len(sources) == 1 else "both")
        parts.append(component("mean-range-of-motion", "Mean vertical range of motion of the wrist", value, source))
    if (loss := one.velocity_loss_percent) is not None:
        display = "Loss of mean concentric velocity from the fastest repetition to the last one"
        parts.append(measure_component("velocity-loss", display, loss, "%"))
    return parts


def _exercise(exercise: ExerciseStatement) -> list[Element]:
    """Return the exercise, who named it, and its probability; an unknown exercise has no value but a reason for that."""
    display = "Exercise"
    named_by = concept(NAMED_BY, exercise.named_by, _NAMED_BY[exercise.named_by])
    if exercise.name == "unknown":
        value: Element = {"dataAbsentReason": concept(DATA_ABSENT_REASON, "unknown", "Unknown")}
        parts = [component("exercise", display, value)]
    else:
        value = {"valueCodeableConcept": concept(EXERCISE, exercise.name, in_words(exercise.name))}
        parts = [component("exercise", display, value, source_extension(exercise.named_by))]
    parts.append(component("exercise-named-by", "Who named the exercise", {"valueCodeableConcept": named_by}))
    if exercise.name != "unknown" and exercise.probability is not None:
        probability: Element = {"valueQuantity": quantity(exercise.probability, "1")}
        network = source_extension("network")
        parts.append(component("exercise-probability", "Probability of the exercise", probability, network))
    return parts


def _require_valid(bundle: Element) -> None:
    """Check the Bundle with the models of ``fhir.resources``."""
    from fhir.resources.R4B.bundle import Bundle
    from pydantic import ValidationError

    try:
        Bundle.model_validate(bundle)
    except ValidationError as problem:
        first = problem.errors()[0]
        raise QleapError(
            f"the export is not valid FHIR ({first['msg']})",
            where=".".join(str(part) for part in first["loc"]),
            next_step="run again with --debug and report it",
        ) from problem
