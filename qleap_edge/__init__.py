"""QuantumLeap Edge: motion physics in, a proved Core ML pose SDK out."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("qleap-edge")  # pyproject.toml owns the number
except PackageNotFoundError as missing:  # pragma: no cover - only a broken checkout gets here
    raise ImportError("qleap-edge is not installed: run `make setup` (or `pip install -e .`) first") from missing
