"""Damage recordings of every format in thousands of ways: each must end in one clear error or in a result without NaN, soon.

    python benchmarks/fuzz_recordings.py [--cases 3000] [--seed 0]

A swinging arm of six seconds in every format, and the real recordings of ``tests/fixtures/watch``, are changed: bytes, cells,
rows, columns, names, units, signs, stamps, delimiters, encodings, archives, mapping files. Each case is read, checked, aligned,
cut and reported, and where it passes the checks it is searched for sets, whose repetitions are measured; all that in a worker
process that may take 10 s and 2 GiB. Results and named errors are counted; any other exception, a floating-point warning, an
error without a next step, a number that is not finite, a worker that dies or hangs ends with exit
code 1. The last line is one JSON document.
"""

import argparse
import gzip
import json
import math
import resource
import shutil
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import astuple
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from fuzz_worker import Worker

from qleap_edge.core.errors import QleapError

REPOSITORY = Path(__file__).resolve().parents[1]
LIMIT_S = 10.0
MAPPING = "mapping.toml"
_ROWS = 600
_CELLS = (
    "",
    " ",
    "nan",
    "inf",
    "-inf",
    "-9999",
    "null",
    "1e999",
    "1e30",
    "x",
    "0",
    "-0.0",
    "1_0",
    "0x10",
    "9" * 40,
    '"',
    "1,5",
)
_SCALES = (-1.0, 0.0, 1e-9, 0.01745, 57.3, 1000.0, 9.80665, 1e6, 1e300)


def make_bases(folder: Path) -> list[Path]:
    """Write the undamaged recordings, one folder a format; return what is to be read in each."""
    sys.path.insert(0, str(REPOSITORY))
    from tests.support import recording_formats as formats
    from tests.support import watch_recordings as real

    arm = real.swinging_arm(np.arange(_ROWS) / 100.0)
    texts = {name: write(arm) for name, write in formats.TABLES.items()}
    texts["sensor-log-bare"] = formats.sensor_log(arm, units=False)
    texts["bridge"] = formats.bridge(arm)
    texts["unknown"] = formats.generic(arm)
    texts["sensor-logger"] = "\n".join(",".join(row) for row in real.sensor_logger_rows(arm)) + "\n"
    texts["seglearn"] = "\n".join(real.PENDULUM_LEFT.read_text().split("\n")[: _ROWS + 1])
    texts["swim"] = "\n".join(real.WRIST_MOTION.read_text().split("\n")[: 2 * _ROWS])
    texts["gym"] = "\n".join(gzip.decompress(real.GYM_SET.read_bytes()).decode().split("\n")[3000:4200])
    texts["gym"] = gzip.decompress(real.GYM_SET.read_bytes()).decode().split("\n")[0] + "\n" + texts["gym"]
    texts["everyday"] = gzip.decompress(real.EVERYDAY.read_bytes()).decode()
    bases = []
    for name, text in texts.items():
        path = folder / name / "recording.csv"
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
        bases.append(path)
    mapped = folder / "mapped"
    mapped.mkdir()
    (mapped / "recording.csv").write_text(formats.generic(arm))
    (mapped / MAPPING).write_text(formats.GENERIC_MAPPING)
    bases.append(mapped / "recording.csv")
    bases.append(formats.write_phyphox_folder(folder / "phyphox-folder" / "run", arm))
    fast = real.swinging_arm(np.arange(4 * _ROWS) / 400.0)
    bases.append(formats.write_batched(folder / "pair" / "run", fast, arm))
    bases.append(formats.write_pads(folder / "pads" / "run", arm).parent)
    for name in ("sensor-logger", "sensor-log", "sp-sw-har"):
        for pack in ("zip", "gz"):
            (folder / f"{name}-{pack}" / "run").mkdir(parents=True)
            shutil.copy(folder / name / "recording.csv", folder / f"{name}-{pack}" / "run" / "recording.csv")
            place = folder / f"{name}-{pack}" / "run"
            bases.append(formats.zipped(place) if pack == "zip" else formats.gzipped(place / "recording.csv"))
    return bases


