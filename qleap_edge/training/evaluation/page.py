"""``index.html``: the whole evaluation in one file that needs no network."""

import base64
from collections.abc import Mapping
from importlib.resources import files

from qleap_edge.training.evaluation.document import EvaluationDocument
from qleap_edge.training.evaluation.tables import all_tables, lead, measurement_table

_TEMPLATE = "page.html.j2"
_TITLES = {
    "training.png": "Training",
    "groups.png": "Error by exercise and posture",
    "joints.png": "Error of each joint",
    "confusion_exercise.png": "Exercises",
    "confusion_form.png": "Form",
}


def render_page(document: EvaluationDocument, images: Mapping[str, bytes]) -> str:
    """Return the page; every text from a file is escaped, every figure is inside.

    Args:
        document: the numbers.
        images: file name → PNG.
    """
    from jinja2 import Environment, StrictUndefined

    source = files("qleap_edge.training.evaluation").joinpath(_TEMPLATE).read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    return environment.from_string(source).render(
        document=document,
        lead=lead(document),
        tables=[measurement_table(document), *all_tables(document)],
        images=[(name, _TITLES.get(name, ""), base64.b64encode(data).decode("ascii")) for name, data in images.items()],
    )
