"""Apply every rule to a saved program, set the findings beside the recipe's reasons, count what is left."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Literal

from qleap_edge.core.errors import UsageError
from qleap_edge.core.manifest import digest_of
from qleap_edge.core.recipe import PlacementReason
from qleap_edge.core.records import Document, Part
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.format.program import Function
from qleap_edge.verification.device_placement.rule import ProgramView, Rule, Severity
from qleap_edge.verification.device_placement.table import RULES

UNUSED = "reason.unused"


class Finding(Part):
    """One rule at one operation."""

    rule: str
    severity: Severity
    operation: str
    type: str
    shape: tuple[int | None, ...]
    """Of the operation's first output; null for a size that is known only at run time."""
    what: str
    advice: str
    source: str
    justification: str | None
    """The recipe's reason, if it has one."""

    @property
    def open(self) -> bool:
        """Whether it counts: more than a note, and without a reason."""
        return self.justification is None and self.severity != "note"


class PlacementDocument(Document):
    """Findings of a program, the most severe first, then by rule, then in the program's order."""

    schema_name: Literal["qleap.placement"] = "qleap.placement"
    schema_version: Literal[1] = 1
    package_sha256: str
    function: str
    operations: int
    """Operations that run."""
    rules: tuple[str, ...]
    """Every rule that was applied."""
    unjustified_errors: int
    unjustified_warnings: int
    findings: tuple[Finding, ...]


def lint_package(
    package: Package, reasons: Sequence[PlacementReason] = (), function: str | None = None
) -> PlacementDocument:
    """Lint one function of a package (``None``: the default one); nothing is executed.

    Raises:
        UsageError: a reason names no rule, or the package has no such function.
    """
    chosen = package.function(function)
    findings = lint(chosen, reasons)
    return PlacementDocument(
        package_sha256=digest_of(package.path),
        function=chosen.name,
        operations=len(ProgramView(chosen).running),
        rules=tuple(sorted(RULES)),
        unjustified_errors=sum(item.open and item.severity == "error" for item in findings),
        unjustified_warnings=sum(item.open and item.severity == "warning" for item in findings),
        findings=findings,
    )


def lint(function: Function, reasons: Sequence[PlacementReason] = ()) -> tuple[Finding, ...]:
    """Return every finding, with the reason that justifies it; a reason that justifies nothing is a finding itself.

    Raises:
        UsageError: a reason names no rule.
    """
    for reason in reasons:
        if reason.rule not in RULES:
            raise UsageError(
                "no such rule",
                where=f"recipe, key 'verification.placement', rule {reason.rule!r}",
                expected=f"one of {', '.join(sorted(RULES))}",
                next_step="mend the recipe",
            )
    program = ProgramView(function)
    found, used = [], set()
    for rule in RULES.values():
        for item in rule.find(program):
            number = next((n for n, r in enumerate(reasons) if _justifies(r, rule, item.operation, item.shape)), None)
            used.add(number)
            found.append(
                Finding(
                    rule=rule.id, severity=rule.severity, operation=item.operation, type=item.type, shape=item.shape,
                    what=item.what, advice=rule.advice, source=rule.source,
                    justification=None if number is None else reasons[number].reason,
                )
            )  # fmt: skip
    found += [_unused(reason) for number, reason in enumerate(reasons) if number not in used]
    order = {"error": 0, "warning": 1, "note": 2}
    return tuple(sorted(found, key=lambda item: (order[item.severity], item.rule)))


def placement_measurements(document: PlacementDocument) -> tuple[Measurement, ...]:
    """Return what the gates bound."""
    justified = sorted({item.rule for item in document.findings if item.justification is not None})
    note = f"{document.operations} operations; justified by the recipe: {', '.join(justified) or 'none'}"
    return tuple(
        Measurement(name=f"placement.unjustified_{name}", value=float(value), unit="count", note=note)
        for name, value in (("errors", document.unjustified_errors), ("warnings", document.unjustified_warnings))
    )


def _justifies(reason: PlacementReason, rule: Rule, operation: str, shape: tuple[int | None, ...]) -> bool:
    return (
        reason.rule == rule.id
        and fnmatchcase(operation, reason.operation)
        and (reason.shape is None or reason.shape == shape)
    )


def _unused(reason: PlacementReason) -> Finding:
    return Finding(
        rule=UNUSED,
        severity="note",
        operation=reason.operation,
        type="recipe",
        shape=reason.shape or (),
        what=f"the reason given for {reason.rule} matches nothing in this program",
        advice="remove it, unless another network of the recipe needs it",
        source="verification.placement",
        justification=None,
    )
