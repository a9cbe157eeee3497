"""Domain randomisation: one distribution a line, with its source.

``[design]`` marks a range chosen by this project to cover what people do; everything else cites where it is from.
Angles are degrees here, for the reader; they are converted to radians where they are used. A recipe picks a preset
(:data:`RELEASE`, :data:`STRESS`) and may override the numbers of single distributions; what the device adds is in
``calibration/sensors``.
"""

from dataclasses import dataclass, replace

from qleap_edge.core.exercises import Regime
from qleap_edge.physics.distributions import (
    Bernoulli,
    BySeverity,
    BySex,
    Categorical,
    LogUniform,
    TruncatedNormal,
    Uniform,
)
from qleap_edge.physics.randomize_added import AddedExercises


@dataclass(frozen=True)
class Distributions(AddedExercises):
    """Every distribution by which bodies and motions are drawn; the defaults are the ``release`` preset."""

    # --- Subject ---------------------------------------------------------------------------------------------------
    sex: Categorical = Categorical(female=0.5, male=0.5)
    stature_m: BySex = BySex(  # NCD-RisC 2016, eLife 5:e13410: adult means of high-income countries, sd 6.5-7.5 cm
        female=TruncatedNormal(1.645, 0.067, 1.48, 1.84), male=TruncatedNormal(1.775, 0.073, 1.58, 1.98)
    )
    bmi_kg_m2: TruncatedNormal = TruncatedNormal(24.5, 3.8, 17.5, 35.0)  # [design] adults who train
    limb_ratio: TruncatedNormal = TruncatedNormal(
        1.0, 0.025, 0.94, 1.06
    )  # segment length against its table value; Winter gives no spread
    segment_mass_ratio: TruncatedNormal = TruncatedNormal(
        1.0, 0.06, 0.85, 1.15
    )  # de Leva 1996 gives means only; [design]
    lumbar_baseline_deg: BySex = (
        BySex(  # lumbar flexion of a clean squat; McKean et al. 2010, J. Strength Cond. Res. 24(6)
            female=TruncatedNormal(12.7, 2.5, 6.0, 18.0), male=TruncatedNormal(22.0, 3.5, 12.0, 27.0)
        )
    )
    watch_to_wrist_m: TruncatedNormal = TruncatedNormal(
        0.030, 0.008, 0.010, 0.050
    )  # [design] watch centre, proximal of the wrist joint
    watch_height_m: Uniform = Uniform(0.022, 0.032)  # [design] sensor above the forearm's axis

    # --- Wear ------------------------------------------------------------------------------------------------------
    wrist: Categorical = Categorical(
        left=0.5, right=0.5
    )  # [design] both must work; in the field about 70 % wear it left
    crown: Categorical = Categorical(right=0.7, left=0.3)  # [design] the factory setting is more common

    # --- Standing, all exercises on planted feet -------------------------------------------------------------------
    standing_thigh_deg: Uniform = Uniform(4.0, 9.0)  # [design] never locked: keeps the leg's plane defined
    stance_half_width_ratio: Uniform = Uniform(
        0.85, 1.9
    )  # × hip half-width; 0.8-1.6 hip widths, Escamilla 2001; [design]
    toe_out_deg: Uniform = Uniform(2.0, 32.0)  # Escamilla 2001, Med. Sci. Sports Exerc. 33(1)
    com_ahead_of_ankle_m: Uniform = Uniform(0.036, 0.058)  # over midfoot
    sway_rms_m: Uniform = Uniform(0.002, 0.006)  # quiet standing; Winter 1995, Gait & Posture 3(4)

    # --- Load, as a share of body mass -----------------------------------------------------------------------------
    loaded: Bernoulli = Bernoulli(
        0.7
    )  # [design] a bar or dumbbells where the posture holds one; else a broomstick, no load
    bar_ratio: Uniform = Uniform(0.1, 1.0)  # on the shoulders
    goblet_ratio: LogUniform = LogUniform(0.05, 0.35)  # before the chest, both hands together
    dumbbell_ratio: LogUniform = LogUniform(0.02, 0.2)  # [design] in each hanging hand
    deadlift_ratio: LogUniform = LogUniform(0.05, 0.5)  # [design] half of the bar, in each hand
    press_ratio: LogUniform = LogUniform(0.03, 0.25)  # [design] in each hand
    curl_ratio: LogUniform = LogUniform(0.02, 0.15)  # [design] in each hand

    # --- Squat -----------------------------------------------------------------------------------------------------
    # How many faults that a wrist can see, and how bad: (mild, severe). The groups aim at scores 4, 3, 2, 1, 0.
    fault_pattern: Categorical = Categorical(
        none=1.3, one_mild=1.3, some=1.1, many=1.2, gross=0.9
    )  # [design] balances the scores
    hidden_fault: Categorical = Categorical(
        none=0.72, mild=0.15, severe=0.13
    )  # [design] each of valgus, lumbar flexion, heel rise and asymmetry: they deduct nothing, but move the body
    thigh_deg: BySeverity = BySeverity(  # at the bottom, from the vertical; rubric 90/75
        Uniform(92.5, 116.0), Uniform(79.0, 86.5), Uniform(42.0, 69.0)
    )
    lean_deg: BySeverity = BySeverity(
        Uniform(-6.0, 6.0), Uniform(12.5, 17.5), Uniform(23.0, 33.0)
    )  # beyond shank; rubric 10/20
    lumbar_excess_deg: BySeverity = BySeverity(
        Uniform(-4.0, 9.0), Uniform(18.0, 26.0), Uniform(33.0, 39.0)
    )  # rubric 15/30
    knee_shift_m: BySeverity = BySeverity(  # medial; rubric 8/15° for a shank of 0.43 m
        Uniform(-0.025, 0.018), Uniform(0.035, 0.047), Uniform(0.062, 0.078)
    )
    load_shift: BySeverity = BySeverity(
        Uniform(0.0, 0.045), Uniform(0.10, 0.13), Uniform(0.19, 0.28)
    )  # × half-width; 8/15 %
    pelvis_drop_deg: Uniform = Uniform(0.0, 6.0)  # [design] towards the loaded side, with a load shift
    heel_rise_m: BySeverity = BySeverity(
        Uniform(0.0, 0.0), Uniform(0.013, 0.025), Uniform(0.034, 0.045)
    )  # rubric 1/3 cm
    descent_s: BySeverity = BySeverity(
        Uniform(1.45, 2.9), Uniform(0.85, 1.1), Uniform(0.78, 0.88)
    )  # rubric: 0.8 s of 5-95 %, which is 0.6 of the whole
    ascent_s: BySeverity = BySeverity(
        Uniform(0.9, 2.1), Uniform(0.8, 1.2), Uniform(0.78, 0.88)
    )  # [design] a bounce comes up fast
    rep_tempo_ratio: TruncatedNormal = TruncatedNormal(1.0, 0.03, 0.92, 1.08)  # [design] rep against rep
    unsteady: Bernoulli = Bernoulli(0.3)  # [design] of sequences: depth and tempo differ from rep to rep
    unsteady_depth_ratio: Uniform = Uniform(0.72, 1.0)  # [design] rubric: 10/20 % of the depth
    unsteady_tempo: Uniform = Uniform(1.0, 1.7)  # [design] rubric: half of the spread is 10/20 %
    tires: Bernoulli = Bernoulli(0.35)  # [design] of sequences: every repetition comes up slower than the one before
    fatigue_ratio: Uniform = Uniform(1.1, 1.6)  # [design] rubric: 20/40 % of the velocity
    halt_s: BySeverity = BySeverity(
        Uniform(0.0, 0.0), Uniform(0.3, 0.5), Uniform(0.9, 1.2)
    )  # on the way down or up, standing still; rubric 0.3/0.8 s
    halt_at: Uniform = Uniform(0.38, 0.62)  # [design] of the way
    bounce_overlap: Uniform = Uniform(
        0.36, 0.44
    )  # [design] × descent: a bounce turns before it has settled; rubric 1.9 W
    bottom_pause: Bernoulli = Bernoulli(0.2)  # [design] paused squats
    bottom_pause_s: Uniform = Uniform(0.5, 2.0)  # [design] of a paused squat; the others hold for less than
    bottom_hold_s: Uniform = Uniform(0.0, 0.35)  # [design] this
    top_pause_s: Uniform = Uniform(0.1, 0.9)  # [design]
    rep_depth_ratio: TruncatedNormal = TruncatedNormal(1.0, 0.008, 0.98, 1.02)  # [design] rep against rep
    partial_rep: Bernoulli = Bernoulli(0.06)  # [design] a repetition that stops short
    partial_ratio: Uniform = Uniform(0.6, 0.85)  # [design] of the full depth
    squat_arms: Categorical = Categorical(  # [design] three of five with a bar or a weight, as in a gym
        bar=3.6,
        front_rack=1.2,
        goblet=1.2,
        dumbbells=1.2,
        overhead=0.4,
        hips=0.8,
        crossed=0.7,
        clasped=0.7,
        forward=1.2,
        ready=0.8,
        hanging=0.7,
    )
    arms_follow_depth: Bernoulli = Bernoulli(
        0.5
    )  # of "forward" squats: arms rise with the descent and fall with the ascent
    arm_drift_deg: TruncatedNormal = TruncatedNormal(
        0.0, 15.0, -45.0, 45.0
    )  # [design] each angle of a free arm, standing to bottom
    unrack: Bernoulli = Bernoulli(0.5)  # [design] of loaded bars: the sequence begins with the lift out of the rack
    unrack_thigh_deg: Uniform = Uniform(8.0, 20.0)  # [design] knees bent under the bar
    unrack_s: Uniform = Uniform(0.7, 1.3)

    # --- Lunge -----------------------------------------------------------------------------------------------------
    lunge_stepping: Bernoulli = Bernoulli(0.6)  # [design] steps out and back with every repetition, else stays split
    lunge_length_ratio: TruncatedNormal = TruncatedNormal(
        0.40, 0.045, 0.30, 0.52
    )  # × stature; Riemann et al. 2012: 0.5-0.6 leg lengths
    lunge_drop_ratio: Uniform = Uniform(0.24, 0.40)  # pelvis drop × leg length
    lunge_lean_deg: Uniform = Uniform(0.0, 18.0)  # trunk at the bottom
    lunge_step_s: Uniform = Uniform(0.65, 1.0)
    lunge_descent_s: Uniform = Uniform(0.8, 1.7)
    lunge_ascent_s: Uniform = Uniform(0.7, 1.4)
    lunge_half_width_ratio: Uniform = Uniform(0.9, 1.5)  # × hip half-width
    lunge_arms: Categorical = Categorical(  # [design]
        dumbbells=2.0,
        bar=1.2,
        goblet=0.6,
        front_rack=0.3,
        hips=1.2,
        crossed=0.5,
        clasped=0.4,
        ready=0.6,
        hanging=1.0,
        forward=0.4,
    )

    # --- Deadlift --------------------------------------------------------------------------------------------------
    hinge_pitch_deg: Uniform = Uniform(38.0, 72.0)  # pelvis pitch at the bottom; 40-80° was simulated upright
    hinge_thigh_deg: Uniform = Uniform(16.0, 46.0)  # thigh back from the vertical
    hinge_lumbar_deg: Uniform = Uniform(-4.0, 14.0)  # a rounded back is common
    hinge_descent_s: Uniform = Uniform(0.9, 2.4)
    hinge_ascent_s: Uniform = Uniform(0.8, 2.0)
    hinge_arms: Categorical = Categorical(
        grip=2.8, grip_mixed=0.5, grip_wide=0.3, dumbbells=0.8, bar=0.25, crossed=0.3, hips=0.3
    )  # [design] bar, dumbbells, or a good morning without

    # --- Overhead press and biceps curl ----------------------------------------------------------------------------
    press_holds: Categorical = Categorical(
        press_bar=1.0, press_dumbbells=1.0
    )  # [design] dumbbells or a machine's handles
    curl_holds: Categorical = Categorical(curl_bar=1.0, curl_dumbbells=1.0, curl_hammer=0.6)  # [design]
    press_up_s: Uniform = Uniform(0.7, 1.6)
    press_down_s: Uniform = Uniform(0.8, 2.0)
    press_lean_deg: Uniform = Uniform(0.0, 7.0)  # chest back while the weight passes the face
    press_seated: Bernoulli = Bernoulli(0.3)  # [design] on a seat with a back rest: a machine, or dumbbells
    seated_press_back_deg: Uniform = Uniform(70.0, 90.0)  # back rest above the horizontal
    seated_press_out_deg: Uniform = Uniform(18.0, 72.0)  # upper arm from the trunk, hands at the shoulders
    seated_press_ahead_deg: Uniform = Uniform(5.0, 55.0)  # plane of the upper arms ahead of the frontal plane
    press_style: Categorical = Categorical(strict=0.7, push=0.3)  # [design] a push press dips the knees first
    curl_up_s: Uniform = Uniform(0.6, 1.5)
    curl_down_s: Uniform = Uniform(0.7, 2.2)
    curl_sides: Categorical = Categorical(
        both=1.0, alternate=1.0
    )  # [design]; a curl of the arm without the watch is idle to it
    curl_swing_deg: Uniform = Uniform(0.0, 6.0)  # [design] trunk, as weights get heavy
    arm_rep_range: Uniform = Uniform(0.75, 1.0)  # [design] share of the full way

    # --- Jumping jack ----------------------------------------------------------------------------------------------
    jack_cycle_s: TruncatedNormal = TruncatedNormal(0.98, 0.13, 0.74, 1.4)  # apart and together; 46-77 a minute
    jack_flight_share: Uniform = Uniform(0.38, 0.50)  # of a jump
    jack_wide_ratio: Uniform = Uniform(2.4, 4.0)  # × hip half-width, feet apart
    jack_narrow_ratio: Uniform = Uniform(0.75, 1.2)
    jack_rise_m: Uniform = Uniform(-0.035, 0.005)  # [design] hips are higher with the feet together, but hands hang
    jack_foot_lift_m: Uniform = Uniform(0.005, 0.025)
    jack_toes_down_deg: Uniform = Uniform(4.0, 22.0)  # in flight
    jack_arms_up_deg: Uniform = Uniform(85.0, 172.0)  # [design] half-way jacks to hands that meet
    jack_arms_ahead_deg: TruncatedNormal = TruncatedNormal(
        0.0, 14.0, -20.0, 40.0
    )  # [design] arms go up before the chest or beside it
    jack_arms_turn_deg: TruncatedNormal = TruncatedNormal(
        0.0, 25.0, -60.0, 60.0
    )  # [design] upper arm, forearm about their length
    jack_elbow_deg: Uniform = Uniform(6.0, 70.0)

    # --- Walk ------------------------------------------------------------------------------------------------------
    step_rate_hz: TruncatedNormal = TruncatedNormal(
        1.85, 0.14, 1.45, 2.25
    )  # Bohannon 1997, Age Ageing 26; Whittle 2007, Gait Analysis
    step_length_ratio: TruncatedNormal = TruncatedNormal(0.40, 0.03, 0.31, 0.46)  # × stature; Whittle 2007
    step_half_width_m: Uniform = Uniform(0.035, 0.065)  # between ankle centres 7-13 cm; Whittle 2007
    path_curvature_1_m: TruncatedNormal = TruncatedNormal(0.0, 0.08, -0.2, 0.2)  # [design] straight to a gentle bend
    walk_toe_out_deg: Uniform = Uniform(2.0, 12.0)
    pelvis_bob_m: Uniform = Uniform(
        0.012, 0.022
    )  # half of the 3-5 cm excursion; Gard et al. 2004, J. Prosthet. Orthot. 16
    pelvis_sway_m: Uniform = Uniform(0.012, 0.024)
    pelvis_turn_deg: Uniform = Uniform(2.0, 6.0)  # each way; Saunders et al. 1953
    pelvis_list_deg: Uniform = Uniform(1.5, 4.5)
    walk_lean_deg: Uniform = Uniform(1.0, 7.0)
    arm_swing_deg: TruncatedNormal = TruncatedNormal(20.0, 7.0, 5.0, 38.0)  # shoulder, each way; Murray 1967
    elbow_swing_deg: Uniform = Uniform(4.0, 16.0)
    toe_off_pitch_deg: Uniform = Uniform(46.0, 60.0)  # foot on its ball at the end of stance; Perry and Burnfield 2010
    heel_strike_pitch_deg: Uniform = Uniform(9.0, 20.0)  # toes up at contact
    foot_clearance_m: Uniform = Uniform(0.018, 0.035)  # ankle path above the straight line
    walk_arms: Categorical = Categorical(  # [design]
        swing=5.0, goblet=0.5, crossed=0.3, pocket=0.6, phone=0.8, dumbbells=0.6
    )

    # --- Idle ------------------------------------------------------------------------------------------------------
    idle_thigh_deg: Uniform = Uniform(4.0, 10.0)
    idle_lean_deg: TruncatedNormal = TruncatedNormal(1.0, 2.5, -4.0, 8.0)
    weight_shift_m: TruncatedNormal = TruncatedNormal(
        0.0, 0.02, -0.045, 0.045
    )  # [design] sideways, at each change of posture
    idle_arms: Categorical = Categorical(  # [design] what people do between sets
        hanging=2.0,
        hips=1.0,
        crossed=0.8,
        clasped=0.5,
        forward=0.4,
        ready=0.6,
        gesture=1.6,
        reach=1.2,
        phone=1.2,
        pocket=0.6,
        drink=0.8,
        wipe=0.5,
        scratch=0.5,
        adjust_watch=0.8,
    )
    seated_arms: Categorical = Categorical(
        on_thighs=1.5,
        forearms_on_thighs=1.5,
        hanging=0.5,
        crossed=0.4,
        clasped=0.6,
        gesture=0.8,
        phone=1.2,
        reach=0.5,
        drink=0.8,
        wipe=0.4,
        scratch=0.4,
        adjust_watch=0.6,
        shoes=0.4,
    )
    carried_arms: Categorical = Categorical(
        dumbbells=2.0, grip=1.0, goblet=1.0, hanging=0.3
    )  # plates, dumbbells or a bar from the rack
    rests_seated: Bernoulli = Bernoulli(0.3)  # [design] of idle sequences: on a bench or a chair, from before to after
    carries: Bernoulli = Bernoulli(0.2)  # [design] of the standing ones: something heavy in the hands
    one_handed: Bernoulli = Bernoulli(0.6)  # [design] of changes of posture: the other arm does something else
    bends_down: Bernoulli = Bernoulli(0.12)  # [design] of standing postures: to a rack, a bottle or the floor
    bend_down_deg: Uniform = Uniform(18.0, 55.0)
    sit_lean_deg: Uniform = Uniform(-8.0, 18.0)  # trunk of who sits
    sit_bent_deg: Uniform = Uniform(30.0, 48.0)  # with the forearms on the thighs
    sit_shoes_deg: Uniform = Uniform(45.0, 62.0)
    idle_turn_deg: TruncatedNormal = TruncatedNormal(
        0.0, 9.0, -25.0, 25.0
    )  # chest against pelvis, at each change of posture
    idle_side_bend_deg: TruncatedNormal = TruncatedNormal(0.0, 2.5, -7.0, 7.0)
    dwell_s: Uniform = Uniform(0.4, 2.2)  # between changes of posture
    change_s: Uniform = Uniform(0.55, 1.3)  # one change; point-to-point reaching takes 0.5-1.2 s

    # --- Warm-up: moves that are no exercise -----------------------------------------------------------------------
    warm_up_move: Categorical = Categorical(  # [design]
        knee_raise=1.4, heel_raise=0.7, arm_circle=1.2, arm_swing=1.0, twist=1.2, side_bend=0.8, toe_touch=0.9
    )
    warm_up_arms: Categorical = Categorical(
        hanging=1.5, hips=1.2, crossed=0.6, ready=1.5, forward=0.6, aside=0.6, raised=0.4
    )
    stroke_s: Uniform = Uniform(0.25, 0.85)  # [design] one way
    stroke_hold_s: Uniform = Uniform(0.0, 0.2)
    stroke_gap_ratio: Uniform = Uniform(-0.5, 0.35)  # [design] × stroke; negative: from side to side without a halt
    knee_raise_deg: Uniform = Uniform(35.0, 95.0)  # thigh; marching in place to high knees
    knee_raise_bob_m: Uniform = Uniform(0.0, 0.035)
    knee_raise_swing_deg: Uniform = Uniform(0.0, 65.0)  # each arm back with its side's knee, ahead with the other's
    heel_raise_deg: Uniform = Uniform(15.0, 45.0)
    circle_hz: Uniform = Uniform(0.4, 1.5)
    circle_deg: Uniform = Uniform(8.0, 45.0)  # half width, each of two
    both_arms: Bernoulli = Bernoulli(0.7)
    swing_to: Categorical = Categorical(forward=1.0, aside=0.7, raised=1.0, reach=0.5)
    twist_deg: Uniform = Uniform(20.0, 100.0)  # each way, pelvis, waist and chest together
    twist_arms_deg: Uniform = Uniform(0.0, 30.0)  # [design] arms reach further than the chest turns
    side_bend_deg: Uniform = Uniform(10.0, 26.0)
    toe_touch_pitch_deg: Uniform = Uniform(45.0, 80.0)  # pelvis
    toe_touch_lumbar_deg: Uniform = Uniform(15.0, 45.0)
    toe_touch_drop_ratio: Uniform = Uniform(0.03, 0.10)  # × leg length: knees give a little
    to_one_foot: Bernoulli = Bernoulli(0.5)  # of toe touches: to one foot after the other, with a turn
    windmill: Bernoulli = Bernoulli(0.6)  # of those: arms spread, one hand goes down as the other goes up

    # --- Transitions -----------------------------------------------------------------------------------------------
    transition_s: Uniform = Uniform(0.7, 1.4)  # from one exercise's posture to the next's

    # --- All -------------------------------------------------------------------------------------------------------
    arm_wander_deg: Uniform = Uniform(0.3, 1.4)  # rms of each arm angle about its posture
    # Wrists of a motion-captured person turn at 0.8 to 1.3 rad/s (rms) in free squats, four times as fast as with these alone.
    free_arm_unrest: LogUniform = LogUniform(1.5, 10.0)  # [design] × the slow noise of arms that hold nothing
    trunk_wander_deg: Uniform = Uniform(0.2, 0.9)
    tremor_rad: Uniform = Uniform(
        2e-5, 7e-5
    )  # physiological, 8-12 Hz: with noise the 2.6-3.5 mg of a worn, quiet watch
    tremor_hz: Uniform = Uniform(8.0, 12.0)  # Elble and Koller 1990
    # Wrist acceleration of working arms above 3 Hz: a back squat has 0.9 m/s² above 6.3 Hz and 0.65 above 11 Hz
    # (own Watch recordings: 80 and 90 % of energy at 6.3 and 11 Hz, rms 0.208 g); a third to three times of that [design].
    arm_jitter_m_s2: LogUniform = LogUniform(0.3, 3.0)
    twisting_jitter: LogUniform = LogUniform(1.0, 6.0)  # [design] × that of the other hinges: the forearm's own axis
    regrip_1_s: Uniform = Uniform(0.0, 0.12)  # [design] re-gripping: twists of forearm and elbow a second
    regrip_deg: Uniform = Uniform(4.0, 16.0)
    regrip_s: Uniform = Uniform(0.35, 0.8)
    floor_friction: Uniform = Uniform(0.6, 1.3)  # rubber to wood; used by forward simulation only


