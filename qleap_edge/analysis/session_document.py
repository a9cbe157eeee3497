"""``session.json``: sets, repetitions and measures of one recording, each with its source and its interval."""

from typing import Literal

from qleap_edge.alignment.report import WearRecord
from qleap_edge.analysis.alerts import AlertResult
from qleap_edge.analysis.cycles import Signal
from qleap_edge.analysis.vertical_motion import Tilt
from qleap_edge.analysis.watch_reference import Known
from qleap_edge.analysis.wrist_travel import Posture
from qleap_edge.core.exercises import Exercise
from qleap_edge.core.grades import Grade
from qleap_edge.core.records import Document, Part
from qleap_edge.uncertainty.abstention import Reason

Source = Literal["physics", "network", "both"]
"""``physics``: measured by the sensors of the watch. ``network``: inferred by the network. ``both``: measured, and then
interpreted with a result of the network."""
Named = Literal[Exercise, "unknown"]
"""``unknown``: repetitions were found, and nobody knows of which exercise."""
NamedBy = Literal["network", "wearer", "nobody"]
WindowReason = Reason | Literal["set_unknown", "outvoted"]
"""Why nothing is said about a window; ``set_unknown``: the exercise of its set is unknown; ``outvoted``: its set is another
exercise than the window by itself."""


class Measure(Part):
    """One measured quantity; its unit is at the end of the field's name."""

    value: float
    """The estimate."""
    low: float
    """Lower end of the 90 % interval."""
    high: float
    """Upper end of the 90 % interval."""
    source: Source
    """Where it comes from."""


class DepthMeasure(Measure):
    """Inferred from the travel of the wrist; beside the error of that travel, its error has two parts."""

    bias_sd: float
    """Standard deviation (m) of what all repetitions of this wearer have in common; a reference set removes it."""
    spread_sd: float
    """Standard deviation (m) from repetition to repetition of one wearer."""
    by_reference: bool
    """True: corrected by a reference set of this wearer."""


class RepetitionResult(Part):
    """One repetition of the wrist that wears the watch."""

    start_s: float
    """Zero-velocity point before it, since the first row of the recording."""
    turn_s: float
    """Where the height of the wrist turns."""
    end_s: float
    """Zero-velocity point after it."""
    partial: bool
    """True: its range is less than 70 % of the median of the set."""
    range_of_motion_m: Measure
    """Vertical travel of the wrist from one turning point to the other."""
    turned_deg: Measure
    """Angle between the directions of the forearm at the start and at the turn, against the vertical."""
    mean_concentric_velocity_m_s: Measure
    """Over the time in which the wrist moves up; never above the peak."""
    peak_concentric_velocity_m_s: Measure
    """Highest upward velocity of the wrist."""
    eccentric_s: Measure
    """Time in which the wrist moves down."""
    concentric_s: Measure
    """Time in which the wrist moves up."""
    pause_turn_s: Measure
    """Rest between both."""
    pause_before_s: Measure | None
    """Rest since the repetition before; null for the first one of a set."""
    depth_m: DepthMeasure | None
    """Depth of the pelvis; null unless the exercise is a squat."""
    referenced_range_m: DepthMeasure | None
    """Range of motion of what the reference set measured, e.g. a bar; null without such a reference."""
    network_depth_m: float | None
    """How far the pelvis of the network's pose falls in it, a guess to compare; null unless the exercise is a squat."""


class Candidate(Part):
    """One exercise in the vote of a set."""

    exercise: Exercise
    """Its name."""
    probability: float
    """Mean calibrated probability over the windows that vote."""
    contradiction: str | None
    """Why the motion of the wrist rules it out; null if it does not."""


class ExerciseStatement(Part):
    """Which exercise a set is."""

    name: Named
    """The exercise, or ``unknown``."""
    named_by: NamedBy
    """``wearer``: it was given, the network did not decide. ``nobody``: it is unknown."""
    probability: float | None
    """Mean calibrated probability of the name over the windows that vote; null if no window votes, or if it is unknown."""
    candidates: tuple[Candidate, ...]
    """Every exercise with a probability of at least 0.05, the most probable one first."""
    windows: int
    """Windows of four seconds whose middle lies in the set."""
    abstained: int
    """Windows among them from which the network abstains; they do not vote."""
    why_unknown: str | None
    """Why no exercise is named; null if one is."""
    one_of: tuple[Exercise, ...]
    """One or two exercises that remain possible where none is named; empty if one is named, or if more remain or none."""


class FormStatement(Part):
    """Form score of a squat set: the mean of the windows that vote and show a repetition."""

    score: int
    """0 to 4; 4 is best."""
    probability: float
    """Mean calibrated probability of that score."""
    source: Literal["network"] = "network"
    """A guess of the network."""


