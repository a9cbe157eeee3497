"""The same motion in every format comes out as the same recording; what is no recording is named."""

import csv
import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.alignment.readers.detect import UnknownFormatError, proposed_mapping, read_recording
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.stream import align
from qleap_edge.core.errors import InputDataError, UsageError
from tests.support.recording_formats import (
    GENERIC_MAPPING,
    TABLES,
    bridge,
    generic,
    gzipped,
    merged,
    phyphox_file,
    sensor_log,
    sp_sw_har,
    write_batched,
    write_pads,
    write_phyphox_folder,
    zipped,
)
from tests.support.watch_recordings import (
    EVERYDAY,
    GYM_SET,
    PENDULUM_LEFT,
    WRIST_MOTION,
    sensor_logger_rows,
    swinging_arm,
    write_csv,
)


def arm(seconds: float = 6.0, rate_hz: float = 100.0) -> Recording:
    return swinging_arm(np.arange(int(seconds * rate_hz)) / rate_hz)


def same(found: Recording, expected: Recording, stamp_s: float = 1e-6, value: float = 1e-6) -> None:
    np.testing.assert_allclose(found.time_s, expected.time_s - expected.time_s[0], atol=stamp_s)
    np.testing.assert_allclose(found.imu, expected.imu, atol=value)


def refused(path: Path, *parts: str) -> InputDataError:
    with pytest.raises(InputDataError) as caught:
        read_recording(path)
    for part in parts:
        assert part in str(caught.value), str(caught.value)
    assert caught.value.next_step
    return caught.value


@pytest.mark.parametrize("name", list(TABLES))
@pytest.mark.parametrize("packed", ["", "gz", "zip"])
def test_every_table_is_the_same_motion(tmp_path: Path, name: str, packed: str) -> None:
    path = tmp_path / "run" / "any name.csv"
    path.parent.mkdir()
    path.write_text(TABLES[name](arm()))
    if packed:
        path = gzipped(path) if packed == "gz" else zipped(path.parent)
    found = read_recording(path)
    assert found.format == name
    same(found, arm(), stamp_s=6e-4 if name == "sp-sw-har" else 1e-6)
    aligned = align(found)
    assert not aligned.failures


def test_merged_export_drops_rows_without_a_reading(tmp_path: Path) -> None:
    path = tmp_path / "merged.csv"
    path.write_text(merged(arm(), empty=17))
    assert "17 rows without a reading of the watch dropped" in read_recording(path).notes


