"""Which elements FHIR R4 (4.0.1) has, for the types that the export uses, and a checker that needs no FHIR library.

Taken from the element tables of https://hl7.org/fhir/R4/ (bundle, observation, device, datatypes, extensibility), not from
``fhir.resources``, whose models are those of R4B and check neither required codes nor the kind of what is referred to.
"""

import re
from decimal import Decimal

CHOICES = {
    "value": (
        "Quantity", "CodeableConcept", "string", "boolean", "integer", "Range", "Ratio", "SampledData", "time", "dateTime",
        "Period",
    ),
    "effective": ("dateTime", "Period", "Timing", "instant"),
}  # fmt: skip
ELEMENT = {"id": "string", "extension": "Extension*"}
BACKBONE = {**ELEMENT, "modifierExtension": "Extension*"}
DOMAIN_RESOURCE = {
    "id": "id", "meta": "Meta", "implicitRules": "uri", "language": "code", "text": "Narrative", "contained": "Resource*",
    "extension": "Extension*", "modifierExtension": "Extension*",
}  # fmt: skip
ELEMENTS = {
    "Bundle": {
        "id": "id", "meta": "Meta", "implicitRules": "uri", "language": "code",
        "identifier": "Identifier", "type": "code!", "timestamp": "instant", "total": "unsignedInt", "link": "BundleLink*",
        "entry": "BundleEntry*", "signature": "Signature",
    },
    "BundleEntry": {
        **BACKBONE, "link": "BundleLink*", "fullUrl": "uri", "resource": "Resource", "search": "BundleEntrySearch",
        "request": "BundleEntryRequest", "response": "BundleEntryResponse",
    },
    "Device": {
        **DOMAIN_RESOURCE, "identifier": "Identifier*", "definition": "Reference", "udiCarrier": "DeviceUdiCarrier*",
        "status": "code", "statusReason": "CodeableConcept*", "distinctIdentifier": "string", "manufacturer": "string",
        "manufactureDate": "dateTime", "expirationDate": "dateTime", "lotNumber": "string", "serialNumber": "string",
        "deviceName": "DeviceName*", "modelNumber": "string", "partNumber": "string", "type": "CodeableConcept",
        "specialization": "DeviceSpecialization*", "version": "DeviceVersion*", "property": "DeviceProperty*",
        "patient": "Reference", "owner": "Reference", "contact": "ContactPoint*", "location": "Reference", "url": "uri",
        "note": "Annotation*", "safety": "CodeableConcept*", "parent": "Reference",
    },
    "DeviceName": {**BACKBONE, "name": "string!", "type": "code!"},
    "DeviceVersion": {**BACKBONE, "type": "CodeableConcept", "component": "Identifier", "value": "string!"},
    "DeviceProperty": {**BACKBONE, "type": "CodeableConcept!", "valueQuantity": "Quantity*", "valueCode": "CodeableConcept*"},
    "Observation": {
        **DOMAIN_RESOURCE, "identifier": "Identifier*", "basedOn": "Reference*", "partOf": "Reference*", "status": "code!",
        "category": "CodeableConcept*", "code": "CodeableConcept!", "subject": "Reference", "focus": "Reference*",
        "encounter": "Reference", "effective[x]": "", "issued": "instant", "performer": "Reference*", "value[x]": "",
        "dataAbsentReason": "CodeableConcept", "interpretation": "CodeableConcept*", "note": "Annotation*",
        "bodySite": "CodeableConcept", "method": "CodeableConcept", "specimen": "Reference", "device": "Reference",
        "referenceRange": "ObservationReferenceRange*", "hasMember": "Reference*", "derivedFrom": "Reference*",
        "component": "ObservationComponent*",
    },
    "ObservationComponent": {
        **BACKBONE, "code": "CodeableConcept!", "value[x]": "", "dataAbsentReason": "CodeableConcept",
        "interpretation": "CodeableConcept*", "referenceRange": "ObservationReferenceRange*",
    },
    "CodeableConcept": {**ELEMENT, "coding": "Coding*", "text": "string"},
    "Coding": {
        **ELEMENT, "system": "uri", "version": "string", "code": "code", "display": "string", "userSelected": "boolean",
    },
    "Quantity": {
        **ELEMENT, "value": "decimal", "comparator": "code", "unit": "string", "system": "uri", "code": "code",
    },
    "Range": {**ELEMENT, "low": "Quantity", "high": "Quantity"},
    "Period": {**ELEMENT, "start": "dateTime", "end": "dateTime"},
    "Reference": {
        **ELEMENT, "reference": "string", "type": "uri", "identifier": "Identifier", "display": "string",
    },
    "Identifier": {
        **ELEMENT, "use": "code", "type": "CodeableConcept", "system": "uri", "value": "string", "period": "Period",
        "assigner": "Reference",
    },
    "Annotation": {
        **ELEMENT, "authorReference": "Reference", "authorString": "string", "time": "dateTime", "text": "markdown!",
    },
    "Extension": {**ELEMENT, "url": "uri!", "valueCoding": "Coding", "valueRange": "Range"},
}  # fmt: skip
"""Type → element → its type; ``*``: a list, ``!``: required, ``[x]``: one of :data:`CHOICES`."""
REQUIRED_CODES = {
    ("Bundle", "type"): {
        "document", "message", "transaction", "transaction-response", "batch", "batch-response", "history", "searchset",
        "collection",
    },
    ("Observation", "status"): {
        "registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown",
    },
    ("DeviceName", "type"): {
        "udi-label-name", "user-friendly-name", "patient-reported-name", "manufacturer-name", "model-name", "other",
    },
}  # fmt: skip
_DATE_TIME = (
    r"([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1])"
    r"(T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00)))?)?)?"
)
PATTERNS = {
    "id": r"[A-Za-z0-9\-\.]{1,64}", "uri": r"\S+", "code": r"[^\s]+(\s[^\s]+)*", "string": r"(?s)(?=.*\S).{1,1048576}",
    "markdown": r"(?s)(?=.*\S).{1,1048576}", "dateTime": _DATE_TIME,
    "decimal": r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?",
}  # fmt: skip
"""Primitive → its regular expression in https://hl7.org/fhir/R4/datatypes.html; texts must hold something that is not white."""