def flip(data: bytes, rng: np.random.Generator) -> bytes:
    """Change one to eight bytes."""
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 9)) if changed else 0):
        changed[int(rng.integers(len(changed)))] = int(rng.choice(list(b'0123456789.,-;"\n\r\x00\t eE+naif_\xff\xc3')))
    return bytes(changed)


def cut(data: bytes, rng: np.random.Generator) -> bytes:
    """Keep a part of the bytes."""
    first, last = sorted(int(place) for place in rng.integers(0, len(data) + 1, size=2))
    return data[:last] if rng.random() < 0.7 else data[first:last]


def recode(data: bytes, rng: np.random.Generator) -> bytes:
    """Write the text in another encoding, with other line ends, delimiters or a frame of junk."""
    text = data.decode("utf-8", errors="replace")
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: b"\xef\xbb\xbf" + data,
        lambda: text.encode("utf-16"),
        lambda: text.encode("latin-1", errors="replace"),
        lambda: text.replace("\n", "\r\n").encode(),
        lambda: text.replace("\n", "\r").encode(),
        lambda: text.replace(",", ";").encode(),
        lambda: text.replace(",", "\t").encode(),
        lambda: text.replace(",", ";").replace(".", ",").encode(),
        lambda: text.replace(",", ", ").encode(),
        lambda: text.replace(",", '","').replace("\n", '"\n"').encode(),
        lambda: data + data,
        lambda: b"\n\n" + data + b"\n\n\n",
        lambda: b"# made by an app\n" + data,
        lambda: data.replace(b"\n", b"\n\n"),
        lambda: b"",
        lambda: b"\n \n",
        lambda: rng.bytes(2000),
    )
    return ways[int(rng.integers(len(ways)))]()


def edit(data: bytes, rng: np.random.Generator) -> bytes:
    """Change cells, rows, columns, names or stamps of a table, so that it stays a table."""
    rows = [line.split(",") for line in data.decode("utf-8", errors="replace").split("\n") if line]
    if len(rows) < 3:
        return data
    for _ in range(int(rng.integers(1, 4))):
        rows = [row or [""] for row in EDITS[int(rng.integers(len(EDITS)))](rows, rng)] or [[""]]
    return ("\n".join(",".join(row) for row in rows) + "\n").encode("utf-8", errors="replace")


Rows = list[list[str]]


def _cells(rows: Rows, rng: np.random.Generator) -> Rows:
    for _ in range(int(rng.integers(1, 30))):
        row = rows[int(rng.integers(1, len(rows)))] if len(rows) > 1 else rows[0]
        row[int(rng.integers(len(row)))] = str(rng.choice(_CELLS))
    return rows


def _empty_rows(rows: Rows, rng: np.random.Generator) -> Rows:
    first = int(rng.integers(0, len(rows)))
    for row in rows[first : first + int(rng.integers(1, 200))]:
        row[1:] = [str(rng.choice(("", "null", "-9999")))] * (len(row) - 1)
    return rows


def _drop_rows(rows: Rows, rng: np.random.Generator) -> Rows:
    first = int(rng.integers(1, len(rows))) if len(rows) > 1 else 1
    return rows[:first] + rows[first + int(rng.choice([1, 3, 8, 40, 400])) :]


def _repeat_rows(rows: Rows, rng: np.random.Generator) -> Rows:
    first = int(rng.integers(0, len(rows)))
    return rows[: first + 60] + [list(row) for row in rows[first : first + 60]] + rows[first + 60 :]


def _shuffle(rows: Rows, rng: np.random.Generator) -> Rows:
    return [rows[0], *(rows[1 + int(place)] for place in rng.permutation(len(rows) - 1))]


def _freeze(rows: Rows, rng: np.random.Generator) -> Rows:
    first = int(rng.integers(1, len(rows))) if len(rows) > 1 else 0
    for row in rows[first:]:
        row[1:] = rows[first][1:]
    return rows


