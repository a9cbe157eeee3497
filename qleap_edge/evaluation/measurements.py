"""The measurements that the gates of a release read, under the names of the gates."""

import numpy as np
from jaxtyping import Bool

from qleap_edge.core.exercises import EXERCISES, FORM_SCORES, FORM_UNSCORED
from qleap_edge.core.form import CEILING_KAPPA
from qleap_edge.core.units import Unit
from qleap_edge.evaluation.baselines import NO_SENSOR_BASELINES
from qleap_edge.evaluation.document import PoseRow, RepetitionRow
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.groups import ALL, FREE, ONE_EXERCISE, SQUAT, TIED, window_groups
from qleap_edge.evaluation.rows import Rows
from qleap_edge.evaluation.window_metrics import WINDOW_COLUMN, Mode, Predictor, WindowTable
from qleap_edge.metrics.bootstrap import person_draws, person_sums, ratio_intervals
from qleap_edge.metrics.classification import confusion, quadratic_weighted_kappas
from qleap_edge.metrics.measurement import Measurement

_MPJPE = WINDOW_COLUMN["mpjpe"]


class _Measured(Rows):
    """Rows of a table as named measurements."""

    def measurement(
        self,
        name: str,
        figure: str,
        unit: Unit,
        of: str = ALL,
        mode: Mode = "window",
        baseline: Predictor = "mean_pose",
        note: str = "",
    ) -> list[Measurement]:
        """Return one measurement, or none where the group or the figure does not exist."""
        row, beside = self.row(of, mode), self.estimate(figure, of, mode, baseline)
        if row is None or figure not in row.figures:
            return []
        found = row.figures[figure]
        return [
            Measurement(
                name=name, value=found.value, unit=unit, interval=found.interval,
                baseline=None if beside is None else beside.value,
                subjects=row.subjects, sequences=row.sequences, note=note,
            )
        ]  # fmt: skip


def headline(
    table: WindowTable, truth: GroundTruth, poses: tuple[PoseRow, ...], squats: tuple[RepetitionRow, ...]
) -> tuple[Measurement, ...]:
    """Return the named measurements with intervals over persons and the baseline beside each.

    The baseline is the mean training pose (and the most frequent class) unless the note says otherwise.
    """
    rows, repetitions = _Measured(poses), _Measured(squats)
    found = rows.measurement("pose.mpjpe", "mpjpe", "mm")
    for name in EXERCISES:
        found += rows.measurement(f"pose.mpjpe.{name}", "mpjpe", "mm", of=name)
    phase = "baseline: mean trajectory of the exercise at the true phase"
    found += rows.measurement(
        "pose.newest.mpjpe",
        "mpjpe",
        "mm",
        mode="newest",
        note="the newest frames of a window only, as a live display shows them",
    )
    found += rows.measurement("pose.pa_mpjpe", "pa_mpjpe", "mm", note="aligned with scale, 17 joints")
    found += rows.measurement("pose.knee_flexion_mae", "knee_mae", "deg")
    found += rows.measurement("pose.hip_flexion_mae", "hip_mae", "deg")
    found += rows.measurement("pose.bone_angle", "bone_angle", "deg", note="directions of 16 bones")
    found += rows.measurement("pose.nll", "nll", "nat", note="a coordinate, metres, raw σ")
    found += rows.measurement("exercise.accuracy", "exercise_accuracy", "1")
    found += rows.measurement(
        "exercise.accuracy_of_one",
        "exercise_accuracy",
        "1",
        of=ONE_EXERCISE,
        note="windows of one exercise, no transition",
    )
    found += rows.measurement("form.mae", "form_mae", "1")
    found += _kappa(table, truth)
    found.append(_over_mean_pose(table, truth))
    found += _over_best_baseline(table, truth)
    for of, arms in ((TIED, "tied"), (FREE, "free")):
        found += repetitions.measurement(
            f"squat.{arms}.depth_error", "depth_error", "mm", of=of, baseline="phase_mean", note=f"median; {phase}"
        )
        found += repetitions.measurement(
            f"squat.{arms}.knee_bottom_mae", "knee_bottom_mae", "deg", of=of, baseline="phase_mean", note=phase
        )
        found += rows.measurement(
            f"squat.{arms}.legs_sigma", "legs_sigma", "mm", of=of, baseline="phase_mean", note="raw σ, knees and ankles"
        )
        found += rows.measurement(
            f"squat.{arms}.legs_coverage_90", "legs_coverage_90", "1", of=of, baseline="phase_mean", note="raw σ"
        )
    return tuple(found)


