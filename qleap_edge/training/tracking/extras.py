"""Import of the libraries that come with the extra ``track``, at the moment when somebody asks for one of them."""

import importlib
from typing import Any

from qleap_edge.core.errors import UsageError


def import_extra(module: str, tracker: str) -> Any:
    """Return a module of the extra ``track``.

    Raises:
        UsageError: it, or something that it needs, is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as problem:
        raise UsageError(
            f"the tracker {tracker!r} is not installed",
            where=f"--track {tracker}",
            got=str(problem),
            next_step="`pip install qleap-edge[track]`",
        ) from problem
