"""The page of ``qleap watch analyze --html``: what was found in sentences, then the wrist, then what the network guesses."""

from collections import Counter
from pathlib import Path, PurePath

from qleap_edge.analysis.session import Session
from qleap_edge.analysis.session_document import Measure, RepetitionResult, SessionReport, SetResult
from qleap_edge.analysis.session_playback import LABEL, playback_plot
from qleap_edge.analysis.session_plots import (
    abstention_plot,
    height_plot,
    motion_of,
    motions,
    set_height_plot,
    velocity_plot,
)
from qleap_edge.analysis.statements import disagreements, interval, sentences
from qleap_edge.analysis.vertical_motion import VerticalMotion
from qleap_edge.core.grades import GRADE_WARNINGS
from qleap_edge.core.output_paths import marked_file, write_output
from qleap_edge.reporting.interactive_page import (
    InteractivePage,
    InteractiveSection,
    Statement,
    render_interactive_page,
)
from qleap_edge.reporting.tables import DASH, Table, number, percent
from qleap_edge.reporting.thinning import THINNING_NOTE

_MARK = "qleap-edge: page of a session"
SESSION_PAGE_FILE = marked_file("a page of an analysed recording", b"<!doctype html>", _MARK.encode())

REASONS = {
    "sigma": "too uncertain",
    "embedding": "unlike its training",
    "input": "unusual signal",
    "masked": "rows are missing",
    "untrained": "never trained on it",
    "set_unknown": "exercise unknown",
}
"""What a reason to abstain is called on the page."""

_MOVED = (
    ("range m", "range_of_motion_m", 2),
    ("turned deg", "turned_deg", 0),
    ("mean up m/s", "mean_concentric_velocity_m_s", 2),
    ("peak up m/s", "peak_concentric_velocity_m_s", 2),
    ("pelvis depth m", "depth_m", 2),
)
_LASTED = (
    ("down s", "eccentric_s", 2),
    ("up s", "concentric_s", 2),
    ("pause at the turn s", "pause_turn_s", 2),
    ("pause before s", "pause_before_s", 2),
)
"""Column, field of a repetition, digits."""


def session_page(session: Session) -> str:
    """Return the page as HTML; equal sessions give equal pages."""
    report = session.report
    name = PurePath(report.recording).name
    stretches = motions(session.aligned)
    sets = tuple(_set_section(index, one, motion_of(one, stretches)) for index, one in enumerate(report.sets, start=1))
    return render_interactive_page(
        InteractivePage(
            mark=_MARK,
            title=f"{name}: session",
            heading=f"Session of {name}",
            statements=_top(report),
            origin=(
                f"Watch on the {report.wear.wrist} wrist, crown {report.wear.crown} ({report.wear.source}); wearer "
                f"{report.stature_m:.2f} m tall ({report.stature_source}). Recording sha256 ",
                f"`{report.recording_sha256}`",
                ", package sha256 ",
                f"`{report.package_sha256}`",
                ".",
            ),
            sections=(
                InteractiveSection("Height of the wrist", (), (height_plot(report, stretches),)),
                *sets,
                _pose_section(session),
                _abstention_section(report),
                _disagreement_section(report),
            ),
            notes=(
                "physics: measured by the sensors of the watch. network: inferred by the network. both: measured, and then "
                "interpreted with a result of the network. A wrist measures its own motion; what the body did is inferred.",
                "Intervals hold the true value in 90 % of cases. Upwards is taken for concentric, as with a free weight; with "
                "a cable that is pulled down it is the other way round.",
                THINNING_NOTE,
            ),
        )
    )


def write_session_page(session: Session, out: Path) -> None:
    """Write the page atomically.

    Raises:
        UsageError: another file lies there.
        InputDataError: the file cannot be written.
    """
    write_output(out, session_page(session).encode(), SESSION_PAGE_FILE)


def _top(report: SessionReport) -> tuple[Statement, ...]:
    """Return the results, then the warning about the grade, then the other warnings."""
    found = sentences(report)
    grade = GRADE_WARNINGS.get(report.grade)
    others = tuple(text for text in report.warnings if text != grade)
    statements = [Statement(found[0], "plain", found[1:])]
    if grade is not None:
        statements.append(Statement(f"Warning: {grade}.", "bad"))
    if others:
        statements.append(Statement("Notes on the recording:", "warning", others))
    return tuple(statements)


