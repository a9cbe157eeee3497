"""Name what lies at a path that is no package with an ML Program, and say what to do with it.

Source: coremltools mlmodel/format/Model.proto (kinds of models), and the files that Xcode's coremlcompiler writes.
"""

from pathlib import Path
from typing import Any

from qleap_edge.core.errors import InputDataError
from qleap_edge.mil.format.protobuf import parse

MANIFEST = "Manifest.json"
_COPY_AGAIN = "copy the whole package again"
_COMPILED = ("model.mil", "coremldata.bin", "model.espresso.net")
_ARCHIVES = {b"PK\x03\x04": "a zip archive", b"\x1f\x8b": "a gzip archive"}
POINTER = b"version https://git-lfs.github.com/spec/"
"""The first bytes of a file that Git LFS writes in place of one that was not fetched."""
FETCH = "run: git lfs pull"


def require_package(root: Path) -> None:
    """Refuse everything that is not a folder with a manifest.

    Raises:
        InputDataError: says what lies there instead.
    """
    if not root.exists():
        near = _packages_in(root.parent)
        raise _refuse(
            root,
            "nothing: the path does not exist",
            f"give {near}" if near else "check the path of the .mlpackage folder",
        )
    within = next((folder for folder in root.parents if (folder / MANIFEST).is_file()), None)
    if not root.is_dir():
        raise _refuse(root, *_file(root, within))
    if (root / MANIFEST).exists():
        return
    if within is not None:
        raise _refuse(root, f"a folder inside {within.name}", f"give {within}")
    if any((root / name).exists() for name in _COMPILED):
        raise _refuse(
            root,
            "a compiled model (.mlmodelc)",
            "give the .mlpackage from which it was compiled; only that can be read here",
        )
    if not any(root.iterdir()):
        raise _refuse(root, "an empty folder", _COPY_AGAIN)
    inside = _packages_in(root)
    if inside:
        raise _refuse(root, f"a folder that holds {inside}", "give the path of one package")
    if (root / "Data").is_dir():
        raise _refuse(root / MANIFEST, "no such file", _COPY_AGAIN)
    raise _refuse(root, f"a folder without {MANIFEST}", "give the .mlpackage folder itself")


def other_kind(model: Any, where: Path) -> InputDataError:
    """Return the error for a model file that holds no ML Program.

    Args:
        model: the parsed message.
        where: the file.
    """
    return InputDataError(
        "not an ML Program",
        where=f"{where}, key 'Type'",
        expected="an ML Program (mlProgram)",
        got=_kind(model),
        next_step=_advice(model),
    )


def unreadable(data: bytes, where: Path) -> InputDataError:
    """Return the error for the bytes of a model file that do not parse."""
    if data.startswith(POINTER):
        return _refuse(where, "a pointer of Git LFS to a file that was not fetched", FETCH)
    return InputDataError(
        "not a usable .mlpackage",
        where=where,
        expected="a Core ML model (protobuf)",
        got=f"{len(data)} bytes that do not parse",
        next_step=_COPY_AGAIN,
    )


def _file(path: Path, within: Path | None) -> tuple[str, str]:
    """Return what a file is, and what to give instead."""
    if within is not None:
        return f"a file inside {within.name}", f"give {within}"
    try:
        data = path.read_bytes()
    except OSError as problem:
        return f"a file that cannot be read ({problem.strerror})", "check who may read it"
    archive = next((name for magic, name in _ARCHIVES.items() if data.startswith(magic)), None)
    if archive is not None:
        return archive, "unpack it and give the .mlpackage folder in it"
    if data.startswith(POINTER):
        return "a pointer of Git LFS to a file that was not fetched", FETCH
    model = parse("Model_pb2", "Model", data) if data else None
    if model is None or model.WhichOneof("Type") is None:
        return f"a file of {len(data)} bytes", "give an .mlpackage folder"
    advice = "give the .mlpackage folder that it was taken from" if _is_program(model) else _advice(model)
    return f"a single model file (.mlmodel): {_kind(model)}", advice


def _is_program(model: Any) -> bool:
    return bool(model.WhichOneof("Type") == "mlProgram")


def _kind(model: Any) -> str:
    name = model.WhichOneof("Type")
    if name is None:
        return "None: no model at all"
    stages = _stages(model)
    if stages is not None:
        return f"{name}: {len(stages)} models one after the other ({', '.join(stages) or 'none'})"
    return f"{name}, which stores layers, not operations" if name.startswith("neuralNetwork") else str(name)


def _stages(model: Any) -> list[str] | None:
    """Return the kinds of the models in a pipeline, ``None`` for any other model."""
    name = model.WhichOneof("Type")
    if name is None or not name.startswith("pipeline"):
        return None
    pipeline = model.pipeline if name == "pipeline" else getattr(model, name).pipeline
    return [str(item.WhichOneof("Type")) for item in pipeline.models]


def _advice(model: Any) -> str:
    name = str(model.WhichOneof("Type"))
    if name.startswith("pipeline"):
        return "save each mlProgram of the pipeline as a package of its own, and run them one after the other"
    if name.startswith("neuralNetwork"):
        return "convert the source network again with coremltools, convert_to='mlprogram'"
    if name == "None":
        return _COPY_AGAIN
    return "run it on a Mac: only ML Programs can be read here"


def _packages_in(folder: Path) -> str:
    """Return the names of the first packages in a folder."""
    try:
        found = sorted(item.name for item in folder.iterdir() if item.suffix == ".mlpackage")
    except OSError:
        return ""
    return " or ".join(found[:3]) + (" …" if len(found) > 3 else "")


def _refuse(where: Path, got: str, next_step: str) -> InputDataError:
    return InputDataError(
        "not an .mlpackage", where=where, expected="the folder of a saved ML Program", got=got, next_step=next_step
    )
