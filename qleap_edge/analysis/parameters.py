"""Collect every number that the analysis of a recording decides by, for ``analysis.json`` of a bundle.

The Swift package reads that file, so that no number is written twice. Each number belongs to the module that uses it.
"""

import math

from qleap_edge.alignment.clock import SPLIT_S
from qleap_edge.analysis import (
    alerts,
    chain_repetitions,
    cycles,
    exercise_set,
    measures,
    seeds,
    set_search,
    slow_signals,
    walking,
    wrist_patterns,
    wrist_travel,
)
from qleap_edge.analysis import pelvis_repetitions as pelvis
from qleap_edge.analysis import vote as votes
from qleap_edge.analysis.fusion import ONE_ARM_AT_A_TIME
from qleap_edge.analysis.vertical_motion import TILT_SD_RAD
from qleap_edge.bundle.analysis_parameters import (
    AlertParameters,
    AlertRuleParameters,
    AnalysisParameters,
    BySignal,
    ChainParameters,
    DepthParameters,
    MeasureParameters,
    NameParameters,
    PatternParameters,
    PostureParameters,
    SearchParameters,
    SeedParameters,
    SlowSignalParameters,
    SwingParameters,
)
from qleap_edge.metrics.uncertainty import Z_90
from qleap_edge.physics.form import AFTER_TURN_STEPS, BEFORE_TURN_STEPS


def analysis_parameters() -> AnalysisParameters:
    """Return the numbers of this version of the package."""
    return AnalysisParameters(
        slow_signals=_slow_signals(),
        seeds=SeedParameters(
            window_steps=seeds.WINDOW_STEPS,
            hop_steps=seeds.HOP_STEPS,
            least_amplitude=BySignal(**seeds.LEAST_AMPLITUDE),
            least_autocorrelation=seeds.LEAST_AUTOCORRELATION,
            shortest_period_s=seeds.PERIODS_S[0],
            longest_period_s=seeds.PERIODS_S[1],
            tail_percent=seeds.TAIL_PERCENT,
        ),
        swings=SwingParameters(
            hysteresis=cycles.HYSTERESIS, largest_leg=cycles.LARGEST_LEG, home=cycles.HOME, leaves=cycles.LEAVES
        ),
        chain=_chain(),
        search=_search(),
        measures=_measures(),
        depth=_depth(),
        name=_name(),
        alerts=_alerts(),
    )


def _slow_signals() -> SlowSignalParameters:
    return SlowSignalParameters(
        rate_hz=slow_signals.SLOW_RATE_HZ,
        motion_hz=slow_signals.MOTION_HZ,
        drift_hz=slow_signals.DRIFT_HZ,
        shortest_s=slow_signals.SHORTEST_S,
        part_steps=slow_signals.PART_STEPS,
        reach_steps=slow_signals.REACH_STEPS,
        still_acceleration=slow_signals.STILL_ACCELERATION,
        still_turn_rate=slow_signals.STILL_TURN_RATE,
        still_around_s=slow_signals.STILL_AROUND_S,
        still_velocity=slow_signals.STILL_VELOCITY,
        still_weight=slow_signals.STILL_WEIGHT,
        split_s=SPLIT_S,
    )


def _chain() -> ChainParameters:
    return ChainParameters(
        height_scale_m=chain_repetitions.HEIGHT_SCALE_M,
        smallest=chain_repetitions.SMALLEST,
        alike=chain_repetitions.ALIKE,
        between=chain_repetitions.BETWEEN,
        most_between=chain_repetitions.MOST_BETWEEN,
        share_between=chain_repetitions.SHARE_BETWEEN,
        end_off=chain_repetitions.END_OFF,
        end_off_least=chain_repetitions.END_OFF_LEAST,
        end_size=chain_repetitions.END_SIZE,
        at_edge_s=chain_repetitions.AT_EDGE_S,
        longest_s=chain_repetitions.LONGEST_S,
        around_s=chain_repetitions.AROUND_S,
        leg_steps=chain_repetitions.LEG_STEPS,
        reach_steps=chain_repetitions.REACH_STEPS,
        near_edge_steps=chain_repetitions.NEAR_EDGE_STEPS,
        cycles=chain_repetitions.CYCLES,
        larger=chain_repetitions.LARGER,
        least_turning=BySignal(**chain_repetitions.LEAST_TURNING),
        least_height=BySignal(**chain_repetitions.LEAST_HEIGHT),
    )


