"""The ``qleap`` command as a user meets it: in its own process, or its entry point called in this one."""

import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from qleap_edge.cli.main import main

REPOSITORY = Path(__file__).parents[2]
QLEAP = Path(sys.executable).with_name("qleap")
MICRO_TOML = REPOSITORY / "tests" / "fixtures" / "recipes" / "micro.toml"
STAGES = {"synthesize", "train", "convert", "compress", "verify", "calibrate", "evaluate"}


@dataclass(frozen=True)
class Done:
    """What is left of a command that ended."""

    code: int
    out: str
    err: str


def run(*arguments: object, timeout_s: float = 600, **environment: str) -> Done:
    """Run the installed command in a process of its own."""
    done = subprocess.run(
        [QLEAP, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        env=os.environ | environment,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def call(*arguments: object) -> Done:
    """Run the command's entry point in this process: the same code without the seconds that imports take."""
    out, err = StringIO(), StringIO()
    code = 0
    with patch.object(sys, "argv", ["qleap", *map(str, arguments)]), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


def assert_refused(done: Done, code: int, *words: str) -> None:
    """Check that a command ended with this code and one line on stderr that holds all the words."""
    assert done.code == code, done
    assert done.out == "", done.out
    assert done.err.count("\n") == 1 and done.err.endswith("\n"), done.err
    assert done.err.startswith("error: ") and "Traceback" not in done.err
    for word in words:
        assert word in done.err, done.err


def flip_byte(path: Path, position: int | None = None) -> None:
    """Change one bit of one byte, in the middle unless said otherwise."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2 if position is None else position] ^= 1
    path.write_bytes(data)


def tree(folder: Path) -> dict[str, str]:
    """Return path → sha256 of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
