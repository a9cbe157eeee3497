"""Every error that a command can end with, and its exit code.

QleapError                  4  internal: a condition inside the program does not hold
├── CheckFailed             1  a gate, a hash or a parity bound failed
├── UsageError              2  a command line or a recipe cannot be carried out
├── InputDataError          3  a file or a recording cannot be used as it is
│   ├── VariantFailed       3  a package cannot be stored in this way
│   ├── SchemaMismatch      3  known file kind, wrong schema or version
│   └── AlteredFile         3  bytes differ from the hash that was recorded for them
└── UnsupportedOperation    3  a saved ML Program uses an operation that the runtime cannot execute
"""

from pathlib import Path


class QleapError(Exception):
    """One message: what is wrong, where, what was expected, what was found, and the next step.

    Args:
        what: what is wrong, as one clause without a full stop.
        where: the file, and the row, column or key inside it.
        expected: what would have been right.
        got: what was found instead.
        next_step: what the user can do.
    """

    exit_code = 4

    def __init__(
        self,
        what: str,
        *,
        where: str | Path | None = None,
        expected: str | None = None,
        got: str | None = None,
        next_step: str | None = None,
    ) -> None:
        self.what, self.where, self.expected, self.got, self.next_step = what, where, expected, got, next_step
        parts = [what if where is None else f"{where}: {what}"]
        if expected is not None:
            parts.append(f"expected {expected}")
        if got is not None:
            parts.append(f"got {got}")
        super().__init__("; ".join(parts) + (f". Next: {next_step}" if next_step else ""))


class CheckFailed(QleapError):
    """A gate or a check failed."""

    exit_code = 1


class UsageError(QleapError):
    """The command line or a recipe is wrong."""

    exit_code = 2


class InputDataError(QleapError):
    """A file cannot be used as it is."""

    exit_code = 3


class VariantFailed(InputDataError):
    """coremltools cannot make this variant of a package; other variants may still be possible."""


class SchemaMismatch(InputDataError):
    """A document of another schema or version; it is refused and never interpreted."""


class AlteredFile(InputDataError):
    """A file's bytes differ from the hash recorded for it."""


class UnsupportedOperation(InputDataError):
    """A saved ML Program holds an operation, or a form of one, that the runtime cannot execute.

    Args:
        op_type: type of the MIL operation, e.g. ``"non_maximum_suppression"``.
        op_name: the name of its first output in the program.
        supported: every type of operation that the runtime executes.
        detail: what is not supported, where the operation is but this form of it is not.
        opset: the version of the operations that the program was written for, e.g. ``"CoreML8"``.
        where: the program.
    """

    def __init__(
        self,
        op_type: str,
        op_name: str,
        supported: list[str],
        detail: str | None = None,
        *,
        opset: str | None = None,
        where: str | Path | None = None,
    ) -> None:
        self.op_type, self.op_name, self.supported, self.opset = op_type, op_name, supported, opset
        place = f"op {op_name!r} of type {op_type!r}" + (f" of opset {opset}" if opset else "")
        super().__init__(
            detail or f"the program needs the operation {op_type!r}, which this runtime cannot execute",
            where=place if where is None else f"{where}, {place}",
            expected=f"one of {', '.join(supported)}",
            next_step="convert the model without it, or add it to qleap_edge/mil/ops",
        )
