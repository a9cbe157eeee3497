"""``motion.json``: every number of the motion benchmark."""

from typing import Literal, get_args

from qleap_edge.core.exercises import Exercise
from qleap_edge.core.records import Document, Part

Wrist = Literal["left", "right"]
View = Literal["window", "overlap_mean", "newest"]
"""``window``: every step of every window, by the window's majority label. ``overlap_mean``: each step once, the mean of all
windows that cover it. ``newest``: each step once, from the newest 0.2 s of a window (live)."""
WRISTS: tuple[Wrist, ...] = get_args(Wrist)
VIEWS: tuple[View, ...] = get_args(View)
Verdict = Literal["ok", "short", "unmeasured"]


class LabelRow(Part):
    """One human label of the trial."""

    name: str
    """The label in the trial."""
    seconds: float
    """Time with this label."""
    exercise: Exercise | None
    """The exercise of the same meaning; null if there is none."""


class TrialPart(Part):
    """The motion capture trial."""

    file: str
    """Name of the file."""
    sha256: str
    """SHA-256 of the file."""
    seconds: float
    """Duration of the trial."""
    stature_m: float
    """Height of the person."""
    stature_note: str
    """How the stature is estimated."""
    labels: tuple[LabelRow, ...]
    """The human labels that occur in the trial."""
    squats: int
    """Repetitions in the true pose."""


class ModelPart(Part):
    """The model under test."""

    kind: Literal["checkpoint", "package", "bundle"]
    """What was opened."""
    name: str
    """Name of the folder."""
    sha256: str
    """Of the weights of a checkpoint, or of the package."""
    grade: str | None
    """Of a bundle."""
    sigma: Literal["calibrated", "raw"]
    """``raw``: predicted by the network, for a model without a profile."""
    untrained_labels: tuple[str, ...]
    """Labels of the trial whose exercise is not in the model's training: it cannot predict them."""
    baseline: str
    """Where the mean pose comes from."""


class PositionRow(Part):
    """MPJPE-13 of one label in one view."""

    label: str | None
    """Null: the whole trial."""
    view: View
    """How windows become frames."""
    count: int
    """Windows, or steps of 0.02 s."""
    error_mm: float
    """Both bodies centred between the hips, which is what our pelvis means."""
    baseline_mm: float
    """Of the mean training pose on the same frames."""
    file_root_error_mm: float
    """The truth centred on the file's own pelvis point instead: its distance to ours is added to every joint."""
    file_root_baseline_mm: float
    """Of the mean training pose against the truth that is centred on the file's own pelvis point."""
    coverage_90: float
    """Share of the 36 free coordinates inside ± 1.645 sigma."""


class ClassRow(Part):
    """Predicted classes of the windows of one label (by majority)."""

    label: str
    """The human label."""
    exercise: Exercise | None
    """The exercise of the same meaning; null if there is none."""
    windows: int
    """Number of windows."""
    predicted: dict[Exercise, float]
    """Exercise → share of the windows; exercises that are never predicted are left out."""
    right: float | None
    """Share of windows with the label's exercise; null if the label has none."""
    abstained: float | None
    """Share of windows for which an app answers "not sure"; null for a model without a profile."""


class SquatRow(Part):
    """One true squat against the predicted pose: the mean of overlapping windows of any predicted class."""

    start_s: float
    """Time of the start in the true pose."""
    bottom_s: float
    """Time of the true bottom."""
    end_s: float
    """Time of the end in the true pose."""
    depth_mm: float
    """True fall of the pelvis towards the ankles, from the lower of the tops before and after, at 1.75 m."""
    predicted_depth_mm: float
    """The same fall in the predicted pose."""
    depth_error_mm: float
    """Predicted less true."""
    baseline_depth_error_mm: float
    """Of the mean pose, which does not move: minus the true depth."""
    depth_sigma_mm: float
    """Standard deviation of the predicted depth, if both ankles have the same error."""
    inside_90: bool
    """The error is at most 1.645 times the standard deviation."""
    knee_deg: float
    """True mean flexion of both knees at the bottom."""
    knee_error_deg: float
    """At the true bottom, predicted less true."""
    baseline_knee_error_deg: float
    """Of the mean training pose at the true bottom."""
    counted: bool
    """The repetition counter found it."""
    bottom_error_s: float | None
    """Counted bottom less the true one; null if not counted."""
    counted_depth_mm: float | None
    """Depth by the repetition counter; null if not counted."""


