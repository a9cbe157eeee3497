"""The evaluation as one page."""

from collections.abc import Mapping

from qleap_edge.evaluation.document import EvaluationDocument
from qleap_edge.evaluation.tables import all_tables, lead, measurement_table
from qleap_edge.reporting.page import Image, Page, Section
from qleap_edge.reporting.page import render_page as render

_TITLES = {
    "training.png": "Training",
    "groups.png": "Error by exercise and posture",
    "joints.png": "Error of each joint",
    "confusion_exercise.png": "Exercises",
    "confusion_form.png": "Form",
}


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
    pictures = tuple(Image(name, _TITLES.get(name, "")) for name in images)
    return render(
        Page(
            title="Evaluation",
            heading=f"Evaluation of a {document.model}",
            lead=lead(document),
            origin=(*origin, counts),
            sections=(Section("Numbers", (), numbers), Section("Pictures", pictures, ())),
            notes=document.notes,
        ),
        images,
    )
