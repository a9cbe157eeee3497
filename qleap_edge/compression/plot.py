"""The picture of a sweep: size and cost of each variant, and the Pareto front."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from qleap_edge.compression.budget import NEWER
from qleap_edge.compression.document import PLOT_NAME, SweepDocument, Verdict
from qleap_edge.reporting.style import REAL, SYNTHETIC, WATCH, rendered

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS: Final[dict[Verdict, str]] = {"chosen": WATCH, "inside": SYNTHETIC, "outside": REAL}
_LABEL_POINTS: Final = 7.0
_FAR: Final = 0.1  # a change above is drawn at the upper edge, with its number


def draw_pareto(document: SweepDocument) -> bytes:
    """Return the picture as PNG."""
    return rendered({PLOT_NAME: lambda: _pareto(document)})[PLOT_NAME]


def pareto_front(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the points that no other is below in both numbers, by the first one."""
    front: list[tuple[float, float]] = []
    for size, cost in sorted(points):
        if not front or cost < front[-1][1]:
            front.append((size, cost))
    return front


def _pareto(document: SweepDocument) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 4.8), layout="constrained")
    axis = figure.subplots()
    points, labels = [], []
    for item in document.variants:
        size, change = item.figure("size"), item.figure("mpjpe_change")
        if size is None or change is None or size.value is None or change.value is None or change.interval is None:
            continue
        far = change.value > _FAR
        height = 100 * min(change.value, _FAR)
        spread = [
            [100 * max(change.value - change.interval[0], 0.0)],
            [100 * max(change.interval[1] - change.value, 0.0)],
        ]
        axis.errorbar(
            size.value, height, yerr=None if far else spread, fmt="s" if item.systems == NEWER else "o", capsize=2.0,
            color=_COLOURS.get(item.verdict, REAL), markersize=7.0 if item.verdict == "chosen" else 5.0,
        )  # fmt: skip
        points.append((size.value, height))
        labels.append(f"{item.variant} {change.value:+.0%}" if far else item.variant)
    front = pareto_front(points)
    axis.step([x for x, _ in front], [y for _, y in front], where="post", color="0.6", linewidth=0.8, zorder=0)
    budget, reference = document.budget, document.variants[0].figure("size")
    if reference is not None and reference.value is not None:
        axis.axvline(budget.size_share * reference.value, color="0.4", linestyle=":", linewidth=0.8)
    axis.axhline(100 * budget.mpjpe_change, color="0.4", linestyle=":", linewidth=0.8)
    for verdict, colour in _COLOURS.items():
        axis.plot([], [], "o", color=colour, label=verdict)
    axis.plot([], [], "s", color="0.5", label=f"needs {NEWER}")
    axis.plot([], [], ":", color="0.4", label="budget")
    axis.legend(loc="upper right")
    axis.set_xlabel("size of the package, MB")
    axis.set_ylabel("pose error against half precision, %\n(95 % interval over persons)")
    axis.set_title(f"Variants on {document.windows} windows of {document.subjects} test persons (synthetic)")
    axis.margins(x=0.08, y=0.12)
    figure.draw_without_rendering()  # fixes the positions of the points on the page
    _name_points(axis, points, labels)
    return figure


def _name_points(axis: "Axes", points: Sequence[tuple[float, float]], labels: Sequence[str]) -> None:
    """Write each label beside its point, one line higher for every label that is already there."""
    inches = axis.figure.dpi_scale_trans.inverted()
    taken: list[tuple[float, float, float]] = []
    for point, label in sorted(zip(points, labels, strict=True)):
        x, y = (72.0 * part for part in inches.transform(axis.transData.transform(point)))
        width, line = 0.55 * _LABEL_POINTS * len(label), 1.25 * _LABEL_POINTS
        up = 4.0
        while any(abs(y + up - high) < line and x < right and left < x + width for left, right, high in taken):
            up += line
        taken.append((x, x + width, y + up))
        axis.annotate(label, point, (4.0, up), textcoords="offset points", fontsize=_LABEL_POINTS)