def _kappa(table: WindowTable, truth: GroundTruth) -> list[Measurement]:
    """Return the agreement in form; a resample adds the confusions of the persons that are drawn, then takes kappa."""
    scored = truth.window_form != FORM_UNSCORED
    if not scored.any():
        return []
    classes, label, predicted = len(FORM_SCORES), truth.window_form[scored], table.form[scored]
    entries = np.eye(classes * classes)[label * classes + predicted]
    sums = person_sums(entries, truth.subject[scored])
    shape = (-1, classes, classes)
    kappa = float(quadratic_weighted_kappas(confusion(predicted, label, classes)))
    drawn = quadratic_weighted_kappas((person_draws(len(sums)) @ sums).reshape(shape))
    known = drawn[~np.isnan(drawn)]
    undefined = np.isnan(kappa) or len(known) == 0
    interval = None if undefined else np.percentile(known, [2.5, 97.5])
    note, over = "one class only: kappa is undefined", f"as a share of what a strong reader reaches: {CEILING_KAPPA:g}"
    return [
        Measurement(
            name=name, value=None if undefined else kappa / by, unit="1", baseline=0.0,
            interval=None if interval is None else tuple((interval / by).tolist()),
            note=note if undefined else remark,
            **_counts(truth, scored),
        )
        for name, by, remark in (
            ("form.quadratic_weighted_kappa", 1.0, ""), ("form.kappa_over_ceiling", CEILING_KAPPA, over)
        )
    ]  # fmt: skip


def _over_mean_pose(table: WindowTable, truth: GroundTruth) -> Measurement:
    everything = np.ones(len(truth), dtype=bool)
    return _ratio("pose.mpjpe_over_mean_pose", table, truth, everything, "mean_pose",
                  "error as a share of the mean training pose's")  # fmt: skip


def _over_best_baseline(table: WindowTable, truth: GroundTruth) -> list[Measurement]:
    squat = window_groups(truth).get(SQUAT)
    if squat is None:
        return []
    best = min(NO_SENSOR_BASELINES, key=lambda name: float(table.values["window", name][squat, _MPJPE].mean()))
    note = f"error as a share of that of the best baseline without a sensor, {best.replace('_', ' ')}"
    return [_ratio("squat.mpjpe_over_best_prior", table, truth, squat, best, note)]


def _ratio(
    name: str,
    table: WindowTable,
    truth: GroundTruth,
    rows: Bool[np.ndarray, " windows"],
    baseline: Predictor,
    note: str,
) -> Measurement:
    """Return the model's error over a baseline's on the same windows; a resample draws the same persons for both."""
    above, below = (
        person_sums(table.values["window", predictor][rows, _MPJPE][:, None], truth.subject[rows])
        for predictor in ("model", baseline)
    )
    low, high = ratio_intervals(above, below)[0]
    return Measurement(
        name=name, value=float(above.sum() / below.sum()), unit="1", interval=(float(low), float(high)), baseline=1.0,
        note=note, **_counts(truth, rows),
    )  # fmt: skip


def _counts(truth: GroundTruth, rows: Bool[np.ndarray, " windows"]) -> dict[str, int]:
    return {
        "subjects": len(np.unique(truth.subject[rows])),
        "sequences": len(np.unique(truth.sequence[rows])),
    }