def _search() -> SearchParameters:
    return SearchParameters(
        around_steps=set_search.AROUND_STEPS,
        quiet_steps=set_search.QUIET_STEPS,
        longest_steps=set_search.LONGEST_STEPS,
        unsettled_steps=set_search.UNSETTLED_STEPS,
        least_repetitions=exercise_set.LEAST_REPETITIONS,
        least_agreement=set_search.LEAST_AGREEMENT,
        refinements=set_search.REFINEMENTS,
        least_to_refine=set_search.LEAST_TO_REFINE,
        least_agreement_to_refine=set_search.LEAST_AGREEMENT_TO_REFINE,
        near_best=set_search.NEAR_BEST,
        chains_of_a_part=set_search.CHAINS_OF_A_PART,
        partial=set_search.PARTIAL,
        other_arm_least=exercise_set.OTHER_ARM[0],
        other_arm_most=exercise_set.OTHER_ARM[1],
        slowest_stride_s=walking.SLOWEST_STRIDE_S,
        fastest_repetition_s=walking.FASTEST_REPETITION_S,
        walking_band=walking.BAND,
        walking_twice=walking.TWICE,
    )


def _measures() -> MeasureParameters:
    return MeasureParameters(
        tilt_sd_rad=TILT_SD_RAD,
        noise_density=measures.NOISE_DENSITY,
        bias_sd=measures.BIAS_SD,
        scale_error=measures.SCALE_ERROR,
        prior_closure_m=measures.PRIOR_CLOSURE_M,
        mad_to_sd=measures.MAD_TO_SD,
        drift_hz=measures.DRIFT_HZ,
        smooth_hz=measures.SMOOTH_HZ,
        reach_s=measures.REACH_S,
        longest_search_s=measures.LONGEST_SEARCH_S,
        outer_search_s=measures.OUTER_SEARCH_S,
        still_s=measures.STILL_S,
        moves_least=measures.MOVES_LEAST,
        edge_sd=measures.EDGE_SD,
        least_acceleration=measures.LEAST_ACCELERATION,
        interval_sd=Z_90,
    )


def _depth() -> DepthParameters:
    model = wrist_travel.shipped_wrist_travel()

    def posture(name: wrist_travel.Posture) -> PostureParameters:
        known = model.of(name)
        return PostureParameters(**{key: getattr(known, key) for key in PostureParameters.model_fields})

    return DepthParameters(
        hanging_below_deg=model.hanging_below_deg,
        raised_above_deg=model.raised_above_deg,
        strap_tolerance_deg=wrist_travel.STRAP_TOLERANCE_DEG,
        free_lever_m=model.free_lever_m,
        hanging=posture("hanging"),
        level=posture("level"),
        raised=posture("raised"),
    )


def _name() -> NameParameters:
    def limits(pair: tuple[float, float]) -> tuple[float | None, float | None]:
        least, most = (end if math.isfinite(end) else None for end in pair)
        return least, most

    return NameParameters(
        least_probability=votes.LEAST_PROBABILITY,
        most_left=votes.MOST_LEFT,
        shown=votes.SHOWN,
        upright_deg=wrist_patterns.UPRIGHT_DEG,
        one_arm_at_a_time=ONE_ARM_AT_A_TIME,
        before_turn_steps=BEFORE_TURN_STEPS,
        after_turn_steps=AFTER_TURN_STEPS,
        smallest_depth=pelvis.SMALLEST_DEPTH,
        shortest_gap_s=pelvis.SHORTEST_GAP_S,
        patterns=tuple(
            PatternParameters(
                exercise=exercise,
                travel_m=limits(one.travel_m),
                turned_deg=limits(one.turned_deg),
                elevation_deg=limits(one.elevation_deg),
                period_s=limits(one.period_s),
                like_a_press=one is wrist_patterns.TRAVELS_WITH_THE_TRUNK,
            )
            for exercise, one in wrist_patterns.PATTERNS.items()
        ),
    )


def _alerts() -> AlertParameters:
    rules = alerts.shipped_alert_rules()
    found = []
    for name in alerts.ALERTS:
        rule = rules.of(name)
        if not rule.enabled or rule.fine_margin is None or rule.alert_margin is None:
            continue
        found.append(
            AlertRuleParameters(
                name=name,
                limit=rule.limit,
                fine_margin=rule.fine_margin,
                alert_margin=rule.alert_margin,
                miss_rate_at_most=rule.miss_rate_at_most,
                exercises=tuple(sorted(alerts.LOWERED)) if name == "fast_lowering" else None,
            )
        )
    return AlertParameters(
        least_repetitions=alerts.LEAST_REPETITIONS, least_range_m=alerts.LEAST_RANGE_M, rules=tuple(found)
    )
