"""``motion.json``: every number of the benchmark, as other programs read it."""

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
    seconds: float
    exercise: Exercise | None
    """Ours of the same meaning; null if there is none."""


class TrialPart(Part):
    """The motion."""

    file: str
    sha256: str
    seconds: float
    stature_m: float
    stature_note: str
    labels: tuple[LabelRow, ...]
    squats: int
    """Repetitions in the true pose."""


class ModelPart(Part):
    """The model under test."""

    kind: Literal["checkpoint", "package", "bundle"]
    name: str
    sha256: str
    grade: str | None
    sigma: Literal["calibrated", "raw"]
    """``raw``: the network's own, of a model without a profile."""
    untrained_labels: tuple[str, ...]
    """Labels of the trial whose exercise the model was never trained on: it cannot be right about them."""
    baseline: str
    """Where the mean pose comes from."""


class PositionRow(Part):
    """MPJPE-13 of one label in one view."""

    label: str | None
    """Null: the whole trial."""
    view: View
    count: int
    """Windows, or steps of 0.02 s."""
    error_mm: float
    """Both bodies centred between the hips, which is what our pelvis means."""
    baseline_mm: float
    """Of the mean training pose on the same frames."""
    file_root_error_mm: float
    """The truth centred on the file's own pelvis point instead: its distance to ours is added to every joint."""
    file_root_baseline_mm: float
    coverage_90: float
    """Share of the 36 free coordinates inside ± 1.645 sigma."""


class ClassRow(Part):
    """What the windows of one label (by majority) are called."""

    label: str
    exercise: Exercise | None
    windows: int
    predicted: dict[Exercise, float]
    """Share of the windows called so; exercises never said are left out."""
    right: float | None
    """Share called by the label's own exercise; null if the label is none of ours."""
    abstained: float | None
    """Share about which an app would say "not sure"; null for a model without a profile."""


class SquatRow(Part):
    """One true squat against the pose stream (mean of overlapping windows, whatever class they were given)."""

    start_s: float
    bottom_s: float
    end_s: float
    depth_mm: float
    """True fall of the pelvis towards the ankles, from the lower of the tops before and after, at 1.75 m."""
    predicted_depth_mm: float
    depth_error_mm: float
    """Predicted less true; the mean pose, which never moves, scores minus the true depth."""
    baseline_depth_error_mm: float
    depth_sigma_mm: float
    inside_90: bool
    knee_deg: float
    """True mean flexion of both knees at the bottom."""
    knee_error_deg: float
    """At the true bottom, predicted less true."""
    baseline_knee_error_deg: float
    counted: bool
    """The product's counter has found it."""
    bottom_error_s: float | None
    """Bottom as counted less the true one; null if not counted."""
    counted_depth_mm: float | None


class CountPart(Part):
    """The product's repetition counter over the whole trial."""

    true: int
    counted: int
    found: int
    """True squats that were counted."""
    extra: int
    """Counted ones that are none."""
    with_truth: int
    """What the counter says of the true pose and the true class of every window: what a perfect model would be given."""
    bottoms_s: tuple[float, ...]


class RunRow(Part):
    """One virtual watch on one wrist."""

    wrist: Wrist
    draw: int
    """0: ideal sensor; from 1: drawn devices."""
    crown: Wrist
    rate_hz: float
    windows: int
    positions: tuple[PositionRow, ...]
    classes: tuple[ClassRow, ...]
    class_accuracy: float | None
    """Share of right classes over windows whose label is ours."""
    squat_elsewhere: float | None
    """Share of the windows of all other labels that are called squat: what keeps a constant answer from winning."""
    count: CountPart
    squats: tuple[SquatRow, ...]


class FigureRow(Part):
    """One figure of one wrist over all drawn devices."""

    wrist: Wrist
    name: str
    unit: str
    mean: float | None
    low: float | None
    high: float | None
    """Least and largest over the drawn devices: spread of the sensor, not of people."""
    ideal: float | None
    """With the ideal sensor."""
    baseline: float | None
    baseline_is: str


class CheckRow(Part):
    """One bound, held by the worst drawn device or missed."""

    wrist: Wrist
    name: str
    value: float | None
    unit: str
    bound: str
    verdict: Verdict


class MotionBenchmark(Document):
    """The result of ``qleap benchmark motion``."""

    schema_name: Literal["qleap.motion_benchmark"] = "qleap.motion_benchmark"
    schema_version: Literal[1] = 1
    trial: TrialPart
    model: ModelPart
    sensor: str
    sensor_sha256: str
    draws: int
    seed: int
    joints: tuple[str, ...]
    """Of MPJPE-13; the pelvis is the origin (the point between the hips) and counts with error 0."""
    figures: tuple[FigureRow, ...]
    checks: tuple[CheckRow, ...]
    runs: tuple[RunRow, ...]
    notes: tuple[str, ...]