class CountPart(Part):
    """The repetition counter of ``qleap watch analyze`` over the whole trial."""

    true: int
    """Squats in the true pose."""
    counted: int
    """Repetitions counted in the predicted pose."""
    found: int
    """True squats that were counted."""
    extra: int
    """Counted repetitions that are no true squat."""
    with_truth: int
    """Repetitions counted in the true pose with the true class of every window, that is with a perfect model."""
    bottoms_s: tuple[float, ...]
    """Times of the counted bottoms."""


class RunRow(Part):
    """One virtual watch on one wrist."""

    wrist: Wrist
    """The wrist of the watch."""
    draw: int
    """0: ideal sensor; from 1: drawn devices."""
    crown: Wrist
    """Side of the crown."""
    rate_hz: float
    """Of the device's clock."""
    windows: int
    """Number of windows."""
    positions: tuple[PositionRow, ...]
    """Position errors by label and view."""
    classes: tuple[ClassRow, ...]
    """Predicted classes by label."""
    class_accuracy: float | None
    """Share of right classes over the windows whose label has an exercise."""
    squat_elsewhere: float | None
    """Share of the windows of all other labels that are predicted as squat: 1 for a model that always predicts squat."""
    count: CountPart
    """The repetition counter against the true squats."""
    squats: tuple[SquatRow, ...]
    """Each true squat that windows cover."""


class FigureRow(Part):
    """One figure of one wrist over all drawn devices."""

    wrist: Wrist
    """The wrist of the watches."""
    name: str
    """Name of the figure."""
    unit: str
    """Unit of the figure; ``1`` for a share."""
    mean: float | None
    """Mean over the drawn devices."""
    low: float | None
    """Least over the drawn devices."""
    high: float | None
    """Least and largest over the drawn devices: the spread due to the sensor, not to persons."""
    ideal: float | None
    """With the ideal sensor."""
    baseline: float | None
    """The same figure of the baseline."""
    baseline_is: str
    """What the baseline is."""


class CheckRow(Part):
    """One bound, judged by the worst drawn device."""

    wrist: Wrist
    """The wrist of the watches."""
    name: str
    """What is bounded."""
    value: float | None
    """Of the worst drawn device; null if it cannot be measured."""
    unit: str
    """Unit of value and bound."""
    bound: str
    """The bound as text, e.g. ``<= 120``."""
    verdict: Verdict
    """``short``: the bound is missed."""


class MotionBenchmark(Document):
    """The result of ``qleap benchmark motion``."""

    schema_name: Literal["qleap.motion_benchmark"] = "qleap.motion_benchmark"
    schema_version: Literal[1] = 1
    trial: TrialPart
    """The motion."""
    model: ModelPart
    """The model under test."""
    sensor: str
    """Name of the sensor model."""
    sensor_sha256: str
    """SHA-256 of the sensor model's file."""
    draws: int
    """Drawn devices for each wrist."""
    seed: int
    """Of the drawn devices."""
    joints: tuple[str, ...]
    """Of MPJPE-13; the pelvis is the origin (the midpoint of the hips) and counts with error 0."""
    figures: tuple[FigureRow, ...]
    """Every figure of each wrist over the drawn devices."""
    checks: tuple[CheckRow, ...]
    """Every bound with its verdict."""
    runs: tuple[RunRow, ...]
    """Every virtual watch."""
    notes: tuple[str, ...]
    """How the figures are to be understood."""
