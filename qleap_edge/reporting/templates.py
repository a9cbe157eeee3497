"""The templates of this room, rendered with every text escaped."""

from collections.abc import Mapping
from importlib.resources import files


def render_template(name: str, values: Mapping[str, object]) -> str:
    """Return a template of ``qleap_edge/reporting`` filled with ``values``; a name that it lacks is an error."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    def source(template: str) -> str:
        return files("qleap_edge.reporting").joinpath(template).read_text(encoding="utf-8")

    environment = Environment(
        loader=FunctionLoader(source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name).render(values)
