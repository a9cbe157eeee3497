"""``qleap watch drift``: whether the sessions of one wearer still look alike."""

from pathlib import Path
from typing import Annotated

import typer

from qleap_edge.cli.watch import JsonOption

SessionsArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="SESSION.json...",
        help="Of one wearer, as `qleap watch analyze REC --bundle B --out FILE` wrote them; in the order of time.",
    ),
]


def drift(sessions: SessionsArgument, json: JsonOption = False) -> None:
    """Test whether a wearer's exercises still look to the network as they did, without labels (exit 1: they do not)."""
    from qleap_edge.analysis.drift_over_sessions import drift_over_sessions, drift_statement
    from qleap_edge.analysis.session_file import read_session
    from qleap_edge.cli.output import print_table
    from qleap_edge.core.exercises import in_words

    found = drift_over_sessions([(path, read_session(path)) for path in sessions])
    if json:
        typer.echo(found.to_json(), nl=False)
    else:
        columns = ("started at", "exercise", "windows", "distance", "p", "evidence")
        rows = [
            (
                one.started_at or one.recording, in_words(one.exercise), str(one.windows),
                f"{one.embedding_distance:.1f}", "" if one.p_value is None else f"{one.p_value:.2f}", f"{one.cusum:.2f}",
            )
            for one in found.observations
        ]  # fmt: skip
        print_table("Sessions of one wearer", columns, rows)
        typer.echo(drift_statement(found))
    if found.alarm is not None:
        raise typer.Exit(1)