def test_the_origin_is_the_first_stamp_with_a_reading() -> None:
    """Labels of sets are in the file's own seconds."""
    with gzip.open(GYM_SET, "rt", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        first = next(row for row in rows if row["wristMotion_gravityX"])
    recording = read_recording(GYM_SET)
    assert recording.origin_s == float(first["secondsElapsed"]) > recording.time_s[0] == 0.0


def test_merged_export_that_repeats_the_last_reading_stops_there(tmp_path: Path) -> None:
    """The app wrote 44 s of the same values after the watch had stopped sending."""
    recording = read_recording(GYM_SET)
    assert len(recording) == 3655 and "4397 rows" in recording.warnings[0]
    assert not align(recording).failures


def test_merged_export_with_half_a_reading_is_refused(tmp_path: Path) -> None:
    lines = merged(arm()).split("\n")
    cells = lines[40].split(",")
    cells[3] = ""
    lines[40] = ",".join(cells)
    path = tmp_path / "merged.csv"
    path.write_text("\n".join(lines))
    refused(path, "row 41", "'wristMotion_rotationRateZ'", "empty")


@pytest.mark.parametrize("units", [True, False])
def test_sensor_log_with_and_without_units(tmp_path: Path, units: bool) -> None:
    path = tmp_path / "log.csv"
    path.write_text(sensor_log(arm(), units=units))
    found = read_recording(path)
    same(found, arm(), stamp_s=1e-6)
    assert found.notes == ("1 rows without a motion reading dropped", "600 rows that repeat a motion reading dropped")


def test_sensor_log_by_its_wall_clock(tmp_path: Path) -> None:
    """An export without the motion stamp: one row a reading, the wall clock in its place."""
    lines = sensor_log(arm()).split("\n")
    path = tmp_path / "log.csv"
    path.write_text("\n".join([lines[0].replace("motionTimestamp_sinceReboot", "other"), *lines[2::2]]) + "\n")
    found = read_recording(path)
    assert np.diff(found.time_s) == pytest.approx(np.full(599, 0.01), abs=1.1e-3)


def test_sensor_log_at_33_hz_is_refused_for_its_rate(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(sensor_log(arm(8.0, 33.19)))
    messages = [found.message for found in align(read_recording(path)).failures]
    assert any("33.19 Hz is below the 50 Hz that the model needs" in message for message in messages)
    assert not any("collapsed" in message for message in messages)


def test_sensor_log_without_gyroscope(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("loggingTime(txt),accelerometerAccelerationX(G),accelerometerAccelerationY(G)\n2025-01-01,0,1\n")
    refused(path, "gyroscope is missing", "Device Motion")


def test_phyphox_folder_and_zip(tmp_path: Path) -> None:
    folder = write_phyphox_folder(tmp_path / "phyphox", arm())
    for path in (folder, zipped(folder)):
        found = read_recording(path)
        same(found, arm(), value=1e-3)
        assert found.format == "phyphox" and not align(found).failures


def test_phyphox_without_gravity(tmp_path: Path) -> None:
    folder = write_phyphox_folder(tmp_path / "phyphox", arm())
    (folder / "Accelerometer.csv").unlink()
    refused(folder, "acceleration with gravity", "Linear Accelerometer.csv")


def test_one_file_of_a_phyphox_folder(tmp_path: Path) -> None:
    folder = write_phyphox_folder(tmp_path / "phyphox", arm())
    refused(folder / "Gyroscope.csv", "lacks the acceleration", "whole exported folder")


def test_phyphox_with_decimal_commas(tmp_path: Path) -> None:
    path = tmp_path / "comma.csv"
    path.write_text(phyphox_file(arm()).replace(".", ","))
    same(read_recording(path), arm())


def test_bridge_is_refused_because_gravity_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "bridge.csv"
    path.write_text(bridge(arm()))
    refused(path, "gravity is missing", "CMDeviceMotion.gravity")


def test_batched_pair_is_told_apart_by_its_rates(tmp_path: Path) -> None:
    folder = write_batched(tmp_path / "pair", arm(6.0, 799.0), arm(6.0, 200.0))
    for path in (folder, zipped(folder)):
        found = read_recording(path)
        assert found.format == "batched-pair" and not align(found).failures
        inner = slice(50, -50)
        np.testing.assert_allclose(found.imu[inner], arm(6.0, 200.0).imu[: len(found)][inner], atol=0.02)


def test_half_a_batched_pair(tmp_path: Path) -> None:
    folder = write_batched(tmp_path / "pair", arm(6.0, 799.0), arm(6.0, 200.0))
    refused(folder / "a.csv", "one of two files", "folder that holds both")


def test_batched_pair_of_one_rate_needs_a_name(tmp_path: Path) -> None:
    folder = write_batched(tmp_path / "pair", arm(), arm())
    refused(folder, "which of the two files", "'acc'")
    (folder / "a.csv").rename(folder / "accelerometer.csv")
    same(read_recording(folder), arm(), value=1e-3)


def test_pads_by_its_description_and_by_its_series(tmp_path: Path) -> None:
    description = write_pads(tmp_path / "pads", arm())
    for path in (description, description.parent / "timeseries" / "001_Task0_LeftWrist.txt", description.parent):
        same(read_recording(path), arm())
    assert "the description says LeftWrist" in read_recording(description).notes


def test_pads_description_of_several(tmp_path: Path) -> None:
    description = write_pads(tmp_path / "pads", arm(), records=3)
    error = refused(description, "several recordings")
    assert "001_Task2_LeftWrist.txt" in str(error.next_step)


def test_pads_series_without_description(tmp_path: Path) -> None:
    description = write_pads(tmp_path / "pads", arm())
    description.unlink()
    refused(tmp_path / "pads" / "timeseries" / "001_Task0_LeftWrist.txt", "without its description")


def test_hemi_physio_at_20_hz_is_refused_for_its_rate(tmp_path: Path) -> None:
    path = tmp_path / "hemi.csv"
    path.write_text(TABLES["hemi-physio"](arm(20.0, 20.0)))
    assert any("20.00 Hz is below the 50 Hz" in found.message for found in align(read_recording(path)).failures)


def test_mapped_table_is_the_same_motion(tmp_path: Path) -> None:
    path, mapping = tmp_path / "other.csv", tmp_path / "mapping.toml"
    path.write_text(generic(arm()))
    mapping.write_text(GENERIC_MAPPING)
    found = read_recording(path, mapping_file=mapping)
    same(found, arm(), stamp_s=2e-6)
    assert found.format == "mapped-csv" and not align(found).failures


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ('unit = "us"', 'unit = "?"', "time.unit"),
        ('"turn x"', '"turn w"', "turn w"),
        ("contains_gravity = true", "contains_gravity = false", "no table 'gravity'"),
        ('sign = "physical"', 'sign = "?"', "acceleration.sign"),
        ('column = "when"', 'colum = "when"', "time.colum"),
        ('schema = "qleap.recording_mapping"', 'schema = "other"', "wrong schema"),
    ],
)
def test_mapping_that_cannot_be_used(tmp_path: Path, old: str, new: str, part: str) -> None:
    path, mapping = tmp_path / "other.csv", tmp_path / "mapping.toml"
    path.write_text(generic(arm()))
    mapping.write_text(GENERIC_MAPPING.replace(old, new))
    with pytest.raises(UsageError, match=part):
        read_recording(path, mapping_file=mapping)


def test_mapping_with_a_rate_beside_it(tmp_path: Path) -> None:
    path, mapping = tmp_path / "other.csv", tmp_path / "mapping.toml"
    path.write_text(generic(arm()))
    mapping.write_text(GENERIC_MAPPING)
    with pytest.raises(UsageError, match="leave the rate out"):
        read_recording(path, 100.0, mapping)


def test_unknown_header_proposes_a_mapping_that_works_when_completed(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    text = sp_sw_har(arm()).replace(
        "x_acc,y_acc,z_acc,x_gyro,y_gyro,z_gyro,timestamp", "accX,accY,accZ,gyrX,gyrY,gyrZ,time"
    )
    path.write_text(text)
    proposal = proposed_mapping(path)
    error = refused(path, "--mapping mapping.toml", 'columns = ["accX", "accY", "accZ"]', 'column = "time"')
    assert isinstance(error, UnknownFormatError) and error.proposal == proposal
    assert 'column = "time"\nunit = "ms"' in proposal and 'unit = "m/s^2"' in proposal
    assert proposal.count('"?"') == 2  # the gyroscope's unit and the sign: no header says them, and the values do not
    completed = proposal.replace('unit = "?"', 'unit = "rad/s"').replace('sign = "?"', 'sign = "physical"')
    (tmp_path / "mapping.toml").write_text(completed)
    same(read_recording(path, mapping_file=tmp_path / "mapping.toml"), arm(), stamp_s=6e-4)


@pytest.mark.parametrize("path", [WRIST_MOTION, GYM_SET], ids=lambda path: path.stem)
def test_an_acceleration_beside_gravity_is_told_by_its_direction(path: Path, tmp_path: Path) -> None:
    """Sensor Logger calls user acceleration "acceleration"."""
    assert "contains_gravity = false" in proposed_mapping(path)
    rows = ["t,accX,accY,accZ,gyrX,gyrY,gyrZ,gravX,gravY,gravZ"]
    rows += [f"{0.01 * k:.2f},{0.1 * (k % 3 - 1)},0.1,1.1,0.1,0.2,{k % 5},0,0,1" for k in range(200)]
    total = tmp_path / "total.csv"
    total.write_text("\n".join(rows) + "\n")
    assert "contains_gravity = true" in proposed_mapping(total)


def test_proposal_by_the_values_where_the_names_say_nothing(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text(generic(arm()))
    proposal = proposed_mapping(path)
    for part in ('column = "when"\nunit = "us"', '["fx", "fy", "fz"]', 'unit = "mg"', '["turn x", "turn y", "turn z"]'):
        assert part in proposal
    assert 'unit = "deg/s"' in proposal and proposal.count('"?"') == 1


def test_phone_folder_says_that_the_watch_is_missing(tmp_path: Path) -> None:
    for name in ("Accelerometer", "Gyroscope"):
        (tmp_path / f"{name}.csv").write_text("time,seconds_elapsed,z,y,x\n1700000000000000000,0.0,1,2,3\n")
    refused(tmp_path, "only sensors of a phone", "Accelerometer.csv, Gyroscope.csv", "Wrist Motion")
    refused(tmp_path / "Gyroscope.csv", "one sensor of a Sensor Logger recording", "whole folder")


def test_headphones_are_no_watch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = sensor_logger_rows(arm())
    write_csv(tmp_path / "WristMotion.csv", rows)
    write_csv(tmp_path / "Headphone.csv", rows)
    same(read_recording(tmp_path), arm())


def test_path_that_does_not_exist_names_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "WristMotion.csv").write_text("x")
    refused(tmp_path / "WristMotoin.csv", "no such file", "holds WristMotion.csv")
    refused(tmp_path / "a" / "b" / "c.csv", f"{tmp_path} exists")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"\0\0\0 ftypqt", "a video or audio file"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b'<?xml version="1.0"?>', "export.xml"),
        (b"%PDF-1.7", "a PDF document"),
    ],
)
def test_other_things_are_named(tmp_path: Path, data: bytes, kind: str) -> None:
    (tmp_path / "thing").write_bytes(data)
    refused(tmp_path / "thing", kind)


