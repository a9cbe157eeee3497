"""The generated protobuf classes of the Core ML model format, loaded without executing ``coremltools/__init__``.

Importing coremltools takes seconds, logs warnings and pulls in torch and scikit-learn. Its ``proto`` folder holds nothing
but generated modules that import each other relatively, so it can be mounted as a package of its own. The messages live
in protobuf's process-wide pool: a later ``import coremltools`` gets the very same classes.
"""

import importlib
import importlib.util
import sys
import types
from functools import cache
from pathlib import Path
from typing import Any

from qleap_edge.core.errors import QleapError

_MOUNT = "_qleap_coreml_proto"


@cache
def message_module(name: str) -> Any:
    """Return one generated module, e.g. ``"Model_pb2"``.

    Raises:
        QleapError: coremltools is not installed, or its layout is not the one this runtime was written for.
    """
    if _MOUNT not in sys.modules:
        found = importlib.util.find_spec("coremltools")
        folder = None if found is None or found.origin is None else Path(found.origin).parent / "proto"
        if folder is None or not (folder / f"{name}.py").is_file():
            raise QleapError(
                "the Core ML protobuf classes are missing",
                where="coremltools/proto",
                expected=f"{name}.py of coremltools 9",
                got="no such file" if folder else "coremltools is not installed",
                next_step="reinstall qleap-edge",
            )
        mount = types.ModuleType(_MOUNT)
        mount.__path__ = [str(folder)]
        sys.modules[_MOUNT] = mount
    return importlib.import_module(f"{_MOUNT}.{name}")


def parse(kind: str, message: str, data: bytes) -> Any | None:
    """Return ``data`` as one message of a generated module, ``None`` if the bytes do not parse."""
    parsed = getattr(message_module(kind), message)()
    decode_error: type[Exception] = importlib.import_module("google.protobuf.message").DecodeError
    try:
        parsed.ParseFromString(data)
    except decode_error:
        return None
    return parsed
