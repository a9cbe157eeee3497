"""QuantumLeap Edge: motion physics in, a proved Core ML pose SDK out."""

__all__ = ["__version__"]


def __getattr__(name: str) -> str:
    """Return `__version__` when it is asked for: reading it loads a mail parser, a fifth of the time of `qleap --help`."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("qleap-edge")  # pyproject.toml owns the number
    except PackageNotFoundError as missing:  # pragma: no cover - only a broken checkout gets here
        raise ImportError("qleap-edge is not installed: run `make setup` (or `pip install -e .`) first") from missing
