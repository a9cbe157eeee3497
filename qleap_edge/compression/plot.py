"""The picture of a sweep: what each variant weighs and what it costs, and the front of those that nothing beats."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from qleap_edge.compression.document import PLOT_NAME, SweepDocument, Verdict
from qleap_edge.dataset.report.style import REAL, SYNTHETIC, WATCH, rendered

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLOURS: Final[dict[Verdict, str]] = {"chosen": WATCH, "inside": SYNTHETIC, "outside": REAL}
_FAR: Final = 0.1  # a change above is drawn at the upper edge, with its number


def draw_pareto(document: SweepDocument) -> bytes:
    """Return the picture as PNG."""
    return rendered({PLOT_NAME: lambda: _pareto(document)})[PLOT_NAME]


def pareto_front(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the points that no other beats in both numbers, by the first one."""
    front: list[tuple[float, float]] = []
    for size, cost in sorted(points):
        if not front or cost < front[-1][1]:
            front.append((size, cost))
    return front


def _pareto(document: SweepDocument) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.6, 4.6), layout="constrained")
    axis = figure.subplots()
    points = []
    for item in document.variants:
        size, change = item.figure("size"), item.figure("mpjpe_change")
        if size is None or change is None or size.value is None or change.value is None or change.interval is None:
            continue
        points.append((size.value, change.value))
        height = min(change.value, _FAR)
        spread = [[max(change.value - change.interval[0], 0.0)], [max(change.interval[1] - change.value, 0.0)]]
        colour = _COLOURS.get(item.verdict, REAL)
        axis.errorbar(
            size.value, 100 * height, yerr=[[100 * part for part in side] for side in spread] if height < _FAR else None,
            fmt="o" if item.systems == document.variants[0].systems else "s", color=colour, capsize=2.0,
            markersize=7.0 if item.verdict == "chosen" else 5.0,
        )  # fmt: skip
        far = f" {change.value:+.0%}" if change.value > _FAR else ""
        axis.annotate(
            f"{item.variant}{far}", (size.value, 100 * height), (4, 4), textcoords="offset points", fontsize=7
        )
    front = pareto_front(points)
    axis.step(
        [x for x, _ in front],
        [100 * min(y, _FAR) for _, y in front],
        where="post",
        color="0.6",
        linewidth=0.8,
        zorder=0,
    )
    budget = document.budget
    reference = document.variants[0].figure("size")
    if reference is not None and reference.value is not None:
        axis.axvline(budget.size_share * reference.value, color="0.4", linestyle=":", linewidth=0.8)
    axis.axhline(100 * budget.mpjpe_change, color="0.4", linestyle=":", linewidth=0.8)
    axis.set_xlabel("size of the package, MB")
    axis.set_ylabel("pose error against half precision, % (95 % interval over persons)")
    for verdict, colour in _COLOURS.items():
        axis.plot([], [], "o", color=colour, label=verdict)
    axis.plot([], [], "s", color="0.5", label="needs iOS 18")
    axis.plot([], [], ":", color="0.4", label="budget")
    axis.legend(loc="upper right")
    axis.set_title(f"Variants on {document.windows} windows of {document.subjects} test persons (synthetic)")
    return figure
