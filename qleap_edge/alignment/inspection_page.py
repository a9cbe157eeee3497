"""The page of ``qleap watch inspect --html``: whether a recording can be used, and everything from which that follows."""

from pathlib import Path, PurePath

from qleap_edge.alignment.findings import Finding, Level
from qleap_edge.alignment.identities import gravity_turn
from qleap_edge.alignment.inspection_plots import (
    identity_plot,
    model_input_plots,
    norm_plot,
    sampling_plot,
    spectrum_plot,
)
from qleap_edge.alignment.report import InspectionReport, inspection_report
from qleap_edge.alignment.stream import AlignedRecording
from qleap_edge.core.output_paths import marked_file, write_output
from qleap_edge.reporting.interactive_page import (
    InteractivePage,
    InteractiveSection,
    Statement,
    Tone,
    render_interactive_page,
)
from qleap_edge.reporting.tables import DASH, Table, number
from qleap_edge.reporting.thinning import THINNING_NOTE

_MARK = "qleap-edge: inspection of a recording"
INSPECTION_PAGE_FILE = marked_file("a page of an inspected recording", b"<!doctype html>", _MARK.encode())

_WORDS: dict[Level, str] = {"pass": "ok", "info": "open", "warn": "note", "fail": "FAIL"}
_TONES: dict[Level, Tone] = {"pass": "good", "info": "good", "warn": "warning", "fail": "bad"}
_NO_BREAK = "\u00a0"  # a unit stays on the line of its number
_CLOCKS = {"sensor": "the sensor", "wall": "the app", "given": "a rate"}


def inspection_page(aligned: AlignedRecording) -> str:
    """Return the page as HTML; equal recordings give equal pages, wherever the file lies."""
    report = inspection_report(aligned)
    name = PurePath(report.source.path).name
    return render_interactive_page(
        InteractivePage(
            mark=_MARK,
            title=f"{name}: inspection",
            heading=f"Inspection of {name}",
            statements=(_verdict(report),),
            origin=_origin(report),
            sections=(
                InteractiveSection("Checks", tables=(_checks(report.findings),)),
                _clock_section(aligned, report),
                _values_section(aligned),
                _wear_section(report),
                _model_section(aligned, report),
            ),
            notes=(
                "ok: the check passes. note: know this before you use the recording. FAIL: the recording must not reach the "
                "model. open: the recording holds nothing from which the check could be made.",
                THINNING_NOTE,
                "Every check was computed from all rows.",
            ),
        )
    )


def write_inspection_page(aligned: AlignedRecording, out: Path) -> None:
    """Write the page atomically, also of a recording that fails.

    Raises:
        UsageError: another file lies there.
        InputDataError: the file cannot be written.
    """
    write_output(out, inspection_page(aligned).encode(), INSPECTION_PAGE_FILE)


def _verdict(report: InspectionReport) -> Statement:
    failures = [found for found in report.findings if found.level == "fail"]
    notes = [found for found in report.findings if found.level == "warn"]
    if failures:
        text = f"This recording cannot be used: {_of(failures, report)} {'fails' if len(failures) == 1 else 'fail'}."
    elif notes:
        text = f"This recording can be used; {_of(notes, report)} {'gives' if len(notes) == 1 else 'give'} a note."
    else:
        text = "This recording can be used: no check fails or gives a note."
    details = (
        *(f"FAIL: {found.message} (expected: {found.expected})." for found in failures),
        *(f"note: {found.message}." for found in notes),
    )
    return Statement(text, _TONES[report.verdict], details)


def _of(some: list[Finding], report: InspectionReport) -> str:
    return f"{len(some)} of {len(report.findings)} checks"


def _origin(report: InspectionReport) -> tuple[str, ...]:
    source = report.source
    notes = "".join(f" {note[:1].upper()}{note[1:]}." for note in source.notes)
    return (
        f"{source.format}, {source.rows} rows in {source.duration_s:.3f} s, sha256 ",
        f"`{source.sha256}`",
        f".{notes}",
    )


def _checks(findings: tuple[Finding, ...]) -> Table:
    rows = tuple((found.check, _value(found), found.expected, _WORDS[found.level], found.message) for found in findings)
    return Table("Every check", ("check", "value", "expected", "result", "what was found"), rows)


