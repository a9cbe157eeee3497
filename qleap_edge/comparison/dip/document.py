"""``dip.json``: every number of the DIP-IMU benchmark."""

from typing import Literal, get_args

from qleap_edge.comparison.dip.gaps import GapRule
from qleap_edge.core.records import Document, Part

Wrist = Literal["left", "right"]
Wrists = Literal["left", "right", "both"]
View = Literal["overlap_mean", "newest"]
"""``overlap_mean``: each step once, the mean of all windows that cover it (known up to 4 s late). ``newest``: each step once,
from the newest 0.2 s of a window, as an app shows it live."""
Control = Literal["standing", "training_mean", "other_recordings", "shuffled"]
"""``standing``: a person who stands with hanging arms. ``training_mean``: the mean pose of the model's training.
``other_recordings``: the mean true pose of all other recordings here. ``shuffled``: the model's own poses for the same wrist
in the next recording. The first three use no sensor."""
Verdict = Literal["better", "worse", "undecided", "unknown"]

VIEWS: tuple[View, ...] = get_args(View)
CONTROLS: tuple[Control, ...] = get_args(Control)
SENSOR_FREE: tuple[Control, ...] = ("standing", "training_mean", "other_recordings")


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


class ProtocolPart(Part):
    """What is fixed, so that two results can be compared."""

    subjects: tuple[str, ...]
    """Test subjects."""
    sensors: dict[Wrist, int]
    """Number of the sensor that stands for a watch on each wrist."""
    gaps: GapRule
    """How gaps are filled, and whether six frames at each end are dropped (``standard``) or none (``interpolate``)."""
    rate_hz: float
    """Of windows and true joints."""
    window_steps: int
    """Steps of a window."""
    hop_steps: int
    """Steps from one window to the next."""
    stature_m: float
    """Body height for which lengths are printed; the data set has no body shape."""
    skeleton: str
    """Which lengths the true joints have."""
    heading: str
    """How the heading is removed."""
    aggregate: str
    """How recordings become one number."""


class ValueRow(Part):
    """One figure of one wrist of one recording."""

    view: View
    """How windows become frames."""
    name: str
    """Name of the figure."""
    frames: int
    """Steps that it is the mean of."""
    model: float | None
    """Of the model; null where it is not defined."""
    truth: float | None
    """Of the true joints, for jitter; null for an error."""
    controls: dict[Control, float]
    """Of each control on the same steps; empty for jitter and for figures of sigma."""


class WristRow(Part):
    """One wrist of one recording."""

    wrist: Wrist
    """The wrist that wears the watch."""
    windows: int
    """Number of windows."""
    filled_share: float
    """Share of the sensor's frames that were gaps."""
    forearm_angle_deg: float
    """Mean angle between the sensor and the forearm of the ground truth."""
    mean_acceleration: float
    """Norm of the mean acceleration, m/s²."""
    median_force: float
    """Median norm of the specific force, m/s²."""
    abstained: float | None
    """Share of windows for which an app answers "not sure"; null for a model without a profile."""
    values: tuple[ValueRow, ...]
    """Every figure."""


class RecordingRow(Part):
    """One recording."""

    name: str
    """Subject and recording, as in ``s_09/01_a``."""
    sha256: str
    """SHA-256 of the file."""
    frames: int
    """Frames at 60 Hz."""
    published_frames: int | None
    """Frames of the published recording of this name; null if there is none."""
    steps: int
    """Steps at 50 Hz that windows are cut from."""
    side_lying_steps: int
    """Steps whose heading is that of the pelvis' forward axis."""
    discarded: str | None
    """Why the recording does not count; null: it does."""
    wrists: tuple[WristRow, ...]
    """Both wrists; empty for a discarded recording."""


class FigureRow(Part):
    """One figure over all recordings."""

    wrist: Wrists
    """``both``: in each recording the mean of both wrists."""
    view: View
    """How windows become frames."""
    name: str
    """Name of the figure."""
    unit: str
    """Unit; ``1`` for a share."""
    recordings: int
    """Recordings that count."""
    model: float
    """Mean over the recordings, each with the same weight."""
    low: float | None
    """Lower end of the 95 % interval, whole recordings drawn; null for fewer than two recordings."""
    high: float | None
    """Upper end."""
    frame_weighted: float
    """Mean over all frames, so that a long recording weighs more."""
    truth: float | None
    """Of the true joints, for jitter."""
    controls: dict[Control, float]
    """Each control, by the same mean over recordings."""


class GainRow(Part):
    """How much smaller MPJPE-16 is with the sensor than that of a control."""

    wrist: Wrists
    """The wrist."""
    view: View
    """How windows become frames."""
    against: Control
    """The control."""
    strongest: bool
    """It is the best of the controls that use no sensor."""
    gain: float
    """1 - error of the model / error of the control; 0: the sensor is worth nothing."""
    low: float | None
    """Lower end of the 95 % interval, whole recordings drawn; null for fewer than two recordings."""
    high: float | None
    """Upper end."""
    verdict: Verdict
    """``undecided``: the interval holds 0. ``unknown``: there is no interval."""


class DipBenchmark(Document):
    """The result of ``qleap benchmark dip``."""

    schema_name: Literal["qleap.dip_benchmark"] = "qleap.dip_benchmark"
    schema_version: Literal[1] = 1
    model: ModelPart
    """The model under test."""
    protocol: ProtocolPart
    """What is fixed."""
    complete: bool
    """All published recordings of the test subjects are there and none was discarded."""
    missing: tuple[str, ...]
    """Published recordings that are not there."""
    figures: tuple[FigureRow, ...]
    """Every figure of each wrist."""
    gains: tuple[GainRow, ...]
    """MPJPE-16 against each control."""
    recordings: tuple[RecordingRow, ...]
    """Every recording."""
    not_computed: dict[str, str]
    """Figure that papers print → why it is not here."""
    notes: tuple[str, ...]
    """How the figures are to be understood, and what they may not be compared with."""
    licence: str
    """Terms of the data."""
