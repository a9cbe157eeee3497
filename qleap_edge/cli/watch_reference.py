"""``qleap watch reference``: one set with known depths becomes the reference that ``analyze --reference`` uses."""

from pathlib import Path
from shlex import quote
from typing import Annotated, Literal

import typer

from qleap_edge.cli.watch import (
    CrownOption,
    JsonOption,
    MappingOption,
    RateOption,
    RecordingArgument,
    WristOption,
    load_aligned,
)
from qleap_edge.core.exercises import Exercise, in_words


def reference(
    recording: RecordingArgument,
    out: Annotated[Path, typer.Option(help="Reference file to write, JSON.")],
    wearer: Annotated[str, typer.Option(help="A label of the person, e.g. a number; it is written into the file.")],
    values: Annotated[
        str,
        typer.Option("--known", help='Known value of each repetition in metres, e.g. "0.52 0.55 0.50"; one: for all.'),
    ],
    quantity: Annotated[
        Literal["depth", "range-of-motion"],
        typer.Option("--quantity", help="What is known: depth of the pelvis, or range of motion of e.g. the bar."),
    ] = "depth",
    exercise: Annotated[Exercise, typer.Option("--exercise", help="Exercise of the set.")] = "squat",
    active: Annotated[
        tuple[float, float] | None,
        typer.Option("--active", help="Start and end of the reference set, seconds since the first row."),
    ] = None,
    add: Annotated[
        Path | None,
        typer.Option("--add", help="An earlier reference of the same wearer: this set is added to its sets."),
    ] = None,
    rate_hz: RateOption = None,
    wrist: WristOption = None,
    crown: CrownOption = None,
    mapping: MappingOption = None,
    json: JsonOption = False,
) -> None:
    """Make a reference from one set whose depths (or whose bar's range) somebody measured, for one wearer."""
    from qleap_edge.analysis.reference_set import REFERENCE_FILE, reference_set
    from qleap_edge.analysis.watch_reference import add_set, read_reference, require_nothing_lost
    from qleap_edge.core.output_paths import require_replaceable_file, write_output

    require_replaceable_file(out, REFERENCE_FILE)
    earlier = None if add is None else read_reference(add)
    aligned = load_aligned(recording, rate_hz, wrist, crown, mapping)
    found = reference_set(
        aligned,
        values,
        wearer=wearer,
        exercise=exercise,
        known="depth" if quantity == "depth" else "range of motion",
        active=active,
    )
    if earlier is not None:
        found = add_set(earlier, found)
    require_nothing_lost(out, found)
    write_output(out, found.to_json().encode(), REFERENCE_FILE)
    if json:
        typer.echo(found.to_json(), nl=False)
        return
    more = "more" if found.offset_m >= 0.0 else "less"
    typer.echo(
        f"{found.repetitions} repetitions of {in_words(found.exercise)} in {len(found.sets)} "
        f"{'set' if len(found.sets) == 1 else 'sets'}, forearm {found.posture}: the wrist moves "
        f"{100.0 * abs(found.offset_m):.1f} ± {100.0 * found.offset_sd_m:.1f} cm {more} than what was known, "
        f"± {100.0 * found.spread_sd_m:.1f} cm from one repetition to the next."
    )
    typer.echo(
        "Use it: qleap watch analyze RECORDING --bundle BUNDLE "
        f"--exercise {found.exercise} --reference {quote(str(out))}"
    )
