"""The folder of the watch benchmark: ``watch.json`` and one picture of all recordings with the repetitions that were found."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qleap_edge.comparison.watch.benchmark import SetTrace, WatchResult
from qleap_edge.core.manifest import new_folder, stage_folder, write_stage_manifest
from qleap_edge.core.output_paths import require_replaceable
from qleap_edge.core.records import write_atomically
from qleap_edge.reporting.style import REAL, SYNTHETIC, rendered

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOCUMENT_NAME = "watch.json"
STAGE = "benchmark_watch"
_ON_A_PAGE = 10


def check_out(out: Path) -> None:
    """Refuse a folder whose replacement would destroy anything but a result of this benchmark.

    Raises:
        UsageError: ``out`` holds something else.
    """
    require_replaceable(out, stage_folder(STAGE))


def write_watch(result: WatchResult, out: Path, inputs: dict[str, Path]) -> None:
    """Write a finished benchmark; equal inputs give equal bytes.

    Args:
        result: the benchmark.
        out: folder to make; an earlier result in it is replaced.
        inputs: what it was made from, by option: the folder of recordings, the bundle.

    Raises:
        UsageError: ``out`` holds something else.
        InputDataError: the disk is full.
    """
    check_out(out)
    pages = range(0, len(result.traces), _ON_A_PAGE)
    images = rendered(
        {
            f"sets-{number:02d}.png": lambda first=first: _page(result.traces[first : first + _ON_A_PAGE])  # type: ignore[misc]
            for number, first in enumerate(pages, start=1)
        }
    )
    with new_folder(out, stage_folder(STAGE)) as building:
        result.document.write(building / DOCUMENT_NAME)
        for name, image in images.items():
            write_atomically(building / name, image)
        write_stage_manifest(building, stage=STAGE, inputs=inputs, config={}, seed=0)


def _page(traces: tuple[SetTrace, ...]) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13.0, 2.0 * len(traces) + 0.6), layout="constrained")
    axes = figure.subplots(len(traces), 1, squeeze=False)[:, 0]
    for axis, trace in zip(axes, traces, strict=True):
        _draw(axis, trace)
    axes[-1].set_xlabel("time of the recording (s); shaded: active part, lines: turns of the repetitions found")
    return figure


def _draw(axis: "Axes", trace: SetTrace) -> None:
    """Draw how the vertical turns along its main axis, how high the wrist is, and the repetitions."""
    row = trace.row
    for slow in trace.slow:
        _, _, axes = np.linalg.svd(slow.up - slow.up.mean(axis=0), full_matrices=False)
        axis.plot(slow.time_s + trace.origin_s, slow.up @ axes[0], color=REAL, linewidth=0.9)
        axis.plot(slow.time_s + trace.origin_s, 2.0 * slow.height, color=SYNTHETIC, linewidth=0.9)
    axis.axvspan(row.active_start_s, row.active_end_s, color="0.92", linewidth=0)
    for turn in trace.turns_s:
        axis.axvline(turn, color="0.3", linewidth=0.6)
    logged = "not logged" if row.logged is None else f"logged {row.logged}"
    doubt = f"; {row.doubt}" if row.doubt else ""
    axis.set_title(
        f"{row.file}: {logged}, counted {row.analysis.known} ({row.analysis.unknown} unknown, "
        f"{row.analysis.outside} outside), baseline {row.baseline.known}{doubt}",
        fontsize=8, loc="left",
    )  # fmt: skip
    axis.set_yticks([])
