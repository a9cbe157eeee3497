"""``qleap compress``: smaller variants of a saved package, the table of what they cost, and the one that ships."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from qleap_edge.cli.options import JsonFlag, OutOption
from qleap_edge.cli.output import number, print_json, print_table, progress_bar

if TYPE_CHECKING:
    from qleap_edge.compression.document import LayerBits, SweepDocument, VariantResult
    from qleap_edge.compression.sensitivity import LayerSensitivity
    from qleap_edge.core.recipe import CompressionTable


_SHOWN_LAYERS = 8


def compress(
    package: Annotated[Path, typer.Option("--package", help="Conversion folder, or the .mlpackage inside it.")],
    out: OutOption,
    data: Annotated[
        Path | None, typer.Option("--data", help="Dataset to judge the variants on; without one none is chosen.")
    ] = None,
    recipe: Annotated[
        str | None, typer.Option("--recipe", "-r", help="Whose variants and budget; default: all variants.")
    ] = None,
    only: Annotated[str | None, typer.Option("--only", help="Variants, separated by commas.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default: one a CPU.")] = None,
    seed: Annotated[int, typer.Option(help="Recorded in the manifest.")] = 0,
    json: JsonFlag = False,
) -> None:
    """Make smaller variants of a saved package, run each on the task, and choose the smallest one inside the budget."""
    from qleap_edge.compression.sweep import compress as run
    from qleap_edge.dataset.executors.local import usable_cpus

    table = compression_table(recipe, only, judged=data is not None)
    conversion = package.parent if package.suffix == ".mlpackage" else package
    with progress_bar("tasks", shown=not json) as update:
        document = run(conversion, data, out, table, seed, workers=workers or usable_cpus(), on_task=update)
    print_json(document) if json else print_sweep(document, out)


def compression_table(recipe: str | None, only: str | None, *, judged: bool) -> "CompressionTable":
    """Return the table of a recipe, or the default one, narrowed to the variants that are asked for.

    Args:
        recipe: name or path.
        only: names separated by commas; the half-precision package is always among them.
        judged: whether there are windows; without them the variants that need some are left out by default.

    Raises:
        UsageError: no such variant or recipe.
    """
    from qleap_edge.compression.schemes import NEEDS_WINDOWS
    from qleap_edge.core.errors import UsageError
    from qleap_edge.core.recipe import REFERENCE, CompressionTable, Variant, load_recipe

    table = CompressionTable() if recipe is None else load_recipe(recipe).compression
    if only is None:
        wanted = tuple(name for name in table.variants if judged or name not in NEEDS_WINDOWS)
        return table.model_copy(update={"variants": wanted})
    known, names = get_args(Variant), tuple(dict.fromkeys([REFERENCE, *(name.strip() for name in only.split(","))]))
    if unknown := [name for name in names if name not in known]:
        raise UsageError(
            "no such variant",
            expected=f"some of {', '.join(known)}",
            got=", ".join(map(repr, unknown)),
            next_step="mend --only",
        )
    return table.model_copy(update={"variants": names})


def print_sweep(document: "SweepDocument", out: Path) -> None:
    """Print one row a variant, smallest first, and why each does not ship."""
    from qleap_edge.compression.document import PLOT_NAME
    from qleap_edge.compression.schemes import NEEDS_WINDOWS

    columns: tuple[tuple[str, Callable[[VariantResult], str]], ...] = (
        ("variant", lambda item: item.variant),
        ("MB", _plain("size")),
        ("of fp16", _percent("size_share")),
        ("MPJPE mm", _plain("mpjpe")),
        ("change, 95 %", _change("mpjpe_change")),
        ("depth mm", _plain("depth_error")),
        ("exercise", _plain("accuracy")),
        ("form QWK", _plain("kappa")),
        ("in 90 %", _plain("coverage_90")),
        ("… fp16 scales", _plain("coverage_90_reference_scale")),
        ("verdict", lambda item: item.verdict),
    )
    judged = document.chosen is not None
    shown = columns if judged else (*columns[:3], columns[-1])
    results = sorted(document.variants, key=lambda item: item.megabytes)
    print_table(
        f"Variants on {document.windows} windows of {document.subjects} test persons" if judged else "Variants",
        [name for name, _ in shown],
        [[cell(item) for _, cell in shown] for item in results],
    )
    for item in results:
        if item.reasons:
            typer.echo(f"{item.variant}: {'; '.join(item.reasons)}.")
    if document.mixed is not None:
        _print_layers(document.layers, document.mixed)
    if judged:
        typer.echo(f"Ships: {document.chosen}. Picture: {out / PLOT_NAME}")
    else:
        typer.echo(
            "Nothing was judged: give --data to have one chosen; without it there is no "
            f"{' and no '.join(sorted(NEEDS_WINDOWS))}, which must see training windows."
        )


def _print_layers(measured: "Sequence[LayerSensitivity]", mixed: "LayerBits") -> None:
    """Print the most sensitive layers, and the drift expected from the chosen bits."""
    layers = sorted(measured, key=lambda layer: -layer.drift_mm[min(layer.drift_mm)])
    widths = sorted(layers[0].drift_mm, reverse=True) if layers else []
    print_table(
        f"What the layers bear: the {min(_SHOWN_LAYERS, len(layers))} most sensitive of {len(layers)}; drift in mm",
        ("weight", "shape", *(f"{width} bits" for width in widths), "mixed_palette"),
        [
            (
                layer.name,
                "×".join(map(str, layer.shape)),
                *(number(layer.drift_mm[width]) for width in widths),
                f"{mixed.bits[layer.name]} bits",
            )
            for layer in layers[:_SHOWN_LAYERS]
        ],
    )
    typer.echo(f"Mixed: a drift of {mixed.predicted_mm:.2f} mm is expected, {mixed.allowance_mm:.2f} mm allowed.")


def _plain(name: str) -> "Callable[[VariantResult], str]":
    def cell(item: "VariantResult") -> str:
        figure = item.figure(name)
        return number(None if figure is None else figure.value)

    return cell


def _percent(name: str) -> "Callable[[VariantResult], str]":
    def cell(item: "VariantResult") -> str:
        figure = item.figure(name)
        return "–" if figure is None or figure.value is None else f"{figure.value:.1%}"

    return cell


def _change(name: str) -> "Callable[[VariantResult], str]":
    def cell(item: "VariantResult") -> str:
        figure = item.figure(name)
        if figure is None or figure.value is None or figure.interval is None:
            return "–"
        return f"{figure.value:+.2%} [{figure.interval[0]:+.2%}, {figure.interval[1]:+.2%}]"

    return cell
