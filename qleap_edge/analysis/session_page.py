"""The page of ``qleap watch analyze --html``: what was found in sentences, then the wrist, then what the network guesses."""

from pathlib import Path, PurePath

from qleap_edge.analysis.session import Session
from qleap_edge.analysis.session_document import SessionReport, SetResult
from qleap_edge.analysis.session_playback import LABEL, playback_plot
from qleap_edge.analysis.session_plots import (
    abstention_plot,
    height_plot,
    motion_of,
    motions,
    set_height_plot,
    velocity_plot,
)
from qleap_edge.analysis.session_tables import (
    REASONS,
    disagreement_tables,
    inferred_tables,
    reason_tables,
    repetition_tables,
    vote_tables,
)
from qleap_edge.analysis.statements import alert_sentences, disagreements, name_in_words, sentences
from qleap_edge.analysis.vertical_motion import VerticalMotion
from qleap_edge.core.exercises import in_words
from qleap_edge.core.form import NOT_OBSERVABLE_IN_WORDS, OBSERVABLE
from qleap_edge.core.grades import GRADE_WARNINGS
from qleap_edge.core.output_paths import marked_file, write_output
from qleap_edge.reporting.interactive_page import (
    InteractivePage,
    InteractiveSection,
    Statement,
    render_interactive_page,
)
from qleap_edge.reporting.tables import percent
from qleap_edge.reporting.thinning import THINNING_NOTE

_MARK = "qleap-edge: page of a session"
SESSION_PAGE_FILE = marked_file("a page of an analysed recording", b"<!doctype html>", _MARK.encode())

_SHOWN_DIFFERENCES = 3


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
                f"{report.stature_m:.2f} m tall ({report.stature_source}). {_reference(report)}Recording sha256 ",
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
                "± of this wearer: standard deviation of what all repetitions of a person have in common; a reference set "
                "replaces it. ± of a repetition: standard deviation from one repetition to the next.",
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


def _reference(report: SessionReport) -> str:
    """Return which reference set was given, as a sentence with a space behind it; nothing where none was given."""
    used = report.reference
    if used is None:
        return ""
    of = in_words(used.exercise)
    return f"Reference set given, of {used.wearer}: {of}, forearm {used.posture}, known: {used.known}. "


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
    voting = exercise.windows - exercise.abstained
    votes = f"{voting} of {exercise.windows} windows of the set vote on the exercise" + (
        "; the network abstains from the others." if exercise.abstained else "."
    )
    details = [votes, *((f"Unknown because {exercise.why_unknown}.",) if exercise.why_unknown else ())]
    if one.form is not None:
        details.append(
            f"Form {one.form.score} of 4 (p = {one.form.probability:.2f}): a guess of the network about "
            f"{', '.join(map(in_words, OBSERVABLE))}. Not observable at a wrist: {NOT_OBSERVABLE_IN_WORDS}."
        )
    probability = "" if exercise.probability is None else f", p = {exercise.probability:.2f}"
    told = {"network": f" (the network says so{probability})", "wearer": " (the wearer says so)", "nobody": ""}
    count = len(one.repetitions)
    said = f"{count} repetition{'s' if count != 1 else ''} of {name_in_words(exercise)}{told[exercise.named_by]}."
    statements = [Statement(said, "plain", tuple(details))]
    if alerts := alert_sentences(one):
        statements.append(Statement("Alerts by the motion of the wrist:", "warning", alerts))
    differs = disagreements(one)
    if differs:
        more = len(differs) - _SHOWN_DIFFERENCES
        listed = (
            differs if more <= 1 else (*differs[:_SHOWN_DIFFERENCES], f"and {more} more, listed under Disagreements")
        )
        statements.append(Statement("The network and physics disagree:", "warning", listed))
    tables = (*repetition_tables(index, one), *inferred_tables(index, one), *vote_tables(index, one))
    plots = (set_height_plot(index, one, motion), velocity_plot(index, one))
    return InteractiveSection(f"Set {index}: {one.start_s:.1f} to {one.end_s:.1f} s", tuple(statements), plots, tables)


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
    return InteractiveSection(title, (Statement(text),), (abstention_plot(report, REASONS),), reason_tables(report))


def _disagreement_section(report: SessionReport) -> InteractiveSection:
    title, tables = "Disagreements", disagreement_tables(report)
    if not tables:
        return InteractiveSection(title, (Statement("Physics and the network do not contradict each other."),))
    return InteractiveSection(
        title, (Statement("Physics is never overruled about the wrist's own motion."),), (), tables
    )