def _set_section(index: int, one: SetResult, motion: VerticalMotion) -> InteractiveSection:
    exercise = one.exercise
    name = "an unknown exercise" if exercise.name == "unknown" else exercise.name.replace("_", " ")
    votes = (
        f"{exercise.windows - exercise.abstained} of {exercise.windows} windows of the set vote; the network abstains from "
        "the others."
    )
    details = [votes, *((f"Unknown because {exercise.why_unknown}.",) if exercise.why_unknown else ())]
    if one.form is not None:
        details.append(
            f"Form {one.form.score} of 4 (p = {one.form.probability:.2f}): a guess of the network, not measured."
        )
    probability = "" if exercise.probability is None else f", p = {exercise.probability:.2f}"
    told = {"network": f" (the network says so{probability})", "wearer": " (the wearer says so)", "nobody": ""}
    count = len(one.repetitions)
    said = f"{count} repetition{'s' if count != 1 else ''} of {name}{told[exercise.named_by]}."
    statements = [Statement(said, "plain", tuple(details))]
    differs = disagreements(one)
    if differs:
        statements.append(Statement("The network and physics disagree:", "warning", differs))
    tables = [*_repetition_tables(index, one)]
    if exercise.candidates:
        rows = tuple(
            (item.exercise.replace("_", " "), f"{item.probability:.2f}", item.contradiction or DASH)
            for item in exercise.candidates
        )
        columns = ("exercise", "probability", "contradicted by the motion of the wrist")
        tables.append(Table(f"Set {index}: the network's vote", columns, rows))
    plots = (set_height_plot(index, one, motion), velocity_plot(index, one))
    return InteractiveSection(
        f"Set {index}: {one.start_s:.1f} to {one.end_s:.1f} s", tuple(statements), plots, tuple(tables)
    )


def _repetition_tables(index: int, one: SetResult) -> tuple[Table, ...]:
    """Return every measure of every repetition with its 90 % interval; the source is in the heading of the column."""
    guessed = any(rep.network_depth_m is not None for rep in one.repetitions)
    times = [(f"{rep.start_s:.2f}", f"{rep.turn_s:.2f}", f"{rep.end_s:.2f}") for rep in one.repetitions]
    falls = [(number(rep.network_depth_m, 2),) if guessed else () for rep in one.repetitions]
    fall = ("fall of the pelvis in the network's pose m [network]",) if guessed else ()
    columns, cells = _measured(one, _MOVED)
    numbers = [f"{row}{' (partial)' if rep.partial else ''}" for row, rep in enumerate(one.repetitions, start=1)]
    moved = Table(
        f"Set {index}: range and velocity of each repetition, 90 % intervals [source]",
        ("no.", "start s", "turn s", "end s", *columns, *fall),
        tuple((name, *when, *row, *last) for name, when, row, last in zip(numbers, times, cells, falls, strict=True)),
    )
    columns, cells = _measured(one, _LASTED)
    lasted = Table(
        f"Set {index}: durations of each repetition, 90 % intervals [source]",
        ("no.", *columns),
        tuple((name, *row) for name, row in zip(numbers, cells, strict=True)),
    )
    return moved, lasted


def _measured(
    one: SetResult, measures: tuple[tuple[str, str, int], ...]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return headings and rows of those measures that at least one repetition has."""
    shown = [item for item in measures if any(getattr(rep, item[1]) is not None for rep in one.repetitions)]
    headings = tuple(f"{title} [{_sources(one, field)}]" for title, field, _ in shown)
    return headings, [tuple(_cell(rep, field, digits) for _, field, digits in shown) for rep in one.repetitions]


def _cell(rep: RepetitionResult, field: str, digits: int) -> str:
    measure: Measure | None = getattr(rep, field)
    return DASH if measure is None else interval(measure, digits)


def _sources(one: SetResult, field: str) -> str:
    found = [getattr(rep, field) for rep in one.repetitions]
    return ", ".join(dict.fromkeys(measure.source for measure in found if measure is not None))


def _pose_section(session: Session) -> InteractiveSection:
    playback = playback_plot(session.report, session.tracks)
    if playback is None:
        return InteractiveSection("Pose", (Statement("The network has no pose: no window lies in a set."),))
    return InteractiveSection("Pose", (Statement(f"The pose is {LABEL}.", "warning"),), (playback,))


def _abstention_section(report: SessionReport) -> InteractiveSection:
    title = "What the network does not say"
    if not report.windows or report.abstained_share is None:
        return InteractiveSection(
            title, (Statement("No window of four seconds lies in a set, so the network was not asked."),)
        )
    total = len(report.windows)
    text = (
        f"Of the {total} windows of four seconds in the sets, {percent(report.abstained_share)} are abstained from. What "
        "physics says about the wrist does not depend on it."
    )
    counts = Counter(reason for window in report.windows for reason in window.reasons)
    rows = tuple(
        (REASONS.get(reason, reason), reason, str(count), percent(count / total))
        for reason, count in counts.most_common()
    )
    tables = (
        (Table("Reasons to abstain", ("reason", "name in the document", "windows", "share"), rows),) if rows else ()
    )
    return InteractiveSection(title, (Statement(text),), (abstention_plot(report, REASONS),), tables)


def _disagreement_section(report: SessionReport) -> InteractiveSection:
    rows = tuple(
        (
            str(index), DASH if item.repetition is None else str(item.repetition), item.about,
            number(item.physics), number(item.network), item.message,
        )
        for index, one in enumerate(report.sets, start=1)
        for item in one.disagreements
    )  # fmt: skip
    title = "Disagreements"
    if not rows:
        return InteractiveSection(title, (Statement("Physics and the network do not contradict each other."),))
    table = Table(
        "What physics and the network say", ("set", "repetition", "about", "physics", "network", "difference"), rows
    )
    text = "Physics is never overruled about the wrist's own motion."
    return InteractiveSection(title, (Statement(text),), (), (table,))
