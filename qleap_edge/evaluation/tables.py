"""The evaluation as tables of text, the same for the terminal and the page."""

from qleap_edge.core.exercises import EXERCISES
from qleap_edge.evaluation.baselines import NO_SENSOR_BASELINES
from qleap_edge.evaluation.document import Confusion, EvaluationDocument, PoseRow, RepetitionRow
from qleap_edge.evaluation.frame_metrics import JOINTS
from qleap_edge.evaluation.groups import ALL, SQUAT
from qleap_edge.evaluation.rows import RowFormatter, ranged
from qleap_edge.evaluation.window_metrics import Mode
from qleap_edge.reporting.tables import DASH, Table, number, percent

_BASELINE_COLUMNS = tuple(name.replace("_", " ") for name in NO_SENSOR_BASELINES)


def summary(document: EvaluationDocument) -> str:
    """Return the most important results in a few sentences: the error with and without the sensor, and on squats."""
    named = {row.name: row for row in document.measurements}
    whole = named["pose.mpjpe"]
    text = f"MPJPE {number(whole.value, 3)} mm on {whole.subjects} {document.split} persons"
    text += f", without a sensor {number(whole.baseline, 3)} mm (mean pose)."
    over = named.get("squat.mpjpe_over_best_prior")
    if over is not None:
        text += f" Squats: {percent(over.value)} of the error of the best baseline without a sensor."
    depth, knee = named.get("squat.tied.depth_error"), named.get("squat.tied.knee_bottom_mae")
    if depth is not None and knee is not None:
        text += f" Hands tied to the trunk: median depth error {number(depth.value, 3)} mm,"
        text += f" knee flexion at the bottom off by {number(knee.value, 3)}° (baseline with the true phase:"
        text += f" {number(depth.baseline, 3)} mm, {number(knee.baseline, 3)}°)."
    return text


def measurement_table(document: EvaluationDocument) -> Table:
    """Return the figures that gates read by name."""
    rows = tuple(
        (
            m.name,
            number(m.value),
            m.unit,
            "" if m.interval is None else f"{number(m.interval[0])} to {number(m.interval[1])}",
            "" if m.baseline is None else number(m.baseline),
            str(m.subjects or ""),
            m.note,
        )
        for m in document.measurements
    )
    columns = ("measurement", "value", "unit", "95 % interval", "baseline", "persons", "note")
    return Table("Named figures", columns, rows)


def all_tables(document: EvaluationDocument) -> list[Table]:
    """Return every table, the most important one first."""
    poses, squats = RowFormatter(document.poses), RowFormatter(document.repetitions)
    found = [position_table(poses), angle_table(poses), uncertainty_table(poses)]
    if any(of.startswith(f"{SQUAT}/") for of in poses.groups()):
        found += squat_tables(poses, squats)
    found.append(recognition_table(document, poses))
    if document.probes:
        found.append(probe_table(document))
    found.append(joint_table(poses))
    return found


def position_table(poses: RowFormatter) -> Table:
    """Return position errors beside those of the baselines without a sensor."""
    rows = []
    for of in _exercise_groups(poses):
        model, best = poses.estimate("mpjpe", of), _best_baseline(poses, of)
        share = DASH if model is None or not best else percent(model.value / best)
        rows.append(
            (
                *_sizes(poses, of),
                poses.wide_cell("mpjpe", of),
                poses.cell("mpjpe", of, "newest"),
                *(poses.cell("mpjpe", of, predictor=name) for name in NO_SENSOR_BASELINES),
                share,
                poses.cell("pa_mpjpe", of),
                poses.cell("pa_mpjpe", of, predictor="phase_mean"),
            )
        )
    columns = (
        "group",
        "persons",
        "windows",
        "MPJPE (95 %)",
        "newest",
        *_BASELINE_COLUMNS,
        "of best",
        "PA-MPJPE",
        "phase mean",
    )
    return Table("Position error, mm at 1.75 m, mean of 16 joints; without a sensor: mean pose, exercise mean, phase mean",
                 columns, tuple(rows))  # fmt: skip


def angle_table(poses: RowFormatter) -> Table:
    """Return angles and jitter, each beside the strongest baseline or the truth."""
    figures = ("knee_mae", "hip_mae", "bone_angle", "sip_angle")
    rows = []
    for of in _exercise_groups(poses):
        cells = [
            f"{poses.cell(name, of)} | {poses.cell(name, of, 'newest')} | {poses.cell(name, of, predictor='phase_mean')}"
            for name in figures
        ]
        jitter = [
            f"{poses.cell('jitter', of, mode)} | {poses.cell('jitter_truth', of, mode)}"
            for mode in ("window", "newest")  # mypy narrows the literals
        ]
        rows.append((of, *cells, *jitter))
    columns = ("group", "knee °", "hip °", "bones °", "SIP °", "jitter | truth", "newest | truth")
    return Table("Angles: whole window | newest frames | phase mean; jitter, m/s³ at 1.75 m", columns, tuple(rows))


def uncertainty_table(poses: RowFormatter) -> Table:
    """Return likelihood and coverage of the raw σ."""
    rows = []
    for of in _exercise_groups(poses):
        rows.append(
            (
                of,
                poses.wide_cell("nll", of),
                poses.cell("nll", of, "newest"),
                *(poses.cell("nll", of, predictor=name) for name in NO_SENSOR_BASELINES),
                poses.wide_cell("coverage_90", of),
                poses.cell("coverage_90", of, "newest"),
                poses.cell("sigma", of),
                poses.cell("sigma", of, predictor="phase_mean"),
            )
        )
    columns = (
        "group",
        "NLL (95 %)",
        "newest",
        *_BASELINE_COLUMNS,
        "90 % coverage (95 %)",
        "newest",
        "σ mm",
        "phase mean",
    )
    return Table("Raw uncertainty: nats a coordinate (metres; less is better), coverage, mean σ", columns, tuple(rows))


