"""Which measures of a repetition are exported, in which order, and what each is called."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ExportedMeasure:
    """One measure of a repetition."""

    field: str
    """Its field in :class:`~qleap_edge.analysis.session_document.RepetitionResult`, with the unit at its end."""
    code: str
    """Its code in FHIR."""
    display: str
    """What a person reads beside the code."""
    ucum: str
    """Its unit as a UCUM code."""


REPETITION_MEASURES = (
    ExportedMeasure("range_of_motion_m", "range-of-motion", "Vertical range of motion of the wrist", "m"),
    ExportedMeasure("turned_deg", "forearm-turn", "Angle that the forearm turns through against the vertical", "deg"),
    ExportedMeasure(
        "mean_concentric_velocity_m_s",
        "mean-concentric-velocity",
        "Mean upward velocity of the wrist in the concentric phase",
        "m/s",
    ),
    ExportedMeasure(
        "peak_concentric_velocity_m_s", "peak-concentric-velocity", "Highest upward velocity of the wrist", "m/s"
    ),
    ExportedMeasure("eccentric_s", "eccentric-duration", "Time in which the wrist moves down", "s"),
    ExportedMeasure("concentric_s", "concentric-duration", "Time in which the wrist moves up", "s"),
    ExportedMeasure("pause_turn_s", "pause-at-turn", "Rest between both phases", "s"),
    ExportedMeasure("pause_before_s", "pause-before", "Rest since the repetition before", "s"),
    ExportedMeasure("depth_m", "pelvis-depth", "Depth of the pelvis, inferred from the travel of the wrist", "m"),
    ExportedMeasure(
        "referenced_range_m", "referenced-range", "Range of motion of what the wearer's reference set measured", "m"
    ),
)
"""All of them, in the order of both exports; a test compares them with the document."""
