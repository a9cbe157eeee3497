"""``qleap release``: everything, stage by stage."""

import time
from pathlib import Path
from typing import Annotated

import typer

from qleap_edge.cli.options import JsonFlag, RecipeOption
from qleap_edge.cli.output import print_coverage, print_gates, print_json


class _Screen:
    """Reports stages and progress on stderr, one line a stage."""

    def __init__(self, shown: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[detail]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not (shown and self._console.is_terminal),
            transient=True,
        )
        self._shown = shown
        self._began, self._name = time.monotonic(), ""
        self._task = self._bar.add_task("", total=None, detail="")

    def __enter__(self) -> "_Screen":
        self._bar.start()
        return self

    def __exit__(self, problem: type[BaseException] | None, *_: object) -> None:
        if problem is None:
            self._finish()
        self._bar.stop()

    def stage(self, name: str, *, reused: bool) -> None:
        """Print that a stage begins."""
        self._finish()
        self._name = "" if reused else name
        self._began = time.monotonic()
        if reused and self._shown:
            self._console.print(f"{name:<12} unchanged, reused")
        self._bar.reset(self._task, total=None, description=name, detail="")

    def progress(self, done: int, total: int, unit: str) -> None:
        """Update the progress bar."""
        elapsed = max(time.monotonic() - self._began, 1e-9)
        self._bar.update(
            self._task, completed=done, total=total, detail=f"{done}/{total} {unit} ({done / elapsed:.1f}/s)"
        )

    def _finish(self) -> None:
        if self._name and self._shown:
            self._console.print(f"{self._name:<12} done in {time.monotonic() - self._began:.1f} s")
        self._name = ""


def _print_taken(checkpoint: Path) -> None:
    """Say that nothing was trained, and how the dataset is related to that of the training."""
    from qleap_edge.core.records import read_document
    from qleap_edge.pretrained.install import PROVENANCE_NAME, ProvenanceDocument

    for note in read_document(ProvenanceDocument, checkpoint / PROVENANCE_NAME).notes:
        typer.echo(note)


def _print_missing(bundle: Path) -> None:
    """Print the release bounds that a preview misses."""
    from qleap_edge.cli.output import number
    from qleap_edge.gates.report import gate_bundle

    missed = [gate for gate in gate_bundle(bundle, grade="release").gates if gate.verdict != "pass"]
    doubt = {"fail": "", "undecided": ", undecided"}
    named = ", ".join(
        f"{gate.measurement} {number(gate.value)} (wanted {gate.bound}{doubt[gate.verdict]})" for gate in missed
    )
    typer.echo(
        f"short of a release: {named}" if missed else "no bound of a release is missed: the recipe may claim that grade"
    )


def release(
    recipe: RecipeOption,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for stages and bundle.")] = Path("dist"),
    workers: Annotated[int, typer.Option(min=1, help="Processes of the stages that can be spread.")] = 2,
    signing_key: Annotated[Path | None, typer.Option(help="Ed25519 private key (PEM); unsigned without it.")] = None,
    json: JsonFlag = False,
) -> None:
    """Make a release: synthesize, train, convert, compress, verify, calibrate, evaluate, bundle, gate.

    Finished stages are reused; a killed release goes on where it was when the same command runs again.
    """
    from qleap_edge.core.recipe import load_recipe
    from qleap_edge.gates.report import bundle_measurements
    from qleap_edge.release.pipeline import release as run

    loaded = load_recipe(recipe)
    with _Screen(shown=not json) as screen:
        result = run(loaded, out, workers=workers, reporter=screen, signing_key=signing_key)
    if json:
        print_json({"bundle": str(result.bundle), "gate_report": result.report.model_dump(mode="json", by_alias=True)})
    else:
        print_coverage(bundle_measurements(result.bundle))
        print_gates(result.report)
        if loaded.model.pretrained is not None:
            _print_taken(result.stages["train"])
        signed = "signed" if signing_key else "unsigned"
        typer.echo(f"bundle: {result.bundle} ({signed}, grade {result.report.grade})")
        if result.report.grade == "preview":
            _print_missing(result.bundle)
    if result.report.verdict == "fail":
        raise typer.Exit(1)
