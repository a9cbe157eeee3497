"""The folder of a dataset report: ``report.json``, the figures, and ``index.html`` with all of it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from qleap_edge.core.errors import UsageError
from qleap_edge.core.manifest import new_folder, stage_folder, write_stage_manifest
from qleap_edge.core.output_paths import require_output_folder, require_replaceable
from qleap_edge.core.records import write_atomically
from qleap_edge.dataset.document import DATASET_NAME
from qleap_edge.dataset.motion_capture import read_motion_capture
from qleap_edge.dataset.report import tables
from qleap_edge.dataset.report.document import DatasetReport
from qleap_edge.dataset.report.literature import SIGNALS
from qleap_edge.dataset.report.measures import gather
from qleap_edge.dataset.report.plots import draw_all
from qleap_edge.dataset.report.real import real_squats
from qleap_edge.dataset.report.summarize import summarize
from qleap_edge.reporting.page import Image, Page, Section
from qleap_edge.reporting.page import render_page as render

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
        real: motion capture of a real person's squats to compare with.
        on_progress: called after every shard with the numbers of finished and of all sequences.

    Raises:
        UsageError: ``out`` lies inside the dataset, around it, or holds something other than a report.
        InputDataError: the dataset or the motion capture is missing or damaged, or the disk is full.
        AlteredFile: a shard is missing or not the one that was recorded.
    """
    _check_out(dataset, out)
    person = None if real is None else real_squats(read_motion_capture(real))
    gathered = gather(dataset, on_progress)
    report = summarize(gathered, person)
    images = draw_all(report, gathered, person)
    inputs = {"dataset": dataset / DATASET_NAME} | ({} if real is None else {"real": real})
    with new_folder(out, stage_folder(STAGE)) as building:
        report.write(building / REPORT_NAME)
        for name, data in images.items():
            write_atomically(building / name, data)
        write_atomically(building / PAGE_NAME, render_page(report, images).encode())
        write_stage_manifest(building, stage=STAGE, inputs=inputs, config={}, seed=report.seed)
    return report


def _check_out(dataset: Path, out: Path) -> None:
    """Refuse a folder whose replacement would change the dataset or destroy other files."""
    require_output_folder(out)
    folder, target = dataset.resolve(), out.resolve()
    if target == folder or folder in target.parents or target in folder.parents:
        raise UsageError(
            "the report must lie beside the dataset, neither in it nor around it",
            where=out,
            next_step="choose another --out",
        )
    require_replaceable(out, stage_folder(STAGE))


def render_page(report: DatasetReport, images: Mapping[str, bytes]) -> str:
    """Return the page as HTML.

    Args:
        report: the numbers.
        images: file name → PNG.
    """
    origin = ["Document ", f"`{report.dataset_sha256}`", f", seed {report.seed}."]
    if (real := report.real) is not None:
        origin += [" Real person: ", f"`{real.file}`"]
        origin += [f", {real.seconds:.2f} s of squats, stature {real.stature_m:.3f} m ({real.stature_note})."]
    return render(
        Page(
            title="Dataset report",
            heading="Dataset report",
            summary=tables.summary(report),
            origin=tuple(origin),
            sections=_sections(report),
            notes=report.notes,
        ),
        images,
    )


def _sections(report: DatasetReport) -> list[Section]:
    contents = [name for name in dict.fromkeys(row.content for row in report.counts) if name != "squat"]
    squats = any(row.content == "squat" for row in report.counts)
    real = tables.real_table(report)
    found = [
        Section("Bounds", (), (tables.check_table(report),)),
        Section("Contents", (Image("counts.png"),), tuple(tables.content_tables(report))),
        Section("Real squats", (Image("curves.png"),), () if real is None else (real,)),
        Section(
            "Joint angles of squats", (Image("angles.png"),), (tables.angle_table(report, "squat"),) if squats else ()
        ),
        Section("Feet and ground", (Image("ground.png"), Image("slide.png")), (tables.ground_table(report),)),
        Section(
            "Wrist spectra",
            (Image("spectra.png"),),
            tuple(tables.spectrum_table(report, signal) for signal in SIGNALS),
        ),
        Section(
            "Gravity at the wrist", (Image("gravity.png"),) if report.gravity else (), (tables.gravity_table(report),)
        ),
        Section("Repetitions and rest", (), (tables.motion_table(report), tables.rest_table(report))),
        Section("Joint angles of the other contents", (), tuple(tables.angle_table(report, name) for name in contents)),
    ]
    return [section for section in found if section.images or section.tables]
