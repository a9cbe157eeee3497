"""``analysis.json``: every number that the analysis of a recording decides by, as the Swift package reads it from its payload.

What a number means stands where Python uses it: each group names its module of ``qleap_edge.analysis``.
"""

from typing import Literal

from qleap_edge.core.exercises import Exercise
from qleap_edge.core.records import Document, Part


class BySignal(Part):
    """A number for each of the two signals."""

    turning: float
    """Of the direction of the vertical in device axes; about radians."""
    travel: float
    """Of the height of the wrist."""


class SlowSignalParameters(Part):
    """Of the two signals in which repetitions show (``slow_signals``)."""

    rate_hz: float
    motion_hz: float
    drift_hz: float
    shortest_s: float
    part_steps: int
    reach_steps: int
    still_acceleration: float
    still_turn_rate: float
    still_around_s: float
    still_velocity: float
    still_weight: float
    split_s: float
    """A longer interval between two samples ends the stretch."""


class SeedParameters(Part):
    """Of the windows in which a signal repeats (``seeds``)."""

    window_steps: int
    hop_steps: int
    least_amplitude: BySignal
    least_autocorrelation: float
    shortest_period_s: float
    longest_period_s: float
    tail_percent: float


class SwingParameters(Part):
    """Of turning points and legs (``cycles``)."""

    hysteresis: float
    largest_leg: float
    home: float
    leaves: float


class ChainParameters(Part):
    """Of repetitions that follow one another (``chain_repetitions``)."""

    height_scale_m: float
    smallest: float
    alike: float
    between: float
    most_between: int
    share_between: float
    end_off: float
    end_off_least: float
    end_size: float
    at_edge_s: float
    longest_s: float
    around_s: float
    leg_steps: int
    reach_steps: int
    near_edge_steps: int
    cycles: int
    larger: int
    least_turning: BySignal
    least_height: BySignal


class SearchParameters(Part):
    """Of the sets in the signals (``set_search``, ``exercise_set``, ``walking``)."""

    around_steps: int
    quiet_steps: int
    longest_steps: int
    unsettled_steps: int
    least_repetitions: int
    least_agreement: float
    refinements: int
    least_to_refine: int
    least_agreement_to_refine: float
    near_best: float
    chains_of_a_part: int
    partial: float
    other_arm_least: float
    other_arm_most: float
    slowest_stride_s: float
    fastest_repetition_s: float
    walking_band: float
    walking_twice: float


class MeasureParameters(Part):
    """Of range, velocity and durations, and of their standard deviations (``measures``)."""

    tilt_sd_rad: float
    noise_density: float
    bias_sd: float
    scale_error: float
    prior_closure_m: float
    mad_to_sd: float
    drift_hz: float
    smooth_hz: float
    reach_s: float
    longest_search_s: float
    outer_search_s: float
    still_s: float
    moves_least: float
    edge_sd: float
    least_acceleration: float
    interval_sd: float
    """Half of a 90 % interval, in standard deviations."""


class PostureParameters(Part):
    """Of the offset between wrist and pelvis in one posture of the forearm (``wrist_travel``)."""

    offset_m: float
    bias_sd_m: float
    spread_sd_m: float
    forearm_drop: float
    lever_m: float
    lever_sd_m: float


class DepthParameters(Part):
    """Of the depth of the pelvis (``wrist_travel``, ``depth``)."""

    hanging_below_deg: float
    raised_above_deg: float
    strap_tolerance_deg: float
    free_lever_m: float
    hanging: PostureParameters
    level: PostureParameters
    raised: PostureParameters


class PatternParameters(Part):
    """What the wrist does in one exercise (``wrist_patterns``): least and most of each quantity; null: no limit."""

    exercise: Exercise
    travel_m: tuple[float | None, float | None]
    turned_deg: tuple[float | None, float | None]
    elevation_deg: tuple[float | None, float | None]
    period_s: tuple[float | None, float | None]
    like_a_press: bool
    """Whether a forearm that points up makes it look like a press or a pull-down."""


class NameParameters(Part):
    """Of the name of a set, of its form, and of what the network's pose says about it (``vote``, ``fusion``)."""

    least_probability: float
    most_left: int
    shown: float
    upright_deg: float
    one_arm_at_a_time: tuple[Exercise | Literal["unknown"], ...]
    before_turn_steps: int
    after_turn_steps: int
    smallest_depth: float
    shortest_gap_s: float
    patterns: tuple[PatternParameters, ...]


class AlertRuleParameters(Part):
    """One rule (``alerts``)."""

    name: str
    """Its name."""
    limit: float
    fine_margin: float
    alert_margin: float
    miss_rate_at_most: float
    exercises: tuple[Exercise, ...] | None
    """Of which exercises it speaks; null: of all."""


class AlertParameters(Part):
    """Of the alerts of a set; only rules that are on."""

    least_repetitions: int
    least_range_m: float
    rules: tuple[AlertRuleParameters, ...]


class AnalysisParameters(Document):
    """``analysis.json``."""

    schema_name: Literal["qleap.analysis_parameters"] = "qleap.analysis_parameters"
    schema_version: Literal[1] = 1
    slow_signals: SlowSignalParameters
    seeds: SeedParameters
    swings: SwingParameters
    chain: ChainParameters
    search: SearchParameters
    measures: MeasureParameters
    depth: DepthParameters
    name: NameParameters
    alerts: AlertParameters
