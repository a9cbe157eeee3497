"""From a dataset folder to a report folder: ``report.json``, the figures, ``index.html``."""

from collections.abc import Callable
from pathlib import Path

from qleap_edge.core.errors import UsageError
from qleap_edge.core.manifest import new_folder, require_replaceable, write_stage_manifest
from qleap_edge.core.records import write_atomically
from qleap_edge.dataset.document import DATASET_NAME
from qleap_edge.dataset.motion_capture import read_motion_capture
from qleap_edge.dataset.report.document import DatasetReport
from qleap_edge.dataset.report.gather import gather
from qleap_edge.dataset.report.page import render_page
from qleap_edge.dataset.report.plots import draw_all
from qleap_edge.dataset.report.real import real_squats
from qleap_edge.dataset.report.summarize import summarize

REPORT_NAME, PAGE_NAME = "report.json", "index.html"
STAGE = "dataset_report"


def default_folder(dataset: Path) -> Path:
    """Return ``<dataset>.report``, beside the dataset."""
    whole = dataset.resolve()
    return whole.with_name(f"{whole.name}.report")


def write_report(
    dataset: Path, out: Path, real: Path | None = None, on_progress: Callable[[int, int], None] | None = None
) -> DatasetReport:
    """Measure a dataset and write its report; equal inputs give equal bytes.

    Args:
        dataset: its folder.
        out: folder to make; one that holds a report is replaced.
        real: motion capture of a real person's squats to set beside it.
        on_progress: told (finished, all) sequences after every shard.

    Raises:
        UsageError: ``out`` lies inside the dataset, around it, or holds something else than a report.
        InputDataError: the dataset or the motion capture is missing or damaged, or the disk is full.
        AlteredFile: a shard is missing or not the one that was recorded.
    """
    _check_out(dataset, out)
    person = None if real is None else real_squats(read_motion_capture(real))
    gathered = gather(dataset, on_progress)
    report = summarize(gathered, person)
    images = draw_all(report, gathered, person)
    inputs = {"dataset": dataset / DATASET_NAME} | ({} if real is None else {"real": real})
    with new_folder(out) as building:
        report.write(building / REPORT_NAME)
        for name, data in images.items():
            write_atomically(building / name, data)
        write_atomically(building / PAGE_NAME, render_page(report, images).encode())
        write_stage_manifest(building, stage=STAGE, inputs=inputs, config={}, seed=report.seed)
    return report


def _check_out(dataset: Path, out: Path) -> None:
    """Refuse a folder whose replacement would destroy something: a dataset never changes, and strangers' files stay."""
    folder, target = dataset.resolve(), out.resolve()
    if target == folder or folder in target.parents or target in folder.parents:
        raise UsageError(
            "the report must lie beside the dataset, neither in it nor around it",
            where=out,
            next_step="choose another --out",
        )
    require_replaceable(out, DatasetReport, REPORT_NAME, "a report")