def test_cut_gzip(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(GYM_SET.read_bytes()[:90_000])
    refused(path, "cannot read the recording", "cut")


@pytest.mark.parametrize(
    ("path", "name", "rows"), [(GYM_SET, "sensor-logger-merged", 3655), (EVERYDAY, "sp-sw-har", 987)]
)
def test_real_exports(path: Path, name: str, rows: int) -> None:
    aligned = align(read_recording(path))
    assert (aligned.recording.format, len(aligned.recording)) == (name, rows)
    assert not aligned.failures


def user_only(recording: Recording) -> Recording:
    """Return what a table without gravity becomes when it is taken for total acceleration."""
    return replace(recording, specific_force=-9.80665 * np.asarray(recording.user_acceleration), gravity=None)


@pytest.mark.parametrize("path", [WRIST_MOTION, GYM_SET])
def test_real_recording_without_gravity_does_not_pass(path: Path) -> None:
    damaged = replace(user_only(read_recording(path)), user_acceleration=None, quaternion=None)
    failed = {found.check for found in align(damaged).failures}
    assert "mean-force" in failed


@pytest.mark.parametrize("path", [WRIST_MOTION, GYM_SET, EVERYDAY, PENDULUM_LEFT])
def test_real_recording_with_a_turned_sign_does_not_pass(path: Path) -> None:
    recording = read_recording(path)
    if recording.gravity is None:
        turned = replace(recording, specific_force=-recording.specific_force)
    else:
        user = -np.asarray(recording.user_acceleration)
        turned = replace(recording, user_acceleration=user, specific_force=-9.80665 * (recording.gravity + user))
    assert "acceleration-sign" in {found.check for found in align(turned).failures}


def test_recording_with_all_signs_turned_contradicts_its_attitude() -> None:
    recording = read_recording(GYM_SET)
    turned = replace(recording, gravity=-np.asarray(recording.gravity), specific_force=-recording.specific_force)
    turned = replace(turned, user_acceleration=-np.asarray(recording.user_acceleration))
    assert "attitude-gravity" in {found.check for found in align(turned).failures}
