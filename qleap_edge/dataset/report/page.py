"""``index.html``: the whole report in one file that needs no network."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from qleap_edge.dataset.report import tables
from qleap_edge.dataset.report.document import DatasetReport
from qleap_edge.dataset.report.literature import SIGNALS
from qleap_edge.dataset.report.tables import Table

_TEMPLATE = "page.html.j2"
_VERDICTS = ("ok", "short", "unmeasured", "inside", "outside")


@dataclass(frozen=True)
class Section:
    """One heading with its figures and tables."""

    title: str
    images: tuple[str, ...]
    tables: tuple[Table, ...]


def render_page(report: DatasetReport, images: Mapping[str, bytes]) -> str:
    """Return the page; every text from a file is escaped, every figure is inside.

    Args:
        report: the numbers.
        images: file name → PNG.
    """
    from jinja2 import Environment, StrictUndefined

    source = files("qleap_edge.dataset.report").joinpath(_TEMPLATE).read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    return environment.from_string(source).render(
        report=report,
        lead=tables.lead(report),
        sections=_sections(report),
        images={name: base64.b64encode(data).decode("ascii") for name, data in images.items()},
        verdicts=_VERDICTS,
    )


def _sections(report: DatasetReport) -> list[Section]:
    contents = [name for name in dict.fromkeys(row.content for row in report.counts) if name != "squat"]
    squats = any(row.content == "squat" for row in report.counts)
    real = tables.real_table(report)
    found = [
        Section("Bounds", (), (tables.check_table(report),)),
        Section("What it holds", ("counts.png",), tuple(tables.content_tables(report))),
        Section("Real squats", ("curves.png",), () if real is None else (real,)),
        Section("Joint angles of squats", ("angles.png",), (tables.angle_table(report, "squat"),) if squats else ()),
        Section("Feet and ground", ("ground.png", "slide.png"), (tables.ground_table(report),)),
        Section(
            "Wrist spectra",
            ("spectra.png",),
            tuple(tables.spectrum_table(report, signal) for signal in SIGNALS),
        ),
        Section("Repetitions and rest", (), (tables.motion_table(report), tables.rest_table(report))),
        Section("Joint angles of the rest", (), tuple(tables.angle_table(report, name) for name in contents)),
    ]
    return [section for section in found if section.images or section.tables]
