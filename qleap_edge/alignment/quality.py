"""All checks of a recording in one list, in the order a reader wants them."""

from qleap_edge.alignment.clock import ClockReport
from qleap_edge.alignment.clock_checks import clock_findings
from qleap_edge.alignment.findings import Finding, Level
from qleap_edge.alignment.lever_arm import Agreement, LeverArm
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.signal_checks import signal_findings
from qleap_edge.alignment.wear import Wear

_LEVEL: dict[Agreement, Level] = {"consistent": "pass", "contradicts": "warn", "abstains": "info"}
_SAYS: dict[Agreement, str] = {
    "consistent": "agrees with the wear setting",
    "contradicts": "contradicts the wear setting",
    "abstains": "does not tell how the watch is worn",
}


def check_recording(recording: Recording, clock: ClockReport, lever: LeverArm, wear: Wear) -> tuple[Finding, ...]:
    """Return every finding about a recording whose clock has been cleaned and whose lever arm has been fitted."""
    notices = [Finding("reader", "warn", None, "1", "nothing to report", text) for text in recording.warnings]
    clocked = clock_findings(clock, stamped=recording.stamped)
    return (*notices, *clocked, *signal_findings(clock.stretches), *wear_findings(lever, wear))


def wear_findings(lever: LeverArm, wear: Wear) -> list[Finding]:
    """Return what is known about the wear setting: who says so, and whether the motion agrees."""
    setting = f"{wear.wrist} wrist, crown {wear.crown}"
    findings = []
    if wear.source == "assumed":
        findings.append(
            Finding(
                "wear-source",
                "warn",
                None,
                "1",
                "wrist and crown given",
                f"{setting}: not both were given, so the factory setting fills in",
            )
        )
    agreement = lever.agreement(wear)
    fit = "nothing to fit" if lever.r2 is None else f"lever x {lever.lever_m[0]:+.3f} m, R² {lever.r2:.3f}"
    findings.append(
        Finding(
            "wear-lever-arm",
            _LEVEL[agreement],
            None if lever.r2 is None else lever.lever_m[0],
            "m",
            "+x to the hand" if wear.x_is_distal else "+x to the elbow",
            f"the motion {_SAYS[agreement]} ({setting}, {wear.source}; {fit})",
        )
    )
    return findings