class Disagreement(Part):
    """Physics and the network say different things about the same set."""

    about: Literal["repetitions", "exercise", "depth"]
    """What they differ in."""
    repetition: int | None
    """Number of the repetition within the set, from 1; null: the whole set."""
    physics: float | None
    """What physics says, if it is a number: a count, or metres."""
    network: float | None
    """What the network says, if it is a number."""
    message: str
    """The difference in words."""


class SetResult(Part):
    """A span in which one movement is repeated."""

    start_s: float
    """Start of the first repetition."""
    end_s: float
    """End of the last one."""
    signal: Signal
    """Whether the repetitions show in the travel of the hand or in the turning of the forearm."""
    tilt: Tilt
    """Where the direction of the vertical comes from: CoreMotion, or an orientation filter (VQF)."""
    watch_arm_only: bool
    """True: the rests between the repetitions are so long that the other arm may have had its turn in them. The repetitions
    are those of the arm with the watch; a person may have counted both."""
    agreement: float
    """Mean correlation of the repetitions with their median; 1: all alike."""
    elevation_deg: float
    """Median angle of the forearm above the horizontal at the starts of the repetitions; 90: the hand points up."""
    exercise: ExerciseStatement
    """Which exercise it is."""
    form: FormStatement | None
    """Form score; null unless the exercise is a squat and windows vote that show a repetition."""
    repetitions: tuple[RepetitionResult, ...]
    """All of them, in the order of time."""
    velocity_loss_percent: Measure | None
    """Loss of mean concentric velocity from the fastest repetition to the last one; null with fewer than two repetitions."""
    alerts: tuple[AlertResult, ...]
    """What each rule that is on says about the set; empty with fewer than three repetitions or a median range below 0.2 m."""
    disagreements: tuple[Disagreement, ...]
    """Where the network and physics differ; physics is never overruled about the wrist's own motion."""


class WindowResult(Part):
    """What the network says about one window of four seconds in a set."""

    start_s: float
    """Stamp of the first step, since the first row of the recording."""
    end_s: float
    """Stamp of the last step."""
    set_number: int
    """Number of the set that it lies in, from 1."""
    abstain: bool
    """True: show "not sure". The other fields are then diagnostics, not results."""
    reasons: tuple[WindowReason, ...]
    """Why it abstains; empty if it does not."""
    exercise: Exercise
    """The most probable exercise."""
    exercise_probability: float
    """Its calibrated probability."""
    form: int | None
    """Most probable score 0 to 4; null unless the exercise is a squat and the window shows a repetition."""
    form_probability: float | None
    """Calibrated probability of that score."""
    sigma_mm: float
    """Mean calibrated standard deviation of a coordinate over joints and frames, at the wearer's stature."""
    embedding_distance: float
    """From the nearest exercise of the calibration, in feature space; the gate ``embedding`` limits it."""
    masked_share: float
    """Share of the steps that are bridged holes of the recording."""


class ReferenceRecord(Part):
    """Which reference set was used."""

    sha256: str
    """SHA-256 of the reference file."""
    wearer: str
    """Label of the person."""
    exercise: str
    """Exercise of the reference set."""
    posture: Posture
    """How the forearm is held at the start of a repetition."""
    known: Known
    """What was known of the reference set."""


class SessionReport(Document):
    """The result of ``qleap watch analyze``."""

    schema_name: Literal["qleap.session"] = "qleap.session"
    schema_version: Literal[5] = 5
    recording: str
    """Path of the file."""
    recording_sha256: str
    """SHA-256 of the file."""
    started_at: str | None
    """Date and time (UTC, ISO 8601) of the first row; null where the file does not tell."""
    duration_s: float
    """From the first row to the last one."""
    package_sha256: str
    """Digest of the package that ran."""
    grade: Grade
    """Of the bundle; every grade but ``release`` comes with a warning."""
    stature_m: float
    """The wearer's height."""
    stature_source: Literal["given", "assumed"]
    """``assumed``: the wearer's height was not given."""
    wear: WearRecord
    """Wrist and crown side."""
    active_s: tuple[float, float] | None
    """Start and end of the part in which exercise is known to have taken place; null: the whole recording was searched."""
    declared_exercise: Exercise | None
    """The exercise that the wearer names; null: none was given."""
    reference: ReferenceRecord | None
    """The reference set that removes the bias of the depth; null: none was given."""
    warnings: tuple[str, ...]
    """Of the checks of the recording, of the grade, and of the wearer's height where the calibration does not cover it."""
    sets: tuple[SetResult, ...]
    """In the order of time."""
    windows: tuple[WindowResult, ...]
    """One for every 0.2 s whose middle lies in a set."""
    abstained_share: float | None
    """Share of these windows that are abstained from; null without any."""
