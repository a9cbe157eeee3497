"""The report as tables of text, the same for the terminal and the page."""

from collections.abc import Iterable

from qleap_edge.dataset.report.document import CountRow, DatasetReport, ShareRow, Spread
from qleap_edge.dataset.report.literature import ENERGY_SHARES, WATCH_SOURCE
from qleap_edge.reporting.tables import DASH, Table, number, percent


def summary(report: DatasetReport) -> str:
    """Return the two most important results: the bounds that are missed, and the real figures outside the synthetic range."""
    short = [row.name for row in report.checks if row.verdict == "short"]
    known = sum(row.verdict != "unmeasured" for row in report.checks)
    first = f"{known - len(short)} of {known} measured bounds are kept"
    first += f"; short: {', '.join(short)}." if short else "."
    if report.real is None:
        return f"{first} No real person to compare with (--real)."
    total = sum(row.inside is not None for row in report.real.figures)
    if total == 0:
        return f"{first} There are no synthetic squats to compare the real ones with."
    if report.real.outside == 0:
        return f"{first} All {total} figures of the real squats lie inside the synthetic 1–99 % range."
    outside = dict.fromkeys(row.label for row in report.real.figures if row.inside is False)
    return (
        f"{first} OUTSIDE the synthetic 1–99 % range: {report.real.outside} of {total} figures of the real squats"
        f" ({'; '.join(outside)})."
    )


def check_table(report: DatasetReport) -> Table:
    """Return every bound with its verdict."""
    return Table(
        "Bounds",
        ("what", "value", "unit", "bound", "verdict", "note"),
        tuple((c.name, number(c.value, 6), c.unit, c.bound, c.verdict, c.note) for c in report.checks),
    )


def real_table(report: DatasetReport) -> Table | None:
    """Return every figure of every real repetition beside the synthetic range."""
    if report.real is None:
        return None
    rows = (
        (
            row.label,
            row.unit.replace("_", " "),
            row.wrist or "",
            str(row.repetition),
            number(row.real),
            *_three(row.synthetic),
            number(row.percentile, 3),
            DASH if row.inside is None else "inside" if row.inside else "outside",
        )
        for row in report.real.figures
    )
    return Table(
        f"Real squats against {report.real.figures[0].synthetic.count} synthetic repetitions"
        if report.real.figures
        else "Real squats: no whole repetition",
        ("figure", "unit", "wrist", "rep", "real", "1 %", "50 %", "99 %", "percentile", "verdict"),
        tuple(rows),
    )


def content_tables(report: DatasetReport) -> list[Table]:
    """Return the contents of the dataset: sequences, scores, postures, wear."""
    counts = Table(
        f"{report.sequences} sequences of {report.subjects} subjects, {report.minutes:.1f} min",
        ("content", "regime", "sequences", "minutes", "loaded"),
        tuple(_count_row(row) for row in report.counts),
    )
    scores = Table(
        "Form scores",
        ("score", "sequences", "share"),
        tuple((str(row.score), str(row.sequences), percent(row.share)) for row in report.scores),
    )
    return [counts, scores, _share_table("Postures", report.postures), _share_table("Wrist and crown", report.wear)]


def angle_table(report: DatasetReport, content: str) -> Table:
    """Return the joint-angle ranges of one content beside the literature and the real person."""
    rows = (
        (
            row.angle.replace("_", " "),
            *_three(row.spread),
            DASH if row.literature is None else f"{row.literature.low:g}–{row.literature.high:g}",
            percent(row.literature_share),
            number(row.real),
            "" if row.literature is None else row.literature.source,
        )
        for row in report.angles
        if row.content == content
    )
    return Table(
        f"Largest joint angles, {content} (degrees, by sequence)",
        ("angle", "1 %", "50 %", "99 %", "published", "inside it", "real", "source"),
        tuple(rows),
    )


