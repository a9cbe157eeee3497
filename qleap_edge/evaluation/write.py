"""The folder of an evaluation: ``evaluation.json``, the figures, and ``index.html`` with all of it."""

import json
from collections.abc import Mapping
from pathlib import Path

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.manifest import new_folder, stage_folder, write_stage_manifest
from qleap_edge.core.output_paths import require_replaceable
from qleap_edge.core.records import write_atomically
from qleap_edge.dataset.document import DATASET_NAME
from qleap_edge.evaluation.document import EvaluationDocument
from qleap_edge.evaluation.evaluate import Evaluation, Source
from qleap_edge.evaluation.plots import draw_all
from qleap_edge.evaluation.tables import all_tables, measurement_table, summary
from qleap_edge.reporting.page import Image, Page, Section
from qleap_edge.reporting.page import render_page as render
from qleap_edge.training.loop import HISTORY_NAME

DOCUMENT_NAME, PAGE_NAME = "evaluation.json", "index.html"
STAGE = "evaluation"
_TITLES = {
    "training.png": "Training",
    "groups.png": "Error by exercise and posture",
    "joints.png": "Error of each joint",
    "confusion_exercise.png": "Exercises",
    "confusion_form.png": "Form",
}


def check_out(out: Path) -> None:
    """Refuse a folder whose replacement would destroy other files; called before the long work.

    Raises:
        UsageError: ``out`` holds something other than an evaluation.
    """
    require_replaceable(out, stage_folder(STAGE))


def write_evaluation(evaluation: Evaluation, source: Source, data: Path, out: Path) -> None:
    """Write the folder; equal inputs give equal bytes.

    Args:
        evaluation: the finished evaluation.
        source: the model; the training curves of a checkpoint are drawn from its history.
        data: the dataset's folder.
        out: folder to make; one that holds an evaluation is replaced.

    Raises:
        UsageError: ``out`` holds something other than an evaluation.
        InputDataError: the history is damaged, or the disk is full.
    """
    check_out(out)
    images = draw_all(evaluation, read_history(source.path) if source.model == "checkpoint" else [])
    with new_folder(out, stage_folder(STAGE)) as building:
        evaluation.document.write(building / DOCUMENT_NAME)
        for name, image in images.items():
            write_atomically(building / name, image)
        write_atomically(building / PAGE_NAME, render_page(evaluation.document, images).encode())
        write_stage_manifest(
            building,
            stage=STAGE,
            inputs={"dataset": data / DATASET_NAME, source.model: source.path},
            config={"hop": evaluation.document.hop},
            seed=0,
        )


def read_history(checkpoint: Path) -> list[dict[str, float]]:
    """Return the rows of a checkpoint's history, one an epoch; none where the file is missing.

    Raises:
        InputDataError: a line is no JSON object of numbers with an ``epoch``.
    """
    path = checkpoint / HISTORY_NAME
    if not path.is_file():
        return []
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            rows.append({key: float(value) for key, value in row.items()})
            rows[-1]["epoch"]
        except (ValueError, TypeError, AttributeError, KeyError) as problem:
            raise InputDataError(
                "not a row of a training history",
                where=f"{path}, line {number}",
                expected="a JSON object of numbers with an epoch",
                got=line[:80],
                next_step="restore the file, or remove it to draw no training curves",
            ) from problem
    return rows


def render_page(document: EvaluationDocument, images: Mapping[str, bytes]) -> str:
    """Return the page as HTML.

    Args:
        document: the numbers.
        images: file name → PNG.
    """
    origin = (
        f"{document.model.capitalize()} ",
        f"`{document.model_sha256}`",
        ", data ",
        f"`{document.dataset_sha256}`",
    )
    counts = (
        f": {document.subjects} {document.split} persons, {document.sequences} sequences, {document.windows} windows, "
        f"one every {document.hop} steps."
    )
    numbers = (measurement_table(document), *all_tables(document))
    figures = tuple(Image(name, _TITLES.get(name, "")) for name in images)
    return render(
        Page(
            title="Evaluation",
            heading=f"Evaluation of a {document.model}",
            summary=summary(document),
            origin=(*origin, counts),
            sections=(Section("Numbers", (), numbers), Section("Figures", figures, ())),
            notes=document.notes,
        ),
        images,
    )