def require_r4(kind: str, value: object, where: str = "") -> None:
    """Check one value and everything in it against R4: elements, cardinality, required codes, primitives, invariants."""
    if kind in PATTERNS:
        text = str(value) if kind == "decimal" else value
        assert isinstance(text, str) and re.fullmatch(PATTERNS[kind], text), (where, kind, value)
        assert kind != "decimal" or isinstance(value, Decimal | int), (where, value)
        return
    if kind in ("boolean", "integer"):
        assert type(value) is {"boolean": bool, "integer": int}[kind], (where, value)
        assert kind == "boolean" or -(2**31) <= int(str(value)) < 2**31, (where, value)
        return
    assert isinstance(value, dict) and value, (where, "an element is never empty (ele-1)")
    kind = str(value["resourceType"]) if kind == "Resource" else kind
    allowed = _allowed(kind)
    for name, child in value.items():
        place = f"{where}.{name}"
        if name == "resourceType":
            assert child == kind
            continue
        assert name in allowed, f"{place}: no element of {kind} in R4"
        many = allowed[name].endswith("*")
        assert isinstance(child, list) == many and child != [], (place, "cardinality")
        for item in child if many else [child]:
            require_r4(allowed[name].rstrip("*!"), item, place)
        assert child in REQUIRED_CODES.get((kind, name), {child}) if isinstance(child, str) else True, place
    assert {name for name, child in allowed.items() if child.endswith("!")} <= value.keys(), (where, "required")
    _require_invariants(kind, value, where)


def _allowed(kind: str) -> dict[str, str]:
    found = {name: child for name, child in ELEMENTS[kind].items() if not name.endswith("[x]")}
    for name in ELEMENTS[kind].keys() - found.keys():
        stem = name.removesuffix("[x]")
        found |= {f"{stem}{choice[0].upper()}{choice[1:]}": choice for choice in CHOICES[stem]}
    return found


def _require_invariants(kind: str, value: dict[str, object], where: str) -> None:
    """Check the invariants of R4 that the used types have."""
    for stem in ("value", "effective"):
        named = [name for name in value if re.fullmatch(f"{stem}[A-Z].*", name)]
        assert len(named) <= 1 or kind == "DeviceProperty", (where, "one of value[x]")
        if stem == "value" and kind in ("Observation", "ObservationComponent"):
            assert not (named and "dataAbsentReason" in value), (where, "obs-6")
        if stem == "value" and kind == "Extension":
            assert len(named) + ("extension" in value) == 1, (where, "ext-1")
    if kind == "Quantity":
        assert "code" not in value or "system" in value, (where, "qty-3")
    if kind == "Range":
        low, high = value["low"], value["high"]
        assert isinstance(low, dict) and isinstance(high, dict)
        assert low["value"] <= high["value"], (where, "rng-2")
        assert low["code"] == high["code"] and "comparator" not in low.keys() | high.keys(), where
    if kind == "Period":
        assert str(value["start"]) <= str(value["end"]), (where, "per-1; all times are in UTC and of one length")
    if kind == "Bundle":
        _require_bundle(value)


def _require_bundle(bundle: dict[str, object]) -> None:
    entries = bundle.get("entry", [])
    assert isinstance(entries, list)
    resources = {entry["fullUrl"]: entry["resource"] for entry in entries}
    assert len(resources) == len(entries), "bdl-7: fullUrl is unique"
    assert not {"total", "link"} & bundle.keys(), "bdl-1"
    for url, resource in resources.items():
        assert url == f"urn:uuid:{resource['id']}" and "/_history/" not in url, "bdl-8"
        if resource["resourceType"] == "Observation":
            assert resources[resource["device"]["reference"]]["resourceType"] == "Device"
            for member in resource.get("hasMember", []):
                assert resources[member["reference"]]["resourceType"] == "Observation"
            own = {(one["system"], one["code"]) for one in resource["code"]["coding"]}
            for part in resource.get("component", []):
                codes = {(one["system"], one["code"]) for one in part["code"]["coding"]}
                assert not own & codes or not any(name.startswith("value") for name in resource), "obs-7"
