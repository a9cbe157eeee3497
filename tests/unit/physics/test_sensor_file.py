"""The sensor file: units, sources, presets, and the defects that are refused."""

import numpy as np
import pytest

from qleap_edge.core.errors import InputDataError, SchemaMismatch
from qleap_edge.physics.sensor_file import UNITS, load_sensor, sensor_path

SENSOR, STRESS = (load_sensor(sensor_path(name)) for name in ("apple_watch", "apple_watch_stress"))


@pytest.mark.parametrize("sensor", [SENSOR, STRESS], ids=lambda sensor: sensor.name)
def test_every_quantity_has_a_unit_and_a_source(sensor):
    quantities = set(type(sensor).model_fields) - {"schema_name", "schema_version", "name"}
    assert quantities == set(UNITS)
    for name in quantities:
        quantity = getattr(sensor, name)
        assert quantity.unit == UNITS[name]
        assert len(quantity.source) > 10, name


@pytest.mark.parametrize("sensor", [SENSOR, STRESS], ids=lambda sensor: sensor.name)
def test_a_shipped_sensor_is_named_as_its_file(sensor):
    assert load_sensor(sensor_path(sensor.name)) == sensor


def extent(quantity) -> tuple[float, float]:
    """Return the least and the greatest size that can be drawn."""
    if quantity.distribution == "log_uniform":
        return quantity.numbers[0], quantity.numbers[1]
    if quantity.distribution == "constant":
        return quantity.number, quantity.number
    return 0.0, quantity.number if quantity.limit is None else quantity.limit


def test_stress_is_wider_in_every_error():
    larger = (
        "rate_error", "stamp_jitter", "specific_force_noise_density", "angular_velocity_noise_density",
        "specific_force_bias", "angular_velocity_bias", "specific_force_scale_error", "angular_velocity_scale_error",
        "specific_force_step", "angular_velocity_skew", "hole_rate", "strap_rotation", "strap_creep",
        "watch_mass", "watch_moment_of_inertia",
    )  # fmt: skip
    for name in larger:
        assert extent(getattr(STRESS, name))[1] > extent(getattr(SENSOR, name))[1], name
    for name in ("strap_stiffness", "strap_rotational_stiffness", "strap_damping_ratio"):
        (low, high), (release_low, release_high) = extent(getattr(STRESS, name)), extent(getattr(SENSOR, name))
        assert low < release_low and high >= release_high, name
    for name in ("specific_force_range", "angular_velocity_range"):
        assert getattr(STRESS, name).number < getattr(SENSOR, name).number
    assert len(STRESS.hole_length.numbers) > len(SENSOR.hole_length.numbers)
    same = set(UNITS) - set(larger) - {"hole_length", "specific_force_range", "angular_velocity_range"}
    assert {name for name in same if not name.startswith("strap_")} == {"sample_rate", "batch_length"}


def test_a_log_uniform_quantity_spreads_evenly_over_the_decades():
    drawn = SENSOR.strap_stiffness.draw(np.random.default_rng(0), 20000)
    assert drawn.min() >= 25.0 and drawn.max() <= 1000.0
    shares = np.histogram(np.log(drawn), bins=10, range=(np.log(25.0), np.log(1000.0)))[0] / len(drawn)
    np.testing.assert_allclose(shares, 0.1, atol=0.01)


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("schema_version = 2", "schema_version = 1", SchemaMismatch, "expected qleap.sensor 2; got qleap.sensor 1"),
        ("value = [25.0, 1000.0]", "value = [1000.0, 25.0]", InputDataError, r"strap_stiffness\.value"),
        ("value = [25.0, 1000.0]", "value = [0.0, 25.0]", InputDataError, r"strap_stiffness\.value"),
        ("value = [25.0, 1000.0]", "value = 25.0", InputDataError, r"strap_stiffness\.value"),
        ("value = [16.0, 13.0, 19.0, 14.0, 2.0]", "value = [0.0]", InputDataError, r"hole_length\.value"),
        ("value = 313.8128", "value = 0.0", InputDataError, r"specific_force_range\.value.*above zero"),
        ('unit = "N m/rad"', 'unit = "N m/deg"', InputDataError, r"strap_rotational_stiffness\.unit"),
        ('distribution = "poisson"', 'distribution = "uniform"', InputDataError, r"hole_rate\.distribution.*poisson"),
        ("value = 0.05\n", "value = inf\n", InputDataError, "watch_mass"),
    ],
)
def test_a_sensor_file_that_means_something_else_is_refused(old, new, error, message, tmp_path):
    text = sensor_path("apple_watch").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "bad.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(error, match=message):
        load_sensor(path)
