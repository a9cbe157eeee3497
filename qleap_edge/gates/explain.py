"""Everything that is known about one gate: its bound and why it is there, its number and how that was measured."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

from qleap_edge.core.errors import UsageError
from qleap_edge.gates.decide import decide_one, unit_behind
from qleap_edge.gates.thresholds import Gate, Thresholds
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.reporting.tables import number


def gates_named(thresholds: Thresholds, name: str) -> tuple[Gate, ...]:
    """Return the gates on a measurement; there may be one for each grade.

    Raises:
        UsageError: there is none; the message names those whose names are like it.
    """
    found = tuple(gate for gate in thresholds.gate if gate.measurement == name)
    if found:
        return found
    names = sorted({gate.measurement for gate in thresholds.gate})
    words = set(re.split(r"[._]", name))
    shared = {one: len(words & set(re.split(r"[._]", one))) for one in names}
    holding = sorted((one for one in names if name in one), key=lambda one: (not one.startswith(name), len(one)))
    alike = sorted((one for one in names if shared[one]), key=lambda one: (-shared[one], len(one)))
    like = (holding or alike)[:3] or get_close_matches(name, names, 3, 0.4)
    raise UsageError(
        "no gate bounds this measurement", where="--explain", expected="the name of a gate", got=name,
        next_step=f"name one of: {', '.join(like)}" if like else "`qleap gate BUNDLE` prints all names",
    )  # fmt: skip


def explanation(gate: Gate, measurements: Mapping[str, Measurement]) -> tuple[tuple[str, str], ...]:
    """Return what is known as pairs of a heading and a text."""
    measurement = measurements.get(gate.measurement)
    result, unit = decide_one(gate, measurement), unit_behind(gate)
    rows = [
        ("gate", gate.measurement),
        ("why the bound is there", gate.why),
        ("bound", f"{gate.bound()}{unit}"),
        ("grades", ", ".join(gate.grades)),
        ("what is judged", "the worse end of the 95 % interval" if gate.judges == "worse end" else "the value alone"),
        ("possible numbers", f"{gate.range()[0]:g} to {gate.range()[1]:g}{unit}"),
        ("verdict", result.verdict),
    ]
    if result.verdict != "pass":
        rows.append(("reason", result.reason))
    if measurement is not None:
        rows.append(("number", f"{number(measurement.value)}{unit}"))
        if measurement.interval is not None:
            rows.append(("95 % interval", f"{number(measurement.interval[0])} to {number(measurement.interval[1])}"))
        if measurement.baseline is not None:
            rows.append(("without any input", f"{number(measurement.baseline)}{unit}"))
        counted = ((measurement.subjects, "persons"), (measurement.sequences, "sequences"))
        rows += [("measured on", f"{count} {what}") for count, what in counted if count is not None]
        if measurement.note:
            rows.append(("how it was measured", measurement.note))
    return tuple(rows)
