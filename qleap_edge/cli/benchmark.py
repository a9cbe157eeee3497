"""``qleap benchmark``: a finished model against truth that it was never trained on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qleap_edge.cli.options import JsonFlag, RecipeOption, checkpoint_folder
from qleap_edge.cli.output import print_json, print_table, progress_bar
from qleap_edge.cli.watch import CrownOption, WristOption, wear_from

if TYPE_CHECKING:
    from qleap_edge.comparison.dip.document import DipBenchmark
    from qleap_edge.comparison.model_under_test import ModelUnderTest
    from qleap_edge.comparison.motion.document import MotionBenchmark
    from qleap_edge.latency.report import LatencyReport

CheckpointOption = Annotated[
    Path | None,
    typer.Option(callback=checkpoint_folder, help="Checkpoint, a folder or a shipped name: the network itself, fp32."),
]
PackageOption = Annotated[Path | None, typer.Option(help="A saved .mlpackage, run as it declares.")]
BundleOption = Annotated[
    Path | None, typer.Option(help='Bundle folder: package, calibrated uncertainty and "not sure".')
]

app = typer.Typer(name="benchmark", no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def _group() -> None:
    """Compare a finished model with the truth."""


@app.command()
def motion(
    data: Annotated[Path, typer.Option(help="An .npz of motion capture: true joints and ideal wrist signals.")],
    checkpoint: CheckpointOption = None,
    package: PackageOption = None,
    bundle: BundleOption = None,
    out: Annotated[Path | None, typer.Option(help="Folder for motion.json and the figures.")] = None,
    draws: Annotated[int, typer.Option(help="Virtual watches drawn for each wrist.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the virtual watches.")] = 0,
    json: JsonFlag = False,
) -> None:
    """Simulate watches on a motion-captured person: pose, class, repetitions and depth against the true joints."""
    from qleap_edge.comparison.motion.benchmark import benchmark_motion
    from qleap_edge.comparison.motion.report import check_out, write_motion
    from qleap_edge.dataset.motion_capture import read_motion_capture

    kind, path = _one_model(checkpoint=checkpoint, package=package, bundle=bundle)
    if out is not None:
        check_out(out)  # before the minutes, not after them
    capture = read_motion_capture(data)
    model = _model_under_test(kind, path)
    with progress_bar("windows", shown=not json) as update:
        result = benchmark_motion(capture, model, draws=draws, seed=seed, on_window=update)
    if out is not None:
        write_motion(result, out, {"data": data, kind: path})
    if json:
        print_json(result.document)
        return
    _print_motion(result.document)
    if out is not None:
        typer.echo(f"Figures: {out}")


@app.command()
def dip(
    data: Annotated[Path, typer.Option(help="Folder of the raw DIP-IMU, with s_09 and s_10 in it.")],
    checkpoint: CheckpointOption = None,
    package: PackageOption = None,
    bundle: BundleOption = None,
    out: Annotated[Path | None, typer.Option(help="Folder for dip.json.")] = None,
    gaps: Annotated[
        Literal["standard", "interpolate"],
        typer.Option(help="How missing frames are filled: as the published benchmarks do, or by interpolation."),
    ] = "standard",
    allow_partial: Annotated[
        bool,
        typer.Option("--allow-partial", help="Go on although published recordings are missing; the result says so."),
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Estimate the pose of the test persons of DIP-IMU from one wrist, beside controls that use no sensor."""
    from qleap_edge.comparison.dip.benchmark import benchmark_dip
    from qleap_edge.comparison.dip.layout import find_recordings
    from qleap_edge.comparison.dip.report import check_out, write_dip

    kind, path = _one_model(checkpoint=checkpoint, package=package, bundle=bundle)
    if out is not None:
        check_out(out)
    folder = find_recordings(data, allow_partial=allow_partial)
    model = _model_under_test(kind, path)
    with progress_bar("wrists", shown=not json) as update:
        found = benchmark_dip(folder, model, gaps=gaps, on_window=update)
    if out is not None:
        write_dip(found, out, {file.key: file.path for file in folder.files} | {kind: path})
    if json:
        print_json(found)
        return
    _print_dip(found)
    if out is not None:
        typer.echo(f"Result: {out}")


