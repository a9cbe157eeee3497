"""Which operations `qleap_edge.mil` executes, of those that coremltools defines: the table of README.md.

    python benchmarks/mil_operator_support.py

One row a family of kernels, then what is left out. An operation whose definition changed with an opset counts once, with the
number of its versions in brackets. The last line is one JSON document.
"""

import json

from qleap_edge.conversion.libraries import import_coremltools
from qleap_edge.mil.ops.registry import kernels
from qleap_edge.mil.ops.table import FAMILIES

# Written by coremltools' backend in place of what its own table calls coreml_update_state; constants are read, not executed.
OUTSIDE_THE_TABLE = {"write_state"}
READ_ONLY = {"const"}
INTERNAL = {"_const_symbolic"}  # of coremltools' own tests


def defined_operations() -> set[str]:
    """Return every operation that coremltools can put into an ML Program."""
    import_coremltools()
    from coremltools.converters.mil.mil.ops.registry import SSAOpRegistry

    return set(SSAOpRegistry.core_ops) - INTERNAL


def main() -> None:
    """Print the table."""
    rows: dict[str, list[str]] = {}
    for op_type, versions in sorted(kernels().items()):
        module = versions[0].function.__module__.rsplit(".", 1)[-1]
        rows.setdefault(module, []).append(op_type if len(versions) == 1 else f"{op_type} ({len(versions)})")
    print("| family | operations | |\n|---|---|---|")
    for family in FAMILIES:
        name = family.__name__.rsplit(".", 1)[-1]
        if name in rows:
            print(f"| `{name}` | {len(rows[name])} | {', '.join(rows[name])} |")
    defined = defined_operations()
    known = {*kernels(), *READ_ONLY} - OUTSIDE_THE_TABLE
    missing = sorted(defined - known)
    print(f"\n{len(defined & known)} of the {len(defined)} operations; not executed: {', '.join(missing) or 'none'}.")
    counts = {"defined": len(defined), "executed": len(defined & known)}
    print(json.dumps({"benchmark": "mil_operator_support", **counts, "missing": missing}))


if __name__ == "__main__":
    main()