def motion_table(report: DatasetReport) -> Table:
    """Return depth, tempo and repetitions of the contents that have any."""
    rows = (
        (row.content, _range(row.repetitions), _range(row.depth), _range(row.descent_s), _range(row.ascent_s))
        for row in report.motion
    )
    return Table(
        "Repetitions, median (1–99 %)",
        ("content", "repetitions", "depth (body heights)", "descent (s)", "ascent (s)"),
        tuple(rows),
    )


def ground_table(report: DatasetReport) -> Table:
    """Return feet and ground by content and regime."""
    rows = (
        (
            row.content,
            row.regime,
            number(row.force_mean),
            number(row.force_least, 3),
            number(row.force_most, 3),
            percent(row.force_pushing_share),
            percent(row.pressure_inside_share),
            number(row.slide_median_mm, 3),
            number(row.slide_95_mm, 3),
            number(row.slide_most_mm, 3),
        )
        for row in report.ground
    )
    return Table(
        "Feet and ground",
        (
            "content",
            "regime",
            "Fz/W mean",
            "min",
            "max",
            "Fz > 0",
            "COP inside",
            "slide 50 % (mm)",
            "95 %",
            "max",
        ),
        tuple(rows),
    )


def rest_table(report: DatasetReport) -> Table:
    """Return the norm of the specific force at rest."""
    rows = ((row.content, *_three(row.norm, 5), str(row.norm.count)) for row in report.rest)
    return Table(
        "Rest norm (m/s²): specific force over the quietest idle second",
        ("content", "1 %", "50 %", "99 %", "sequences"),
        tuple(rows),
    )


def gravity_table(report: DatasetReport) -> Table:
    """Return where gravity points in frame C of the left arm, by posture."""
    rows = (
        (
            row.posture.replace("_", " "),
            *(_range(axis) for axis in (row.x, row.y, row.z)),
            ", ".join(f"{part:+.2f}" for part in row.mean),
            number(row.apart_deg, 3),
            str(row.sequences),
        )
        for row in report.gravity
    )
    return Table(
        "Specific force at rest in frame C by posture (m/s²), median (1–99 %): 9.81 is up",
        (
            "posture",
            "x, hand",
            "y, little finger",
            "z, back of the hand",
            "mean direction",
            "apart (°)",
            "sequences",
        ),
        tuple(rows),
    )


def spectrum_table(report: DatasetReport, signal: str) -> Table:
    """Return the bandwidth of one wrist signal: synthetic, real watch, real person."""
    rows = (
        (
            row.source,
            row.of,
            *(number(row.below_hz.get(str(share)), 3) for share in ENERGY_SHARES),
            number(row.rms, 3),
            str(row.sequences or ""),
        )
        for row in report.spectra
        if row.signal == signal
    )
    unit = next((row.unit for row in report.spectra if row.signal == signal), "")
    return Table(
        f"Bandwidth, {signal.replace('_', ' ')}: Hz below which a share of the energy lies (watch: {WATCH_SOURCE})",
        ("source", "of", *(f"{share} %" for share in ENERGY_SHARES), f"rms ({unit})", "sequences"),
        tuple(rows),
    )


def _count_row(row: CountRow) -> tuple[str, ...]:
    return (row.content, row.regime, str(row.sequences), f"{row.minutes:.1f}", str(row.loaded))


def _share_table(title: str, rows: Iterable[ShareRow]) -> Table:
    names: dict[str, list[str]] = {}
    for row in rows:
        names.setdefault(row.content, []).append(f"{row.name} {row.sequences}")
    return Table(title, ("content", "sequences"), tuple((key, ", ".join(found)) for key, found in names.items()))


def _three(found: Spread, digits: int = 4) -> tuple[str, str, str]:
    return number(found.low, digits), number(found.median, digits), number(found.high, digits)


def _range(found: Spread) -> str:
    if found.median is None:
        return DASH
    return f"{number(found.median, 3)} ({number(found.low, 3)}–{number(found.high, 3)})"
