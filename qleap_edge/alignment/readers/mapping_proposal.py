"""Propose a mapping file for a table with an unknown header: columns by their names, units by names and by the first values.

What neither shows is left as ``"?"``, which the reader of mappings refuses by key, so a guess is never used unseen.
"""

import re

import numpy as np

from qleap_edge.alignment.readers.mapping import SCHEMA, SCHEMA_VERSION
from qleap_edge.alignment.readers.table import Table
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.frames import STANDARD_GRAVITY

UNKNOWN = "?"
_ROWS = 500  # of the file that are looked at for units
_INCREASING = 0.95  # share of the steps of a column of stamps that do not go back
_ALONG_GRAVITY, _ACROSS_GRAVITY = 0.7, 0.4  # median cosine to gravity, of total and of user acceleration
_AXIS = re.compile(r"(?<![a-z])([xyz])(?![a-z])|([xyz])$|^([xyz])(?=[_.\s]|acc|gyr|rot|mag|grav)")
_SENSORS = (
    ("magnetometer", r"mag|compass|tesla|ut\b"),
    ("attitude", r"quat|orient|attitude|euler|roll|pitch|yaw"),
    ("gravity", r"grav|grv"),
    ("gyroscope", r"gyr|rot|turn|spin|rad|deg|omega|angular|^[wgr][ _.]?[xyz]|dps"),
    ("user", r"user|linear|without|uacc|lacc"),
    ("total", r"acc|^a[ _.]?[xyz]|force|m/s"),
)
_TIME = re.compile(r"time|stamp|elapsed|second|epoch|^t$|^ts$|^t[ _(]|millis|^ms$", re.IGNORECASE)
_TIME_UNITS = (
    ("ns", r"nano|\bns\b|_ns"),
    ("us", r"micro|\bus\b|_us"),
    ("ms", r"milli|\bms\b|_ms"),
    ("s", r"second|elapsed|\bs\b|_s\b|sec"),
)

Triple = tuple[str, str, str]


def propose(table: Table) -> str:
    """Return the text of a mapping file, filled in as far as header and values tell."""
    head = Table(table.where, table.header, table.delimiter, table.header_line, table.lines[:_ROWS])
    sensors = _sensors(head)
    user, gravity = sensors.get("user"), sensors.get("gravity")
    acceleration = sensors.get("total", user)
    contains: bool | None = None
    if acceleration is not None:
        contains = "total" in sensors
        if contains and gravity is not None:  # then "acceleration" may mean either, as in the files of Sensor Logger
            contains = _follows(head, acceleration, gravity)
    gyroscope = sensors.get("gyroscope")
    lines = [f'schema = "{SCHEMA}"', f"schema_version = {SCHEMA_VERSION}", *_time(head), ""]
    norm = _median_norm(head, acceleration)
    lines += [
        "[acceleration]",
        _columns(acceleration),
        f"unit = {_quoted(_force_unit(acceleration, norm, contains))}  # g, mg or m/s^2",
        f"sign = {_quoted(UNKNOWN)}  # physical: points up at rest (Android, most sensors); apple: points down",
        f"contains_gravity = {_quoted(UNKNOWN) if contains is None else str(contains).lower()}  # true or false",
        "",
        "[gyroscope]",
        _columns(gyroscope),
        f"unit = {_quoted(_turn_unit(head, gyroscope))}  # rad/s or deg/s",
    ]
    if gravity is not None:
        unit = _force_unit(gravity, _median_norm(head, gravity), True)
        lines += ["", "[gravity]", _columns(gravity), f"unit = {_quoted(unit)}  # g, mg or m/s^2"]
    return "\n".join(lines) + "\n"


def summary(proposal: str) -> str:
    """Return the keys of a proposal on one line, without its comments."""
    lines = [line.split("  #")[0] for line in proposal.split("\n")[2:]]
    return " ".join(line for line in lines if line)


def _sensors(head: Table) -> dict[str, Triple]:
    """Return the first complete triple x, y, z of each sensor, by what the names say, else by the values.

    A triple whose name says nothing is the acceleration where its norm is one g in some unit; one more is the gyroscope.
    """
    groups: dict[str, dict[str, str]] = {}
    for name in head.header:
        low = name.lower()
        found = list(_AXIS.finditer(low))
        if not found:
            continue
        match = found[-1]
        axis = next(part for part in match.groups() if part)
        stem = low[: match.start()] + "*" + low[match.end() :]
        groups.setdefault(stem, {}).setdefault(axis, name)
    sensors: dict[str, Triple] = {}
    unnamed: list[Triple] = []
    for stem, axes in groups.items():
        if len(axes) == 3:
            plain = stem.replace("*", "x")
            kind = next((kind for kind, pattern in _SENSORS if re.search(pattern, plain)), None)
            columns = (axes["x"], axes["y"], axes["z"])
            if kind is None:
                unnamed.append(columns)
            else:
                sensors.setdefault(kind, columns)
    if "total" not in sensors and "user" not in sensors:
        forces = [columns for columns in unnamed if _force_unit(None, _median_norm(head, columns), None) != UNKNOWN]
        if len(forces) == 1:
            sensors["total"] = forces[0]
            unnamed.remove(forces[0])
    if "gyroscope" not in sensors and len(unnamed) == 1:
        sensors["gyroscope"] = unnamed[0]
    return sensors


