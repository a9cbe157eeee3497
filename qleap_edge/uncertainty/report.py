"""Coverage before and after the profile, on persons that are in neither training nor calibration."""

import numpy as np

from qleap_edge.core.skeleton import PELVIS
from qleap_edge.metrics.bootstrap import mean_interval
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.metrics.uncertainty import interval_hits, mean_squared_z, radius_hits
from qleap_edge.uncertainty.conformal import joint_scores
from qleap_edge.uncertainty.decode import decode
from qleap_edge.uncertainty.profile import CalibrationWindows, ProfileDocument
from qleap_edge.uncertainty.scaling import standardised_errors


def calibration_measurements(test: CalibrationWindows, profile: ProfileDocument) -> tuple[Measurement, ...]:
    """Return coverage and scale figures, raw and calibrated, and the share of windows that are abstained from."""
    raw = standardised_errors(test.pose, test.outputs.pose, test.outputs.pose_log_variance)
    scaled = raw / np.array(profile.sigma_scale)
    raw, scaled = np.delete(raw, PELVIS, axis=2), np.delete(scaled, PELVIS, axis=2)
    size = test.size()

    def row(name: str, values: np.ndarray, note: str = "") -> Measurement:
        return Measurement(
            name=name, value=float(values.mean()), unit="1", interval=mean_interval(values, test.subject),
            subjects=size.subjects, sequences=size.sequences, note=note,
        )  # fmt: skip

    rows = [
        row("calibration.mean_squared_z.before", mean_squared_z(raw), "1 is right"),
        row("calibration.mean_squared_z.after", mean_squared_z(scaled), "1 is right"),
    ]
    scores = joint_scores(scaled)
    for column, level in enumerate(profile.levels):
        percent = f"{100 * level:g}"
        rows.append(row(f"calibration.coverage_{percent}.before", interval_hits(raw, level), "Gaussian interval, raw"))
        rows.append(row(f"calibration.coverage_{percent}.after", interval_hits(scaled, level), "Gaussian, scaled"))
        radius = [radii[column] for joint, radii in enumerate(profile.radius) if joint != PELVIS]
        name = f"calibration.region_coverage_{percent}.after"
        if any(value is None for value in radius):
            note = f"needs more than {profile.radius_set.subjects} calibration persons"
            rows.append(Measurement(name=name, value=None, unit="1", note=note))
        else:
            hits = radius_hits(scores, np.array(radius, dtype=np.float64))
            rows.append(row(name, hits, "conformal region of a joint"))
    decoded = decode(test.outputs, test.imu, profile, stature_m=1.0, wrist="left")
    rows.append(
        row("calibration.abstained", decoded.abstain.astype(np.float64), f"target {profile.abstain.target_share:g}")
    )
    return tuple(rows)