RELEASE = Distributions()
STRESS = replace(  # wider than people usually are: what a model should survive or decline
    RELEASE,
    bmi_kg_m2=TruncatedNormal(26.0, 6.0, 16.0, 42.0),
    limb_ratio=TruncatedNormal(1.0, 0.05, 0.88, 1.12),
    segment_mass_ratio=TruncatedNormal(1.0, 0.12, 0.7, 1.3),
    watch_to_wrist_m=TruncatedNormal(0.045, 0.03, 0.005, 0.12),
    toe_out_deg=Uniform(-5.0, 40.0),
    com_ahead_of_ankle_m=Uniform(0.025, 0.075),
    sway_rms_m=Uniform(0.004, 0.012),
    arm_wander_deg=Uniform(1.0, 5.0),
    trunk_wander_deg=Uniform(0.6, 2.5),
    tremor_rad=Uniform(5e-5, 4e-4),
    regrip_1_s=Uniform(0.1, 0.5),
    regrip_deg=Uniform(8.0, 30.0),
)
PRESETS = {"release": RELEASE, "stress": STRESS}


def standing_only(distributions: Distributions) -> Distributions:
    """Return the distributions of sequences that begin and end standing, on feet as wide apart as anybody stands."""
    return replace(
        distributions,
        rests_seated=Bernoulli(0.0),
        press_seated=Bernoulli(0.0),
        side_lunge_variant=Categorical(step=1.0),
    )


def for_regime(distributions: Distributions, regime: Regime) -> Distributions:
    """Return the distributions that a regime can simulate.

    Forward, heels stay down, since a body on its balls falls over, and nobody sits, since there is no seat.
    """
    if regime != "forward":
        return distributions
    flat = distributions.heel_rise_m.none
    return replace(standing_only(distributions), heel_rise_m=BySeverity(flat, flat, flat))
