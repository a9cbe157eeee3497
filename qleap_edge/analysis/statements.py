"""A session report in words and tables, as the command line prints it and the page shows it."""

from qleap_edge.analysis.session_document import (
    ExerciseStatement,
    Measure,
    ReferenceRecord,
    RepetitionResult,
    SessionReport,
    SetResult,
)
from qleap_edge.core.exercises import in_words
from qleap_edge.reporting.tables import DASH, Table

WATCH_ARM_ONLY = "of the arm with the watch; the other one may have had its turn in between"
_TOLD_BY = {"network": "by the network's vote", "wearer": "as the wearer says"}


def sentences(report: SessionReport) -> tuple[str, ...]:
    """Return what was found: one sentence for each set, and with a reference set one more for each, whether it was used."""
    if not report.sets:
        part = "the recording" if report.active_s is None else "the given part"
        return (f"No set was found: no movement is repeated in {part} often and evenly enough.",)
    repetitions = sum(len(one.repetitions) for one in report.sets)
    return (
        f"{_counted(len(report.sets), 'set')}, {_counted(repetitions, 'repetition')}, grade {report.grade}.",
        *(_set_sentence(number, one) for number, one in enumerate(report.sets, start=1)),
        *(
            _reference_sentence(number, one, report.reference, named=report.declared_exercise is not None)
            for number, one in enumerate(report.sets, start=1)
            if report.reference is not None
        ),
    )


def name_in_words(exercise: ExerciseStatement) -> str:
    """Return the exercise, or that it is unknown and which ones remain possible."""
    if exercise.name != "unknown":
        return in_words(exercise.name)
    return "an unknown exercise" + (
        f", probably {' or '.join(map(in_words, exercise.one_of))}" if exercise.one_of else ""
    )


def _set_sentence(number: int, one: SetResult) -> str:
    count = _counted(len(one.repetitions), "repetition")
    span = f"{one.start_s:.1f} to {one.end_s:.1f} s"
    count += f" ({WATCH_ARM_ONLY})" if one.watch_arm_only else ""
    exercise = one.exercise
    if exercise.name == "unknown":
        return f"Set {number}, {span}: {count} of {name_in_words(exercise)} ({exercise.why_unknown})."
    told = _TOLD_BY[exercise.named_by]
    sure = "" if exercise.named_by == "wearer" or exercise.probability is None else f", p = {exercise.probability:.2f}"
    form = (
        "" if one.form is None else f"; form {one.form.score} (p = {one.form.probability:.2f}, a guess of the network)"
    )
    return f"Set {number}, {span}: {count} of {in_words(exercise.name)} ({told}{sure}){form}."


def _reference_sentence(number: int, one: SetResult, reference: ReferenceRecord, *, named: bool) -> str:
    """Say whether the reference set was used for a set, and why not."""
    told = f"Set {number}: the reference set of {reference.wearer}"
    if any(rep.referenced_range_m is not None or _by_reference(rep) for rep in one.repetitions):
        what = "depth of the pelvis" if reference.known == "depth" else "range of motion"
        given = [rep.referenced_range_m or rep.depth_m for rep in one.repetitions]
        none = sum(measure is not None and measure.value <= 0.0 for measure in given)
        doubt = (
            f", but nothing is left of {none} of {len(given)}: it does not fit this wearer or this set" if none else ""
        )
        return f"{told} is used for the {what}{doubt}."
    of = in_words(reference.exercise)
    if one.exercise.name == "unknown":
        why = f"it is of {of}, and this set is of an unknown exercise"
        why += "" if named else f"; if it was {of}, say so with --exercise {reference.exercise}"
    elif one.exercise.name != reference.exercise:
        why = f"it is of {of}, and this set of {in_words(one.exercise.name)}"
    else:
        why = f"in it the forearm is {reference.posture}, and in this set it is held otherwise"
    return f"{told} is not used: {why}."


def _by_reference(rep: RepetitionResult) -> bool:
    return rep.depth_m is not None and rep.depth_m.by_reference


def disagreements(one: SetResult) -> tuple[str, ...]:
    """Return in words where physics and the network differ."""
    return tuple(
        item.message if item.repetition is None else f"repetition {item.repetition}: {item.message}"
        for item in one.disagreements
    )


_SAID = {
    "short_repetition": ("shorter than {limit:g} of the set's usual range", "{limit:g} of the set's usual range"),
    "fast_lowering": ("lowered in less than {limit:g} s", "lowering in {limit:g} s"),
    "velocity_loss": (
        "the last repetition has lost more than {percent:.0f} % of the velocity",
        "a velocity loss of {percent:.0f} %",
    ),
}


def alert_sentences(one: SetResult) -> tuple[str, ...]:
    """Return for each rule which repetitions it is about, and about which ones nobody can tell; none where all is fine."""
    found = []
    for alert in one.alerts:
        said, asked = (text.format(limit=alert.limit, percent=100.0 * alert.limit) for text in _SAID[alert.name])
        about, unsure = (
            [str(number) for number, answer in enumerate(alert.answers, start=1) if answer == wanted]
            for wanted in ("alert", "not sure")
        )
        if alert.name == "velocity_loss":
            found += [f"{said}"] * len(about) + [f"not sure about {asked}"] * len(unsure)
            continue
        if about:
            found.append(f"{_listed('repetition', about)}: {said}")
        if unsure:
            found.append(f"{_listed('repetition', unsure)}: not sure about {asked}")
    return tuple(found)


def _listed(noun: str, numbers: list[str]) -> str:
    return f"{noun}{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"


def repetition_table(number: int, one: SetResult) -> Table:
    """Return the repetitions of a set with their 90 % intervals; last what is inferred: depth, or what a reference knew."""
    loss = one.velocity_loss_percent
    lost = "" if loss is None else f"; velocity loss {loss.value:.0f} % ({loss.low:.0f} to {loss.high:.0f})"
    referenced = any(rep.referenced_range_m is not None for rep in one.repetitions)
    inferred = [rep.referenced_range_m if referenced else rep.depth_m for rep in one.repetitions]
    last = "range by the reference m" if referenced else "pelvis depth m"
    return Table(
        f"Set {number}: the wrist's repetitions, 90 % intervals{lost}",
        ("no.", "start s", "end s", "range m", "turned deg", "up m/s", "down s", "up s", "pause s", last),
        tuple(
            (
                f"{row}{' partial' if rep.partial else ''}", f"{rep.start_s:.2f}", f"{rep.end_s:.2f}",
                interval(rep.range_of_motion_m), f"{rep.turned_deg.value:.0f}",
                interval(rep.mean_concentric_velocity_m_s), f"{rep.eccentric_s.value:.2f}", f"{rep.concentric_s.value:.2f}",
                f"{rep.pause_turn_s.value:.2f}", DASH if depth is None else interval(depth),
            )
            for row, (rep, depth) in enumerate(zip(one.repetitions, inferred, strict=True), start=1)
        ),
    )  # fmt: skip


def interval(measure: Measure, digits: int = 2) -> str:
    """Return a value with its 90 % interval."""
    return f"{measure.value:.{digits}f} ({measure.low:.{digits}f} to {measure.high:.{digits}f})"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
