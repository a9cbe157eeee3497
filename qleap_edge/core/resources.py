"""Paths of shipped data: beside the package in a checkout, inside it in a wheel."""

from importlib.resources import files
from pathlib import Path

from qleap_edge.core.errors import QleapError

_PACKAGE = Path(str(files("qleap_edge")))


def resource(relative: str) -> Path:
    """Return the path of a shipped file or folder, e.g. ``"calibration/sensors/apple_watch.toml"``.

    Raises:
        QleapError: it is not in the installation.
    """
    for root in (_PACKAGE.parent, _PACKAGE / "_resources"):
        # A site-packages folder may hold an unrelated "benchmarks"; only a checkout has pyproject.toml beside the package.
        if root == _PACKAGE.parent and not (root / "pyproject.toml").is_file():
            continue
        if (root / relative).exists():
            return root / relative
    raise QleapError("a shipped resource is missing", where=relative, next_step="reinstall qleap-edge")


def package_sources() -> list[Path]:
    """Return every source and recipe of the package, sorted: they decide a stage's result besides its inputs."""
    return sorted(path for path in _PACKAGE.rglob("*") if path.suffix in {".py", ".toml", ".xml"} and path.is_file())


def recipe_path(name: str) -> Path:
    """Return the path of a shipped recipe by its bare name (``"tiny"``)."""
    return _PACKAGE / "recipes" / f"{name}.toml"


def pretrained_folder() -> Path:
    """Return the folder of the checkpoints that ship with the package."""
    return _PACKAGE / "pretrained"
