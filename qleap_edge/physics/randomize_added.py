"""Distributions of the exercises with ids from 8 on: guided lifts, side lunge and sit-to-stand.

They are a part of :class:`qleap_edge.physics.randomize.Distributions`, in a module of their own for its length only. The same
conventions hold: one distribution a line, degrees, ``[design]`` where this project chose the range.
"""

from dataclasses import dataclass

from qleap_edge.physics.distributions import Bernoulli, Categorical, LogUniform, TruncatedNormal, Uniform


@dataclass(frozen=True)
class AddedExercises:
    """Every distribution by which these exercises are drawn; the defaults are the ``release`` preset."""

    # --- Guided lifts: row, bench press, lateral raise, pull-up, triceps extension, push-up -------------------------
    lift_s: Uniform = Uniform(
        0.55, 1.8
    )  # the concentric half; 0.6-1.6 s at 40-80 % of the maximum, Sánchez-Medina 2010
    lower_s: Uniform = Uniform(0.6, 2.4)  # [design] the eccentric half
    lift_hold_s: Uniform = Uniform(0.0, 0.6)  # [design] at the turning point
    straight_reach: Uniform = Uniform(
        0.965, 0.996
    )  # shoulder to wrist over the arm's length: elbows bent 7-22° at most
    overhand_deg: Uniform = Uniform(
        -10.0, 25.0
    )  # of the thumb from medial towards neutral: a bar lies obliquely in the palm
    neutral_deg: Uniform = Uniform(65.0, 115.0)
    underhand_deg: Uniform = Uniform(125.0, 150.0)  # EZ bar to straight bar: the last 30-55° come from palm and wrist
    seat_height_m: Uniform = Uniform(0.40, 0.50)  # gym benches and chairs; EN 1729, ISO 5970: 0.42-0.46 for adults
    hip_above_seat_m: Uniform = Uniform(0.075, 0.105)  # hip joint above a loaded seat; [design]
    seat_foot_ahead: Uniform = Uniform(0.65, 1.05)  # × thigh length: ankles ahead of the hips
    row_variant: Categorical = Categorical(bent_over=1.1, cable_row=1.4, machine_row=0.8, one_arm_row=0.5)  # [design]
    row_pitch_deg: Uniform = Uniform(
        28.0, 72.0
    )  # pelvis of a bent-over row: 30-80° for the trunk, back rounding included
    row_thigh_deg: Uniform = Uniform(16.0, 40.0)
    row_jerk_deg: Uniform = Uniform(0.0, 10.0)  # [design] the trunk rises with the weight
    row_grip: Categorical = Categorical(overhand=1.3, underhand=0.5, neutral=1.2)
    row_width: Uniform = Uniform(-0.35, 0.75)  # × shoulder half-width: a hand's place outwards of its shoulder
    row_touch_z: Uniform = Uniform(
        -0.22, -0.14
    )  # × stature: the hand at the turning point, from the shoulder to the hips
    row_touch_x: Uniform = Uniform(0.03, 0.09)  # × stature, ahead of the shoulder
    row_elbow_out: Uniform = Uniform(0.1, 1.1)  # outwards against backwards
    row_ratio: LogUniform = LogUniform(0.04, 0.35)  # in each hand
    cable_down_deg: Uniform = Uniform(8.0, 42.0)  # of the straight arms below the horizontal
    cable_width: Uniform = Uniform(-0.9, 0.6)  # × shoulder half-width; a V handle brings the hands together
    cable_lean_deg: Uniform = Uniform(-6.0, 12.0)  # trunk, upright
    cable_rock_deg: Uniform = Uniform(0.0, 16.0)  # [design] ahead with the weight, back with the pull
    row_bench_m: Uniform = Uniform(0.25, 0.48)
    foot_plate_m: Uniform = Uniform(0.08, 0.30)
    foot_plate_ahead: Uniform = Uniform(0.78, 0.93)  # × leg length
    foot_plate_deg: Uniform = Uniform(15.0, 55.0)
    bench_variant: Categorical = Categorical(
        flat_bar=1.0, flat_dumbbells=0.9, incline=1.6, machine_press=0.6
    )  # [design]
    incline_deg: Uniform = Uniform(25.0, 48.0)  # of the back above the horizontal; usual benches 30 and 45°
    bench_elbow_out_deg: Uniform = Uniform(35.0, 74.0)  # of the upper arm from the trunk at the chest
    bench_elbow_down_deg: Uniform = Uniform(-12.0, 22.0)  # of the elbow below the shoulder's line at the chest
    bench_forearm_deg: Uniform = Uniform(-12.0, 12.0)  # forearm from the vertical at the chest, in and to the head
    bench_caudal_deg: Uniform = Uniform(-3.0, 12.0)  # of the straight arm from the vertical towards the hips
    bench_together: Uniform = Uniform(0.0, 1.0)  # share by which dumbbells meet above the chest
    bench_ratio: LogUniform = LogUniform(0.05, 0.45)  # in each hand
    raise_from_deg: Uniform = Uniform(-12.0, 16.0)  # of the upper arm; a cable or a dumbbell begins before the thigh
    raise_to_deg: Uniform = Uniform(68.0, 102.0)
    raise_ahead_deg: Uniform = Uniform(12.0, 42.0)  # plane of the arms ahead of the frontal plane: scaption is 30-40°
    raise_elbow_deg: Uniform = Uniform(8.0, 45.0)
    raise_elbow_gain_deg: Uniform = Uniform(-8.0, 20.0)  # elbows bend on the way up
    raise_pour_deg: Uniform = Uniform(-30.0, 22.0)  # thumb below the level of the little finger at the top is positive
    raise_turn_in: Uniform = Uniform(0.0, 1.3)  # palms to the thighs (0) or backwards, at the bottom
    raise_lean_deg: Uniform = Uniform(-2.0, 14.0)  # trunk
    raise_ratio: LogUniform = LogUniform(0.015, 0.12)  # in each hand
    pull_variant: Categorical = Categorical(pull_up=1.0, pull_down=1.2)  # [design]
    pull_grip: Categorical = Categorical(overhand=1.5, underhand=0.6, neutral=0.6)
    pull_width: Uniform = Uniform(0.0, 0.95)  # × shoulder half-width, outwards of the shoulder
    pull_narrow: Uniform = Uniform(-0.3, 0.3)  # the same of an underhand or neutral grip
    pull_end_z: Uniform = Uniform(-0.01, 0.075)  # × stature: hands above the shoulders at the turning point
    pull_end_x: Uniform = Uniform(0.075, 0.13)  # × stature, ahead of the chest's middle
    pull_lean_deg: Uniform = Uniform(2.0, 26.0)  # trunk back
    pull_swing_deg: Uniform = Uniform(0.0, 8.0)  # more of it at the turning point
    hang_knee_deg: Uniform = Uniform(8.0, 100.0)  # of who hangs
    hang_thigh_deg: Uniform = Uniform(-8.0, 35.0)
    triceps_variant: Categorical = Categorical(push_down=1.2, overhead=1.2, seated_overhead=0.6, lying=0.5, machine=0.5)
    triceps_bent_deg: Uniform = Uniform(88.0, 132.0)  # elbow at the start
    triceps_straight_deg: Uniform = Uniform(7.0, 25.0)  # at the end
    triceps_in: Uniform = Uniform(0.0, 0.5)  # forearms converge by this tangent
    triceps_shift_deg: Uniform = Uniform(-4.0, 14.0)  # [design] the upper arm moves with the weight
    push_down_upper_deg: Uniform = Uniform(-6.0, 28.0)  # upper arm ahead of the vertical
    push_down_aside_deg: Uniform = Uniform(3.0, 18.0)
    push_down_lean_deg: Uniform = Uniform(2.0, 26.0)  # trunk
    overhead_upper_deg: Uniform = Uniform(-4.0, 36.0)  # upper arm ahead of the vertical, above the head
    overhead_aside_deg: Uniform = Uniform(3.0, 22.0)
    overhead_in: Uniform = Uniform(0.0, 0.9)
    machine_upper_deg: Uniform = Uniform(40.0, 80.0)  # upper arms ahead on the pad of a machine
    triceps_grip: Categorical = Categorical(overhand=1.0, neutral=1.3)
    triceps_ratio: LogUniform = LogUniform(0.01, 0.10)  # in each hand
    push_up_on_knees: Bernoulli = Bernoulli(0.25)  # [design]
    push_up_width: Uniform = Uniform(0.85, 1.7)  # × shoulder half-width: hands from the middle
    push_up_hands_ahead: Uniform = Uniform(-0.055, 0.03)  # × stature: hands ahead of the shoulders with straight arms
    push_up_low: Uniform = Uniform(-0.1, 0.35)  # shoulders above the elbows' height at the bottom, × upper arm
    push_up_elbow_out: Uniform = Uniform(0.3, 0.95)  # outwards against backwards, × how wide the hands are apart
    push_up_hands_in_deg: Uniform = Uniform(-24.0, 16.0)  # fingers turned inwards
    push_up_sag_deg: TruncatedNormal = TruncatedNormal(2.0, 5.0, -12.0, 14.0)  # hips low or piked

    # --- Side lunge --------------------------------------------------------------------------------------------------
    side_lunge_variant: Categorical = Categorical(step=1.0, wide=1.0)  # steps aside and back, or sways on planted feet
    side_lunge_half_width: Uniform = Uniform(
        0.40, 0.56
    )  # × leg length; Flanagan 2004: 0.9-1.2 leg lengths between the feet
    side_lunge_over: Uniform = Uniform(0.45, 0.82)  # × half-width: how far the centre of mass goes over the foot
    side_lunge_straight: Uniform = Uniform(0.93, 0.965)  # reach of the straight leg
    side_lunge_lean_deg: Uniform = Uniform(8.0, 42.0)
    side_lunge_step_s: Uniform = Uniform(0.5, 0.95)
    side_lunge_arms: Categorical = Categorical(
        hips=0.8, crossed=0.5, ready=1.0, hanging=1.0, dumbbells=0.8, goblet=1.0, forward=1.0, bar=0.3
    )

    # --- Sit to stand ------------------------------------------------------------------------------------------------
    chair_height_m: Uniform = Uniform(0.40, 0.50)  # chairs; ISO 5970, and the five-times test uses 0.43
    sit_to_stand_foot_back_deg: Uniform = Uniform(
        -4.0, 24.0
    )  # shank ahead of the vertical; feet are drawn back before rising
    sit_back_deg: Uniform = Uniform(-14.0, 10.0)  # pelvis of who sits
    rise_lean_deg: Uniform = Uniform(22.0, 52.0)  # trunk at seat-off; Schenkman 1990, Phys. Ther. 70(10)
    rise_s: Uniform = Uniform(1.05, 2.7)  # 1.5-2.5 s at one's own pace, 1-1.2 s in the five-times test; Bohannon 2010
    lower_to_seat_s: Uniform = Uniform(1.0, 2.8)
    five_times: Bernoulli = Bernoulli(0.4)  # [design] up and down again and again, else one change and a rest
    five_times_pause_s: Uniform = Uniform(0.0, 0.5)
    sit_still_s: Uniform = Uniform(1.0, 5.0)
    begins_seated: Bernoulli = Bernoulli(0.55)
    rise_arms: Categorical = Categorical(
        thighs=1.4, crossed=1.0, hanging=1.2, push_off=1.0, forward=0.5, pocket=0.1, overhead=0.1
    )