@app.command()
def watch(
    data: Annotated[Path, typer.Option(help="Folder of recordings with a sets.csv: what was done, how often, where.")],
    doubts: Annotated[
        Path | None, typer.Option(help="CSV (file, reason) of sets whose logged number is doubted.")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option(help="Bundle folder: its model names the exercises. Without it only physics is run.")
    ] = None,
    wrist: WristOption = None,
    crown: CrownOption = None,
    out: Annotated[Path | None, typer.Option(help="Folder for watch.json and pictures of all recordings.")] = None,
    json: JsonFlag = False,
) -> None:
    """Count the repetitions of labelled recordings, and name the exercises with --bundle, each beside a plain baseline."""
    from qleap_edge.bundle.shipped import open_bundle
    from qleap_edge.comparison.watch.benchmark import benchmark_watch
    from qleap_edge.comparison.watch.report import check_out, write_watch
    from qleap_edge.comparison.watch.tables import all_tables

    if out is not None:
        check_out(out)
    with progress_bar("sets", shown=not json) as update:
        model = None if bundle is None else open_bundle(bundle)
        result = benchmark_watch(data, doubts, model, wear_from(wrist, crown), on_set=update)
    if out is not None:
        write_watch(result, out, {"data": data} | ({} if bundle is None else {"bundle": bundle}))
    if json:
        print_json(result.document)
        return
    for table in all_tables(result.document):
        print_table(table.title, table.columns, table.rows, whole_words=True)
    for note in result.document.notes:
        typer.echo(note)
    if out is not None:
        typer.echo(f"Pictures: {out}")


