#!/usr/bin/env python3
"""Compare the public symbols of the Swift package with the reviewed list, and see that the landing page has every type.

    public_api.py GRAPH LIST LANDING_PAGE [--write]

What the compiler adds by itself is left out: it has no place in the source.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path

TYPES = {"struct", "class", "enum", "protocol"}


def public_symbols(graph: Path) -> list[tuple[str, str]]:
    """Return kind and path of each public symbol that is written in the source, sorted by path."""
    symbols = json.loads(graph.read_text())["symbols"]
    found = {
        (symbol["kind"]["identifier"].removeprefix("swift."), ".".join(symbol["pathComponents"]))
        for symbol in symbols
        if symbol["accessLevel"] == "public" and "location" in symbol
    }
    return sorted(found, key=lambda entry: (entry[1], entry[0]))


def summary(symbols: list[tuple[str, str]]) -> str:
    """Say how many types, members and cases of enumerations there are."""
    kinds = Counter("type" if kind in TYPES else "case" if kind == "enum.case" else "member" for kind, _ in symbols)
    counts = f"{kinds['type']} types, {kinds['member']} members, {kinds['case']} cases of enumerations"
    return f"{len(symbols)} public symbols: {counts}"


def main(graph: Path, listed: Path, landing: Path, *options: str) -> int:
    """Compare, or write the list."""
    symbols = public_symbols(graph)
    lines = [f"{kind} {path}" for kind, path in symbols]
    shown = set(re.findall(r"^- ``(\w+)``$", landing.read_text(), re.M))
    hidden = sorted({path for kind, path in symbols if kind in TYPES and "." not in path} - shown)
    problems = [f"{landing.name}: no topic lists {name}" for name in hidden]
    if "--write" in options:
        listed.write_text("\n".join(lines) + "\n")
    else:
        reviewed = listed.read_text().splitlines()
        problems += [f"{listed.name}: new symbol {line}" for line in lines if line not in reviewed]
        problems += [f"{listed.name}: {line} is gone" for line in reviewed if line not in lines]
    print(summary(symbols))
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"Next: correct the access, or run check-docs.sh PACKAGE --write and review {listed}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit((__doc__ or "").strip())
    paths = [Path(argument) for argument in sys.argv[1:4]]
    sys.exit(main(paths[0], paths[1], paths[2], *sys.argv[4:]))
