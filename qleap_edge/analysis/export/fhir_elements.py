"""The parts of FHIR R4 resources that the export writes: codes, quantities, references, and our own two extensions.

Everything is a plain dictionary, as it stands in the JSON. The names under ``quantumleap.example`` are names only: nothing
can be fetched there. ``docs/recordings.md`` says what each code means.
"""

from typing import TypeAlias
from uuid import NAMESPACE_URL, UUID, uuid5

from qleap_edge.analysis.session_document import Measure

Element: TypeAlias = dict[str, object]

OWN = "https://quantumleap.example/fhir"
MEASURES = f"{OWN}/CodeSystem/watch-measures"
EXERCISE = f"{OWN}/CodeSystem/exercise"
NAMED_BY = f"{OWN}/CodeSystem/named-by"
SOURCE = f"{OWN}/CodeSystem/value-source"
WRIST = f"{OWN}/CodeSystem/watch-wrist"
DEVICE = f"{OWN}/CodeSystem/device"
SOURCE_EXTENSION = f"{OWN}/StructureDefinition/value-source"
INTERVAL_EXTENSION = f"{OWN}/StructureDefinition/interval-90"
EXPORT_IDENTIFIER = f"{OWN}/NamingSystem/session-export"
OBSERVATION_IDENTIFIER = f"{OWN}/NamingSystem/observation"
UCUM = "http://unitsofmeasure.org"
DATA_ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
"""Of FHIR itself: https://hl7.org/fhir/R4/codesystem-data-absent-reason.html."""

_NAMES = uuid5(NAMESPACE_URL, OWN)
_DECIMALS = 6


def uuid_of(name: str) -> UUID:
    """Return the same UUID (version 5, RFC 4122) for the same name, for ever."""
    return uuid5(_NAMES, name)


def concept(system: str, code: str, display: str) -> Element:
    """Return a CodeableConcept with one code, and its display as the text."""
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def quantity(value: float, ucum: str) -> Element:
    """Return a Quantity; six decimals, so a micrometre, are kept, and -0 becomes 0."""
    return {"value": round(value, _DECIMALS) + 0.0, "unit": ucum, "system": UCUM, "code": ucum}


def reference(identity: UUID) -> Element:
    """Return a Reference to another entry of the same Bundle, by its ``fullUrl``."""
    return {"reference": f"urn:uuid:{identity}"}


def source_extension(source: str) -> Element:
    """Return the extension that says where a value comes from: ``physics``, ``network``, ``both`` or ``wearer``."""
    return {"url": SOURCE_EXTENSION, "valueCoding": {"system": SOURCE, "code": source}}


def interval_extension(measure: Measure, ucum: str) -> Element:
    """Return the extension with the 90 % interval of a value, as a Range.

    R4's own ``referenceRange`` is not used: it is "guidance on how to interpret the value by comparison to a normal or
    recommended range", so a system would show a value inside its own interval as normal.

    Source: HL7 FHIR R4 (4.0.1), Observation.referenceRange, https://hl7.org/fhir/R4/observation-definitions.html.
    """
    return {
        "url": INTERVAL_EXTENSION,
        "valueRange": {"low": quantity(measure.low, ucum), "high": quantity(measure.high, ucum)},
    }


def component(code: str, display: str, value: Element, *extensions: Element) -> Element:
    """Return a component of an Observation; ``value`` is one ``value[x]``, or a ``dataAbsentReason``."""
    own: Element = {"extension": list(extensions)} if extensions else {}
    return {**own, "code": concept(MEASURES, code, display), **value}


def measure_component(code: str, display: str, measure: Measure, ucum: str) -> Element:
    """Return a component with a measured quantity, its source and its interval."""
    value: Element = {"valueQuantity": quantity(measure.value, ucum)}
    return component(code, display, value, source_extension(measure.source), interval_extension(measure, ucum))


def note(text: str) -> Element | None:
    """Return an Annotation; None for a text without content, which FHIR forbids. Control characters become spaces."""
    kept = "".join(letter if letter.isprintable() else " " for letter in text).strip()
    return {"text": kept} if kept else None