@app.command()
def baselines(
    data: Annotated[Path, typer.Option("--data", help="Dataset folder made by `qleap synthesize`.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the networks and baselines.json.")],
    recipe: RecipeOption = "release",
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Epochs of every network; default: those of the recipe.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Trainings a network.")] = 1,
    hop: Annotated[int, typer.Option(min=1, help="Steps between two test windows.")] = 50,
    bilstm_learning_rate: Annotated[
        float | None, typer.Option(min=1e-9, help="Of the BiLSTMs; not given: the recipe's, as for the HDT.")
    ] = None,
    keep_trained: Annotated[
        bool, typer.Option("--keep-trained", help="Keep finished networks even if the code has changed since.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Train the HDT, BiLSTMs of published size and a blind HDT alike, and table them beside sensor-free predictors.

    What is finished in --out is kept, and an interrupted training goes on: call it again.
    """
    from qleap_edge.comparison.baselines.compare import compare_baselines
    from qleap_edge.comparison.baselines.networks import Settings
    from qleap_edge.comparison.baselines.tables import all_tables, summary
    from qleap_edge.core.recipe import load_recipe

    settings = Settings(epochs=epochs, seeds=seeds, bilstm_learning_rate=bilstm_learning_rate, hop=hop)
    with progress_bar("steps", shown=not json, log_every_s=60.0) as update:

        def tell(network: str, done: int, total: int, note: str) -> None:
            update(done, total, f"{network}: {note}")

        found = compare_baselines(load_recipe(recipe), data, out, settings, keep_trained=keep_trained, on_progress=tell)
    if json:
        print_json(found)
        return
    for table in all_tables(found):
        print_table(table.title, table.columns, table.rows)
    for note in found.notes:
        typer.echo(note)
    typer.echo(summary(found))


@app.command()
def latency(
    package: Annotated[Path, typer.Argument(help="The .mlpackage folder.")],
    measured: Annotated[
        list[Path] | None, typer.Option(help="A qleap.latency document that a device wrote; may be given again.")
    ] = None,
    budget_ms: Annotated[
        float | None, typer.Option(help="What one prediction may take, at the 95th percentile.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="Class of devices that the budget is for.")] = None,
    json: JsonFlag = False,
) -> None:
    """Estimate a prediction's time a class of chips, beside what devices measured; exit 1 if the budget is broken.

    An estimate is not measured: it fails a budget when even its low bound is above, and never passes one.
    """
    from qleap_edge.latency.chips import load_chips
    from qleap_edge.latency.report import latency_report

    report = latency_report(package, load_chips(), records=measured or (), budget_ms=budget_ms, device=device)
    if json:
        print_json(report)
    else:
        _print_latency(package, report)
    if report.verdict == "failed":
        raise typer.Exit(1)


def _one_model(**options: Path | None) -> tuple[str, Path]:
    """Return name and path of the one model that was given.

    Raises:
        UsageError: none was given, or several.
    """
    from qleap_edge.core.errors import UsageError

    given = [(name, path) for name, path in options.items() if path is not None]
    if len(given) != 1:
        raise UsageError(
            "one model is needed",
            expected="exactly one of --checkpoint, --package and --bundle",
            got=", ".join(f"--{name}" for name, _ in given) or "none",
        )
    return given[0]


def _model_under_test(kind: str, path: Path) -> "ModelUnderTest":
    from qleap_edge.comparison import model_under_test

    if kind == "checkpoint":
        return model_under_test.open_checkpoint(path)
    return model_under_test.open_package(path) if kind == "package" else model_under_test.open_bundle_model(path)


def _print_motion(found: "MotionBenchmark") -> None:
    from rich.text import Text

    from qleap_edge.comparison.motion.tables import all_tables, summary

    styles = {"ok": "green", "short": "bold red", "unmeasured": "dim"}
    for table in all_tables(found):
        print_table(
            table.title,
            table.columns,
            ([Text(cell, style=styles.get(cell, "")) for cell in row] for row in table.rows),
        )
    typer.echo(summary(found))


def _print_dip(found: "DipBenchmark") -> None:
    from qleap_edge.comparison.dip.tables import all_tables, summary
    from qleap_edge.comparison.peers import DIP_SETTING, peer_rows, shipped_peers

    for table in all_tables(found):
        print_table(table.title, table.columns, table.rows)
    columns = ("system", "figure", "devices", "data", "metric", "trust", "beside ours")
    rows = peer_rows(shipped_peers(), DIP_SETTING)
    print_table("Published figures, and what keeps them from standing beside ours", columns, rows)
    typer.echo("Not computed:")
    for name, reason in found.not_computed.items():
        typer.echo(f"  {name}: {reason}")
    for note in found.notes:
        typer.echo(note)
    typer.echo(found.licence)
    typer.echo(summary(found))


def _print_latency(package: Path, report: "LatencyReport") -> None:
    from rich.text import Text

    styles = {"passed": "green", "failed": "bold red"}
    rows: list[tuple[object, ...]] = []
    for item in report.estimates:
        cells = (f"{item.low_ms:.2f}", f"{item.mid_ms:.2f}", f"{item.high_ms:.2f}")
        basis = f"estimate, {item.basis}; {item.limited_by}, {item.megabytes_moved:.1f} MB"
        rows.append((item.device, item.covers, "low, mid, high", *cells, basis, item.verdict))
    for found in report.measurements:
        one = found.record
        cells = (f"{one.p50_ms:.2f}", f"{one.p95_ms:.2f}", f"{one.p99_ms:.2f}")
        heat = f"{one.thermal_state_before} to {one.thermal_state_after}"
        basis = (
            f"{one.runs} runs, {one.compute_units}, {heat}, load {one.load_ms:.0f} ms, {one.memory_megabytes:.0f} MB"
        )
        rows.append(
            (
                found.device or "no class",
                f"{one.device_model}, {one.os_version}",
                "p50, p95, p99",
                *cells,
                basis,
                found.verdict,
            )
        )
    budget = "no budget" if report.budget_ms is None else f"budget {report.budget_ms:g} ms"
    print_table(
        f"{package.name}: {report.mflop:,.0f} MFLOP a prediction; {budget}: {report.verdict}",
        ("device", "of", "ms", "", "", "", "how it is known", "verdict"),
        ((*row[:-1], Text(str(row[-1]), style=styles.get(str(row[-1]), ""))) for row in rows),
    )
    typer.echo(
        f"Estimates are not measured: {report.model}, with the best, middle and worst published constants; "
        f"the middle missed by {report.median_error:.0%} in the median, so half the time by more."
    )