def squat_tables(poses: RowFormatter, squats: RowFormatter) -> list[Table]:
    """Return the errors on squats by what the arms do: of all windows, then of whole repetitions."""
    windows, repetitions = [], []
    for of in [name for name in poses.groups() if name == SQUAT or name.startswith(f"{SQUAT}/")]:
        windows.append(
            (
                *_sizes(poses, of),
                poses.wide_cell("mpjpe", of),
                *(poses.cell("mpjpe", of, predictor=name) for name in NO_SENSOR_BASELINES),
                poses.cell("sigma", of),
                poses.cell("coverage_90", of),
                poses.cell("legs_mpjpe", of),
                poses.cell("legs_sigma", of),
                poses.cell("legs_coverage_90", of),
            )
        )
        repetitions.append(
            (
                of,
                _repetitions(squats, of, "window"),
                squats.wide_cell("depth_error", of),
                squats.cell("depth_error", of, predictor="phase_mean"),
                squats.cell("depth_bias", of),
                squats.wide_cell("knee_bottom_mae", of),
                squats.cell("knee_bottom_mae", of, predictor="phase_mean"),
                _repetitions(squats, of, "newest"),
                squats.cell("depth_error", of, "newest"),
                squats.cell("knee_bottom_mae", of, "newest"),
            )
        )
    first = (
        "group",
        "persons",
        "windows",
        "MPJPE (95 %)",
        *_BASELINE_COLUMNS,
        "σ",
        "coverage",
        "legs MPJPE",
        "legs σ",
        "legs coverage",
    )
    second = ("group", "squats", "depth error (95 %)", "phase mean", "bias", "knee ° (95 %)", "phase mean",
              "streamed", "depth", "knee °")  # fmt: skip
    return [
        Table("Squat windows by what the arms do, mm; legs: knees and ankles; raw σ and 90 % coverage", first, tuple(windows)),
        Table("Whole squats: median depth error and bias, mm; knee flexion at the bottom; streamed: whole in the "
              "newest frames", second, tuple(repetitions)),
    ]  # fmt: skip


def recognition_table(document: EvaluationDocument, poses: RowFormatter) -> Table:
    """Return how well exercises are recognised, and what the missed ones are taken for."""
    rows = []
    found = {confusion.of: confusion for confusion in document.confusions}
    for of in _exercise_groups(poses):
        taken = _taken_for(found["exercise"], of) if of in EXERCISES else ""
        rows.append((of, poses.wide_cell("exercise_accuracy", of), taken, poses.wide_cell("form_mae", of)))
    return Table(
        "Recognition by window", ("group", "accuracy (95 %)", "missed ones taken for", "form MAE (95 %)"), tuple(rows)
    )


def probe_table(document: EvaluationDocument) -> Table:
    """Return the scores of the linear probes: high where a label belongs, at chance where it does not."""
    rows = tuple(
        (
            f"{row.label} from {row.embedding}",
            str(row.subjects),
            str(row.windows),
            ranged(row.balanced_accuracy),
            number(row.chance, 3),
            ranged(row.accuracy),
            number(row.majority, 3),
        )
        for row in document.probes
    )
    columns = ("probe", "persons", "windows", "balanced accuracy (95 %)", "chance", "accuracy (95 %)", "majority")
    return Table("What and how: scores of linear probes on persons that they were not trained on", columns, rows)


def joint_table(poses: RowFormatter) -> Table:
    """Return the error of each joint, of the model and of the strongest baseline."""
    groups = _exercise_groups(poses)
    rows = tuple(
        (
            joint.replace("_", " "),
            poses.cell(f"joint_sigma.{joint}", ALL),
            *(
                f"{poses.cell(f'joint.{joint}', of)} | {poses.cell(f'joint.{joint}', of, predictor='phase_mean')}"
                for of in groups
            ),
        )
        for joint in JOINTS
    )
    return Table("Error of each joint, mm: model | phase mean; σ: raw, a coordinate", ("joint", "σ", *groups), rows)


def _exercise_groups(poses: RowFormatter) -> list[str]:
    return [of for of in poses.groups() if "/" not in of]


def _sizes(poses: RowFormatter, of: str) -> tuple[str, str, str]:
    row = poses.row(of)
    return (of, str(row.subjects), str(row.windows)) if isinstance(row, PoseRow) else (of, DASH, DASH)


def _repetitions(squats: RowFormatter, of: str, mode: Mode) -> str:
    row = squats.row(of, mode)
    return str(row.repetitions) if isinstance(row, RepetitionRow) else "0"


def _best_baseline(poses: RowFormatter, of: str) -> float:
    found = [poses.estimate("mpjpe", of, predictor=name) for name in NO_SENSOR_BASELINES]
    return min((estimate.value for estimate in found if estimate is not None), default=0.0)


def _taken_for(confusion: Confusion, label: str) -> str:
    """Return the two classes that the windows of a class are most often mistaken for."""
    counts = confusion.counts[confusion.labels.index(label)]
    wrong = [(count, name) for count, name in zip(counts, confusion.labels, strict=True) if name != label and count]
    return ", ".join(f"{name} {percent(count / sum(counts))}" for count, name in sorted(wrong, reverse=True)[:2])
