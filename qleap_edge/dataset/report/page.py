"""The dataset report as one page."""

from collections.abc import Mapping

from qleap_edge.dataset.report import tables
from qleap_edge.dataset.report.document import DatasetReport
from qleap_edge.dataset.report.literature import SIGNALS
from qleap_edge.reporting.page import Image, Page, Section
from qleap_edge.reporting.page import render_page as render


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
        Section("What it holds", (Image("counts.png"),), tuple(tables.content_tables(report))),
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
        Section("Repetitions and rest", (), (tables.motion_table(report), tables.rest_table(report))),
        Section("Joint angles of the rest", (), tuple(tables.angle_table(report, name) for name in contents)),
    ]
    return [section for section in found if section.images or section.tables]