def _time(head: Table) -> list[str]:
    """Return the lines about the stamps."""
    names = [name for name in head.header if _TIME.search(name)]
    names = names or [name for name in head.header if _time_unit_by_value(head, name)][:1]
    if not names:
        return [f"rate_hz = {_quoted(UNKNOWN)}  # no column of stamps was recognised: a number, or a table [time]"]
    name = min(names, key=lambda found: "elapsed" not in found.lower())
    unit = next((unit for unit, pattern in _TIME_UNITS if re.search(pattern, name.lower())), UNKNOWN)
    if unit in (UNKNOWN, "s"):
        unit = _time_unit_by_value(head, name) or unit
    return ["", "[time]", f"column = {_quoted(name)}", f"unit = {_quoted(unit)}  # s, ms, us or ns"]


def _time_unit_by_value(head: Table, name: str) -> str | None:
    """Return the unit in which the stamps step by 1 to 100 ms, as a watch's do."""
    try:
        steps = np.diff(head.numbers([name], limit=1e19)[:, 0])
    except InputDataError:
        return None
    if not len(steps) or float((steps >= 0).mean()) < _INCREASING:
        return None
    period = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)):
        if 1e-3 <= period * scale <= 0.1:
            return unit
    return None


def _median_norm(head: Table, columns: Triple | None) -> float | None:
    if columns is None:
        return None
    try:
        rows, _ = head.without_empty_rows(columns)
        return float(np.median(np.linalg.norm(rows.numbers(columns), axis=1)))
    except InputDataError:
        return None


def _follows(head: Table, acceleration: Triple, gravity: Triple) -> bool | None:
    """Return whether an acceleration lies along gravity, as it does if it contains gravity; None: cannot be told."""
    try:
        rows, _ = head.without_empty_rows((*acceleration, *gravity))
        force, down = rows.numbers(acceleration), rows.numbers(gravity)
    except InputDataError:
        return None
    lengths = np.linalg.norm(force, axis=1) * np.linalg.norm(down, axis=1)
    if not (lengths > 0.0).any():
        return None
    cosine = abs(float(np.median((force * down).sum(axis=1)[lengths > 0.0] / lengths[lengths > 0.0])))
    return True if cosine > _ALONG_GRAVITY else False if cosine < _ACROSS_GRAVITY else None


def _force_unit(columns: Triple | None, norm: float | None, contains: bool | None) -> str:
    """Return the unit by the name, else by the norm where gravity is in the values."""
    low = "" if columns is None else columns[0].lower().replace("²", "^2")
    if re.search(r"m/s\^?2|ms\^?-2|m_s2", low):
        return "m/s^2"
    if re.search(r"\(mg\)|\[mg\]|_mg\b", low):
        return "mg"
    if re.search(r"\(g\)|\[g\]|_g\b", low):
        return "g"
    if norm is None or contains is False:
        return UNKNOWN
    for unit, one in (("g", 1.0), ("m/s^2", STANDARD_GRAVITY), ("mg", 1000.0)):
        if 0.5 <= norm / one <= 2.0:
            return unit
    return UNKNOWN


def _turn_unit(head: Table, columns: Triple | None) -> str:
    """Return the unit by the name, else degrees where the values are beyond any watch in rad/s."""
    if columns is None:
        return UNKNOWN
    low = columns[0].lower()
    if "rad" in low:
        return "rad/s"
    if re.search(r"deg|dps|°", low):
        return "deg/s"
    try:
        rows, _ = head.without_empty_rows(columns)
        largest = float(np.max(np.abs(rows.numbers(columns))))
    except InputDataError:
        return UNKNOWN
    return "deg/s" if largest > 35.0 else UNKNOWN


def _columns(columns: Triple | None) -> str:
    shown = ", ".join(map(_quoted, columns or (UNKNOWN,) * 3))
    return f"columns = [{shown}]  # x to the crown side, y to 12 o'clock, z out of the glass"


def _quoted(text: str) -> str:
    """Return a TOML string."""
    escaped = "".join(
        f"\\u{ord(letter):04x}" if ord(letter) < 32 or ord(letter) == 127 else letter
        for letter in text.replace("\\", "\\\\").replace('"', '\\"')
    )
    return f'"{escaped}"'
