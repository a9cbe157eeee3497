"""Recordings that cannot be used: one named error each, with file, row and column."""

import gzip
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qleap_edge.alignment.readers import table
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.stream import align, windows
from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.frames import STANDARD_GRAVITY
from tests.support.watch_recordings import PENDULUM_LEFT, WRIST_MOTION, sensor_logger_rows, swinging_arm, write_csv


@pytest.fixture
def rows() -> list[list[str]]:
    return sensor_logger_rows(swinging_arm(np.arange(20) / 100.0))


def refused(path: Path, *parts: str) -> InputDataError:
    with pytest.raises(InputDataError) as caught:
        read_recording(path)
    message = str(caught.value)
    assert caught.value.exit_code == 3
    assert caught.value.next_step
    for part in (path.name, *parts):
        assert part in message, message
    return caught.value


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("hello", "text, not a number"),
        ("", "empty"),
        ("   ", "empty"),
        ("nan", "not finite"),
        ("-inf", "not finite"),
        ("1e999", "not finite"),
        ("1e30", "beyond any sensor"),
        ("-9999", "no reading"),
        ("1_0", "text, not a number"),
        ("\u0663", "text, not a number"),
        ("0x10", "text, not a number"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_bad_cell(tmp_path: Path, rows, cell: str, what: str, delimiter: str, quote: str) -> None:
    rows[7][5] = cell
    quoted = [[f"{quote}{text}{quote}" for text in row] for row in rows]
    error = refused(write_csv(tmp_path / "bad.csv", quoted, delimiter), what)
    assert error.where == f"{tmp_path / 'bad.csv'}, row 8, column 'gravityX'"


def test_row_counts_blank_lines_too(tmp_path: Path, rows) -> None:
    rows[7][5] = "x"
    text = "\n\n" + "\n".join(",".join(row) for row in [rows[0], [""], *rows[1:]])
    (tmp_path / "bad.csv").write_text(text.replace("\n,", "\n").replace("[]", ""))
    refused(tmp_path / "bad.csv", "row 11, column 'gravityX'")


@pytest.mark.parametrize("stamp", ["1.5", "1e18", "99999999999999999999", "soon", "", "-5", "0", "9223372036854775807"])
def test_bad_stamp(tmp_path: Path, rows, stamp: str) -> None:
    rows[3][0] = stamp
    refused(write_csv(tmp_path / "bad.csv", rows), "row 4", "column 'time'")


@pytest.mark.parametrize("cells", [14, 16])
def test_ragged_row(tmp_path: Path, rows, cells: int) -> None:
    rows[5] = (rows[5] + ["0.0"])[:cells]
    refused(
        write_csv(tmp_path / "bad.csv", rows),
        "row 6",
        "another number of cells than the header",
        "expected 15 cells",
        f"got {cells}",
    )


def test_file_cut_in_the_middle_of_a_row(tmp_path: Path) -> None:
    whole = WRIST_MOTION.read_bytes()
    (tmp_path / "cut.csv").write_bytes(whole[: len(whole) // 2])
    refused(tmp_path / "cut.csv", "another number of cells than the header")


@pytest.mark.parametrize(
    ("prefix", "sensor"), [("rotationRate", "gyroscope"), ("gravity", "gravity"), ("acceleration", "acceleration")]
)
def test_missing_sensor(tmp_path: Path, rows, prefix: str, sensor: str) -> None:
    keep = [index for index, name in enumerate(rows[0]) if not name.startswith(prefix)]
    path = write_csv(tmp_path / "bad.csv", [[row[index] for index in keep] for row in rows])
    refused(path, f"{prefix}X", sensor, "row 1")


def test_missing_single_axis(tmp_path: Path, rows) -> None:
    keep = [index for index, name in enumerate(rows[0]) if name != "rotationRateY"]
    refused(write_csv(tmp_path / "bad.csv", [[row[index] for index in keep] for row in rows]), "no rotationRateY")


def test_acceleration_only_series(tmp_path: Path) -> None:
    refused(write_csv(tmp_path / "bad.csv", [["ax", "ay", "az"], ["0", "0", "-1"]]), "gyroscope is missing")


def test_column_twice(tmp_path: Path, rows) -> None:
    rows[0][2] = "gravityX"
    rows[0].append("rotationRateX")
    refused(write_csv(tmp_path / "bad.csv", [rows[0], *([*row, "0"] for row in rows[1:])]), "'gravityX' is there twice")


def test_unknown_format_names_the_known_ones(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "bad.csv", [["t", "x", "y", "z"], ["0", "0", "0", "1"]])
    refused(path, "Sensor Logger", "seglearn", "t, x, y, z")


@pytest.mark.parametrize("data", [b"", b"\n\n  \n"])
def test_empty_file(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad.csv").write_bytes(data)
    refused(tmp_path / "bad.csv", "empty")


def test_header_only(tmp_path: Path, rows) -> None:
    refused(write_csv(tmp_path / "bad.csv", rows[:1]), "no rows below the header")


def test_not_utf8(tmp_path: Path, rows) -> None:
    text = "\n".join(",".join(row) for row in rows).encode()
    lines = text.split(b"\n")
    lines[4] = lines[4][:30] + b"\xe9" + lines[4][30:]
    (tmp_path / "bad.csv").write_bytes(b"\n".join(lines))
    refused(tmp_path / "bad.csv", "not UTF-8", "row 5", "0xe9")


@pytest.mark.parametrize("data", [b"a,b\n\x00\x01\x02\n", "time,x\n1,2\n".encode("utf-16"), bytes(range(256))])
def test_binary(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad.csv").write_bytes(data)
    refused(tmp_path / "bad.csv", "row")


def test_no_such_file(tmp_path: Path) -> None:
    refused(tmp_path / "nothing.csv", "No such file")


def test_folder_without_motion(tmp_path: Path) -> None:
    refused(tmp_path, "no watch motion file")


def test_folder_with_two(tmp_path: Path, rows) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_csv(tmp_path / name / "WristMotion.csv", rows)
    refused(tmp_path, "several watch recordings inside", "a/WristMotion.csv")


def test_damaged_zip(tmp_path: Path, rows) -> None:
    path = tmp_path / "recording.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("run/WristMotion.csv", "\n".join(",".join(row) for row in rows))
    data = bytearray(path.read_bytes())
    data[60:90] = bytes(30)
    path.write_bytes(bytes(data))
    refused(path, "zip cannot be unpacked")


def test_zip_without_motion(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "recording.zip", "w") as archive:
        archive.writestr("run/HeartRate.csv", "time,bpm\n")
    refused(tmp_path / "recording.zip", "no watch motion file")


def test_zip_folder_and_file_are_the_same_recording(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "WristMotion.csv").write_bytes(WRIST_MOTION.read_bytes())
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as archive:
        archive.write(folder / "WristMotion.csv", "run/WristMotion.csv")
        archive.writestr("__MACOSX/run/WristMotion.csv", "junk")
    found = {read_recording(path).sha256 for path in (WRIST_MOTION, folder, tmp_path / "run.zip")}
    assert len(found) == 1


def standardised(rows: list[list[str]], scale: float = -STANDARD_GRAVITY) -> list[list[str]]:
    return [rows[0], *([*row[:5], *(repr(float(c) * scale) for c in row[5:11]), *row[11:]] for row in rows[1:])]


def folder_with(tmp_path: Path, rows, flag: str | None) -> Path:
    write_csv(tmp_path / "WristMotion.csv", rows)
    if flag is not None:
        write_csv(tmp_path / "Metadata.csv", [["version", "standardisation"], ["3", flag]])
    return tmp_path / "WristMotion.csv"


@pytest.mark.parametrize("flag", [None, "true", "TRUE", ""])
def test_standardised_export_is_the_same_recording(tmp_path: Path, rows, flag: str | None) -> None:
    plain = read_recording(write_csv(tmp_path / "plain.csv", rows))
    converted = read_recording(folder_with(tmp_path, standardised(rows), flag))
    np.testing.assert_allclose(converted.specific_force, plain.specific_force, atol=1e-12)
    np.testing.assert_allclose(converted.gravity, plain.gravity, atol=1e-14)
    assert converted.notes


@pytest.mark.parametrize(("make", "flag"), [(standardised, "false"), (list, "true")])
def test_metadata_that_contradicts(tmp_path: Path, rows, make, flag: str) -> None:
    refused(folder_with(tmp_path, make(rows), flag), "contradict", "standardisation")


def test_metadata_with_an_unknown_switch(tmp_path: Path, rows) -> None:
    refused(folder_with(tmp_path, rows, "perhaps"), "standardisation", "perhaps")


def test_gravity_in_no_known_unit(tmp_path: Path, rows) -> None:
    refused(write_csv(tmp_path / "bad.csv", standardised(rows, 1000.0)), "no known unit", "gravityX", "1000")


def test_quaternion_that_is_none(tmp_path: Path, rows) -> None:
    rows[9][11:] = ["0.9", "0.9", "0.9", "0.9"]
    refused(write_csv(tmp_path / "bad.csv", rows), "unit quaternion", "row 10")


def test_rate_for_a_file_with_stamps(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="its own stamps"):
        read_recording(WRIST_MOTION, 50.0)


@pytest.mark.parametrize("rate_hz", [0.0, -50.0, float("nan"), float("inf")])
def test_impossible_rate(rate_hz: float) -> None:
    with pytest.raises(UsageError, match=re.escape(repr(rate_hz))):
        read_recording(PENDULUM_LEFT, rate_hz)


@given(
    st.lists(
        st.tuples(st.integers(0, 10**9), st.sampled_from(list(b'0123456789.,-;"\n\r\x00 eE+naif_\xff'))), max_size=4
    )
)
@settings(max_examples=150, deadline=None)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_altered_bytes_give_a_recording_or_a_named_error(tmp_path_factory: pytest.TempPathFactory, edits) -> None:
    data = bytearray(b"\n".join(WRIST_MOTION.read_bytes().split(b"\n")[:302]))
    for place, byte in edits:
        data[place % len(data)] = byte
    path = tmp_path_factory.mktemp("fuzz") / "altered.csv"
    path.write_bytes(bytes(data))
    try:
        aligned = align(read_recording(path))
    except InputDataError as error:
        assert str(path) in str(error)
    else:
        assert np.isfinite(windows(aligned, steps=20).imu).all()


def header_then(text: bytes, count: int) -> bytes:
    header = ",".join(sensor_logger_rows(swinging_arm(np.arange(2) / 100.0))[0]).encode()
    return header + b"\n" + text * count


@pytest.mark.parametrize("text", [b"\n", b",", b"0.25,0.25,0.25,0.25\n"])
@pytest.mark.parametrize("packed", ["zip", "gz"])
def test_an_archive_that_unpacks_to_a_thousand_times_its_size(tmp_path: Path, text: bytes, packed: str) -> None:
    """17 MiB of repetition, from a few kilobytes: refused while it is unpacked, before it becomes rows."""
    data = header_then(text, (17 << 20) // len(text))
    path = tmp_path / f"WristMotion.csv.{packed}"
    if packed == "gz":
        path.write_bytes(gzip.compress(data))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("WristMotion.csv", data)
    refused(path, "unpacks to far more", f"at most 200 times its {path.stat().st_size if packed == 'gz' else ''}")


def test_too_many_rows_and_a_row_that_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "WristMotion.csv"
    path.write_bytes(header_then(b",", 70_000))
    refused(path, "too many bytes in one row", "at most 65536", "got 70000")
    monkeypatch.setattr(table, "MAX_ROWS", 1000)
    path.write_bytes(header_then(b"\r\n", 1001))
    refused(path, "too many rows", "at most 1000", "got 1002")


def test_long_rows_are_found_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_BLOCK_BYTES", 100)
    path = tmp_path / "WristMotion.csv"
    for before in (1, 99, 100, 101, 250):
        path.write_bytes(header_then(b"\n", before) + b"," * 65_537)
        refused(path, "too many bytes in one row", "got 65537")