def _drop_column(rows: Rows, rng: np.random.Generator) -> Rows:
    column = int(rng.integers(len(rows[0])))
    return [row[:column] + row[column + 1 :] for row in rows]


def _swap_columns(rows: Rows, rng: np.random.Generator) -> Rows:
    one, two = (int(place) for place in rng.integers(0, len(rows[0]), size=2))
    for row in rows:
        if max(one, two) < len(row):
            row[one], row[two] = row[two], row[one]
    return rows


def _rename(rows: Rows, rng: np.random.Generator) -> Rows:
    column = int(rng.integers(len(rows[0])))
    rows[0][column] = str(
        rng.choice(("", "x", rows[0][0], rows[0][-1], rows[0][column].upper(), "gravityX", 'a"b', "7"))
    )
    return rows


def _scale_columns(rows: Rows, rng: np.random.Generator) -> Rows:
    first = int(rng.integers(len(rows[0])))
    scale = float(rng.choice(_SCALES))
    for row in rows[1:]:
        for column in range(first, min(first + int(rng.choice([1, 3, 6])), len(row))):
            try:
                row[column] = repr(float(row[column]) * scale)
            except ValueError:
                continue
    return rows


def _stamps(rows: Rows, rng: np.random.Generator) -> Rows:
    """Spoil the first column, or the last: constant, reversed, stretched, jumping, rounded, burst."""
    column = 0 if rng.random() < 0.7 else -1
    way = int(rng.integers(7))
    place = int(rng.integers(1, len(rows))) if len(rows) > 1 else 0
    scale = float(rng.choice([0.0, 0.2, 3.0, -1.0, 1e-6, 1e6]))
    for index, row in enumerate(rows[1:]):
        try:
            value = int(row[column]) if row[column].lstrip("-").isdigit() else float(row[column])
        except (ValueError, IndexError):
            continue
        changed = (
            5, value * scale, value if index < place else value + 10 ** int(rng.integers(0, 12)), -value,
            value - index % 3, value + (0 if index % 7 else 1), value if index < place else value - 1,
        )[way]  # fmt: skip
        row[column] = str(int(changed)) if isinstance(value, int) and abs(changed) < 1e300 else repr(changed)
    return rows


def _ragged(rows: Rows, rng: np.random.Generator) -> Rows:
    row = rows[int(rng.integers(len(rows)))]
    row.extend(["1"] * int(rng.integers(1, 4))) if rng.random() < 0.5 else row.pop()
    return rows


EDITS: tuple[Callable[[Rows, np.random.Generator], Rows], ...] = (
    _cells, _empty_rows, _drop_rows, _drop_rows, _repeat_rows, _shuffle, _freeze, _drop_column, _swap_columns, _rename,
    _scale_columns, _scale_columns, _stamps, _stamps, _stamps, _ragged,
)  # fmt: skip
DAMAGES: dict[str, Callable[[bytes, np.random.Generator], bytes]] = {
    "bytes": flip,
    "cut": cut,
    "recoded": recode,
    "edited": edit,
}


def damage(target: Path, rng: np.random.Generator) -> str:
    """Change one file of a recording; return how."""
    files = [target] if target.is_file() else sorted(path for path in target.rglob("*") if path.is_file())
    mapping = target.parent / MAPPING
    if mapping.is_file() and rng.random() < 0.5:
        files = [mapping]
    path = files[int(rng.integers(len(files)))]
    if len(files) > 1 and rng.random() < 0.1:
        path.unlink()
        return "file removed"
    name = str(rng.choice(["bytes", "cut", "recoded", "edited", "edited", "edited", "edited"]))
    data = path.read_bytes()
    if path.suffix == ".gz" and rng.random() < 0.7:
        path.write_bytes(gzip.compress(DAMAGES[name](gzip.decompress(data), rng), 1))
        return f"{name}, inside the gzip"
    path.write_bytes(DAMAGES[name](data, rng))
    return name


