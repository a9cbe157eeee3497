"""beartype for the functions that a test calls: the checks of a function are compiled at its first call, not at import.

The import hook wraps more than four thousand checks; the tests of one room run a few hundred of them.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from beartype import beartype


def beartype_when_called(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function with its arguments and its result checked."""
    checked: Callable[..., Any] | None = None

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal checked
        if checked is None:
            checked = beartype(function)
        return checked(*args, **kwargs)

    return call