def _value(found: Finding) -> str:
    if found.value is None:
        return DASH
    return number(found.value) + ("" if found.unit in ("1", "count") else f"{_NO_BREAK}{found.unit}")


def _clock_section(aligned: AlignedRecording, report: InspectionReport) -> InteractiveSection:
    parts = tuple(
        (
            str(index),
            f"{part.start_s:.3f}",
            f"{part.duration_s:.3f}",
            f"{part.rate_hz:.3f}",
            _CLOCKS[part.clock],
            f"{1e3 * part.jitter_s:.3g}",
            str(part.rows),
            str(part.lost_samples),
            str(part.steps),
        )
        for index, part in enumerate(report.segments)
    )
    columns = (
        "part",
        "start s",
        "duration s",
        "rows/s",
        "times from",
        "jitter ms",
        "rows",
        "missing",
        "steps at 50 Hz",
    )
    tables = [Table("Parts without an interruption", columns, parts)] if parts else []
    if report.rejected:
        left_out = tuple(
            (f"{part.start_s:.3f}", f"{part.end_s - part.start_s:.3f}", str(part.rows), part.reason)
            for part in report.rejected
        )
        tables.append(Table("Parts that are left out", ("start s", "duration s", "rows", "why"), left_out))
    if not report.source.stamped:
        unstamped = Statement("The file has no times, so repeats, gaps and jitter cannot be seen.", "warning")
        return InteractiveSection("Sampling", (unstamped,), (), tuple(tables))
    return InteractiveSection("Sampling", (), (sampling_plot(aligned),), tuple(tables))


def _values_section(aligned: AlignedRecording) -> InteractiveSection:
    statements, plots = [], [norm_plot(aligned)]
    parts = [stretch.recording for stretch in aligned.clock.stretches]
    turn = gravity_turn(parts)
    if turn is not None:
        plots.append(identity_plot(aligned, turn))
    else:
        why = (
            "the file has no gravity column"
            if aligned.recording.gravity is None
            else "there is no part that can be used"
            if not parts
            else "the watch hardly turned"
        )
        statements.append(Statement(f"The identity of the axes cannot be shown: {why}."))
    spectrum = spectrum_plot(aligned)
    if spectrum is not None:
        plots.append(spectrum)
    else:
        statements.append(Statement("There is no part that is long enough for a spectrum."))
    return InteractiveSection("Measured values", tuple(statements), tuple(plots))


def _wear_section(report: InspectionReport) -> InteractiveSection:
    wear = report.wear
    given = "as given" if wear.source == "given" else "assumed, because not both --wrist and --crown were given"
    words = {
        "consistent": "The swing of the arm agrees with it.",
        "contradicts": "The swing of the arm contradicts it.",
        "abstains": "The motion does not show whether that is right.",
    }
    contradicts = wear.lever_arm == "contradicts"
    statement = Statement(
        f"The watch is on the {wear.wrist} wrist with the crown on the {wear.crown} ({given}). {words[wear.lever_arm]}",
        "warning" if contradicts or wear.source == "assumed" else "plain",
    )
    direction = {"distal": "to the hand", "proximal": "to the elbow", "abstain": "not seen"}
    rows = (
        ("direction of the watch's x axis", direction[wear.verdict]),
        ("from the joint to the watch: x, y, z", ", ".join(f"{value:.3f}" for value in wear.lever_m) + " m"),
        ("fit (R²; 1 is perfect)", number(wear.r2, 3)),
        ("turning motion that was used", f"{wear.seconds:.1f} s"),
    )
    return InteractiveSection("Wear", (statement,), (), (Table("Lever-arm test", ("what", "found"), rows),))


def _model_section(aligned: AlignedRecording, report: InspectionReport) -> InteractiveSection:
    cut = report.windows
    text = (
        f"{cut.count} windows of {cut.steps / cut.rate_hz:g} s; {cut.rejected} of them are left out because too many rows are "
        "missing."
    )
    return InteractiveSection("What the model gets", (Statement(text),), model_input_plots(aligned))
