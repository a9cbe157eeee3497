"""Read a saved ``.mlpackage``; nothing in it is ever written, and nothing is executed.

Manifest.json names the root item, the root item is ``model.mlmodel`` (protobuf), whose constants point into
``weights/weight.bin``. coremltools' own ``MLModel`` rewrites Manifest.json when it opens a package; this reader does not.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

import numpy as np

from qleap_edge.core.errors import AlteredFile, InputDataError, UsageError
from qleap_edge.core.manifest import digest_of
from qleap_edge.mil.format.decode import Decoder
from qleap_edge.mil.format.package_kind import MANIFEST, other_kind, require_package, unreadable
from qleap_edge.mil.format.program import ROUNDING_TYPES, Constant, Feature, Function
from qleap_edge.mil.format.protobuf import parse

MAIN = "main"


@dataclass(frozen=True, eq=False)
class Package:
    """A saved ML Program in memory: data only. ``runtime.evaluator.open_model`` makes it ready to run."""

    path: Path
    specification_version: int
    description: str
    metadata: Mapping[str, str]
    """The package's user-defined metadata."""
    functions: Mapping[str, Function] = field(repr=False)
    default_function: str

    @classmethod
    def load(cls, path: Path | str, sha256: str | None = None) -> "Package":
        """Read a package from disk.

        Args:
            path: the ``.mlpackage`` folder.
            sha256: what a manifest or a profile says of it (``core.manifest.digest_of``); ``None`` takes any package. Only
                with it is a changed weight noticed: a number has no check of its own.

        Raises:
            AlteredFile: the package is not the one that was recorded.
            InputDataError: a file is missing or damaged, or the program in it is malformed.
        """
        root = Path(path)
        require_package(root)
        if sha256 is not None and (found := digest_of(root)) != sha256:
            raise AlteredFile(
                "the package is not the one that was recorded",
                where=root,
                expected=f"sha256 {sha256}",
                got=found,
                next_step="copy the whole package again",
            )
        model_file = _root_item(root)
        try:
            data = model_file.read_bytes()
        except OSError as problem:
            raise _refuse(model_file, "a readable model file", str(problem.strerror)) from problem
        model = parse("Model_pb2", "Model", data)
        if model is None:
            raise unreadable(data, model_file)
        if model.WhichOneof("Type") != "mlProgram":
            raise other_kind(model, model_file)
        functions = _functions(model, Decoder(model_file))
        default = model.description.defaultFunctionName or MAIN
        if default not in functions:
            raise _refuse(f"{model_file}, key 'functions'", f"a function {default!r}", str(sorted(functions)))
        metadata = model.description.metadata
        return cls(
            path=root,
            specification_version=int(model.specificationVersion),
            description=metadata.shortDescription,
            metadata=MappingProxyType(dict(metadata.userDefined)),
            functions=MappingProxyType(functions),
            default_function=default,
        )

    def function(self, name: str | None = None) -> Function:
        """Return a function by name, the default one if ``None``.

        Raises:
            UsageError: the package has no such function.
        """
        wanted = self.default_function if name is None else name
        if wanted not in self.functions:
            raise UsageError(
                "the package has no such function",
                where=self.path,
                expected=f"one of {sorted(self.functions)}",
                got=repr(wanted),
            )
        return self.functions[wanted]

    @property
    def is_compressed(self) -> bool:
        """Whether the default function expands compressed constants or rounds activations to integers."""
        operations = self.function().block.walk()
        return any(item.is_expansion or item.type in ROUNDING_TYPES for item in operations)

    def with_constant(self, name: str, value: np.ndarray) -> "Package":
        """Return a package with other numbers in one ``const`` of the default function: an experiment, in memory only.

        Args:
            name: of the operation.
            value: of the same shape and type.

        Raises:
            UsageError: there is no such constant, or the numbers do not fit it.
        """
        function = self.function()
        old = next((item for item in function.block.operations if (item.type, item.name) == ("const", name)), None)
        held = None if old is None else old.inputs["val"][0]
        if old is None or not isinstance(held, Constant):
            raise UsageError("the program has no such constant", where=self.path, got=repr(name))
        if (value.shape, value.dtype) != (held.value.shape, held.value.dtype):
            raise UsageError(
                "the numbers do not fit the constant",
                where=f"{self.path}, {name!r}",
                expected=f"{held.value.dtype} of shape {held.value.shape}",
                got=f"{value.dtype} of shape {value.shape}",
            )
        new = replace(old, inputs={**old.inputs, "val": (replace(held, value=value),)})
        operations = tuple(new if item is old else item for item in function.block.operations)
        changed = replace(function, block=replace(function.block, operations=operations))
        functions = MappingProxyType({**self.functions, function.name: changed})
        return replace(self, functions=functions)

    @property
    def inputs(self) -> tuple[Feature, ...]:
        """Inputs of the default function."""
        return self.function().inputs

    @property
    def outputs(self) -> tuple[Feature, ...]:
        """Outputs of the default function."""
        return self.function().outputs


def _functions(model: Any, decoder: Decoder) -> dict[str, Function]:
    """Decode every function; a multifunction package describes each one, a plain one describes the model."""
    described = {item.name: item for item in model.description.functions}
    functions = {}
    for name, message in sorted(model.mlProgram.functions.items()):
        description = described.get(name, model.description)
        functions[name] = decoder.function(name, message, description)
    return functions


def _root_item(root: Path) -> Path:
    """Return the path of the model file that the package's manifest names."""
    manifest = root / MANIFEST
    try:
        document = json.loads(manifest.read_text(encoding="utf-8"))
    except OSError as problem:
        raise _refuse(manifest, "the manifest of an .mlpackage folder", str(problem.strerror)) from problem
    except (UnicodeDecodeError, ValueError, RecursionError) as problem:
        raise _refuse(manifest, "a JSON document", str(problem)) from problem
    identifier = document.get("rootModelIdentifier") if isinstance(document, dict) else None
    entries = document.get("itemInfoEntries") if isinstance(document, dict) else None
    entry = entries.get(identifier) if isinstance(entries, dict) and isinstance(identifier, str) else None
    item = entry.get("path") if isinstance(entry, dict) else None
    if not isinstance(item, str):
        raise _refuse(
            f"{manifest}, key 'rootModelIdentifier'", "the key of an item with a path", f"{identifier!r} without one"
        )
    relative = PurePosixPath(item)
    if relative.is_absolute() or ".." in relative.parts:
        raise _refuse(f"{manifest}, key 'path'", "a path inside the package", repr(item))
    model_file = root / "Data" / relative
    if not model_file.is_file():
        raise _refuse(model_file, "the model file that Manifest.json names", "no such file")
    return model_file


def _refuse(where: Path | str, expected: str, got: str) -> InputDataError:
    return InputDataError(
        "not a usable .mlpackage", where=where, expected=expected, got=got, next_step="copy the whole package again"
    )