def run_case(path: Path) -> str:
    """Read, check, align and report one recording; return how it ended, with ``!`` where it must not end so."""
    from qleap_edge.alignment.export import aligned_arrays
    from qleap_edge.alignment.readers.detect import read_recording
    from qleap_edge.alignment.report import inspection_report
    from qleap_edge.alignment.stream import align, windows
    from qleap_edge.analysis.measures import measure_set
    from qleap_edge.analysis.sets import find_sets

    mapping = path.parent / MAPPING
    try:
        aligned = align(read_recording(path, None, mapping if mapping.is_file() else None))
        report = inspection_report(aligned)
        text = report.to_json()
        arrays = {**aligned_arrays(aligned), "windows": windows(aligned).imu}
        sets = [] if aligned.failures else find_sets(aligned.recording)
        for number, one in enumerate(sets, start=1):
            measured = tuple(astuple(repetition) for repetition in measure_set(one))
            arrays[f"set {number}"] = np.fromiter(_numbers(measured), dtype=float)
    except QleapError as problem:
        if problem.exit_code not in {2, 3}:
            return f"! {type(problem).__name__}: {problem}"
        return type(problem).__name__ if problem.next_step and str(problem).strip() else f"! no next step: {problem}"
    values = [found.value for found in report.findings if found.value is not None]
    values += [*report.wear.lever_m, report.source.duration_s, *(part.rate_hz for part in report.segments)]
    if not all(map(math.isfinite, values)) or "NaN" in text or "Infinity" in text:
        return "! a number that is not finite in the report"
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            return f"! a number that is not finite in {name}"
    return f"result, {report.verdict}" + (", with sets" if sets else "")


def _numbers(values: tuple[object, ...]) -> Iterator[float]:
    """Yield every number of nested measures; what a repetition does not have counts as 0."""
    for value in values:
        if isinstance(value, tuple):
            yield from _numbers(value)
        else:
            yield float(value) if isinstance(value, (int, float)) else 0.0


def serve(connection: Connection) -> None:
    """Run every recording that is sent; answer with how it ended and the memory beyond that of the healthy one."""
    warnings.simplefilter("error", RuntimeWarning)
    run_case(connection.recv())
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    connection.send(used)
    while True:
        try:
            path = connection.recv()
        except EOFError:  # the other end was closed
            return
        try:
            ended = run_case(path)
        except BaseException as problem:  # noqa: BLE001  what escapes is what this program looks for
            ended = f"! {type(problem).__name__}: {problem}"
        connection.send((ended, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - used))


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    ways: Counter[str] = Counter()
    bad: list[str] = []
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "good").mkdir()
        bases = make_bases(Path(folder) / "good")
        worker = Worker(serve, bases[0], LIMIT_S)
        for case in range(options.cases):
            rng = np.random.default_rng([options.seed, case])
            source = bases[int(rng.integers(len(bases)))]
            case_folder = Path(folder) / "case"
            shutil.rmtree(case_folder, ignore_errors=True)
            shutil.copytree(source.parent, case_folder)
            target = case_folder / source.name
            way = damage(target, rng)
            ways[way] += 1
            ended, seconds = worker.run(target)
            slowest = max(slowest, seconds)
            counts["not so" if ended.startswith("! ") else ended] += 1
            if ended.startswith("! "):
                bad.append(f"case {case}: {source.relative_to(Path(folder) / 'good')}, {way}: {ended[2:]}")
                print(bad[-1], flush=True)
    print(f"{options.cases} cases: " + ", ".join(f"{count} {name}" for name, count in counts.most_common()))
    print("damage: " + ", ".join(f"{count} {name}" for name, count in ways.most_common()))
    result = {
        "cases": options.cases,
        "seed": options.seed,
        "formats": len(bases),
        "ended": dict(counts),
        "slowest_s": round(slowest, 2),
        "bad": bad[:50],
    }
    print(json.dumps({"benchmark": "fuzz_recordings", **result}))
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()
