"""Rows of an evaluation by group, mode and predictor, and their figures as text."""

from collections.abc import Iterable

from qleap_edge.evaluation.document import Estimate, PoseRow, RepetitionRow
from qleap_edge.evaluation.window_metrics import Mode, Predictor
from qleap_edge.reporting.tables import DASH, number


class Rows:
    """Rows by group, mode and predictor.

    Args:
        rows: of one table of the document.
    """

    def __init__(self, rows: Iterable[PoseRow] | Iterable[RepetitionRow]) -> None:
        self._rows = {(row.of, row.mode, row.predictor): row for row in rows}

    def groups(self) -> list[str]:
        """Return the names of the groups in their order."""
        return list(dict.fromkeys(of for of, _, _ in self._rows))

    def row(self, of: str, mode: Mode = "window", predictor: Predictor = "model") -> PoseRow | RepetitionRow | None:
        """Return one row, None where there is none."""
        return self._rows.get((of, mode, predictor))

    def estimate(self, figure: str, of: str, mode: Mode = "window", predictor: Predictor = "model") -> Estimate | None:
        """Return one figure, None where there is none."""
        row = self.row(of, mode, predictor)
        return row.figures.get(figure) if row is not None else None


class RowFormatter(Rows):
    """Rows whose figures are text, with a dash where there is none."""

    def cell(self, figure: str, of: str, mode: Mode = "window", predictor: Predictor = "model", digits: int = 3) -> str:
        """Return the value of a figure."""
        found = self.estimate(figure, of, mode, predictor)
        return number(None if found is None else found.value, digits)

    def wide_cell(self, figure: str, of: str, mode: Mode = "window") -> str:
        """Return the model's value with its interval."""
        found = self.estimate(figure, of, mode)
        return DASH if found is None else ranged(found)


def ranged(found: Estimate) -> str:
    """Return a value with its interval."""
    if found.interval is None:
        return number(found.value, 3)
    return f"{number(found.value, 3)} ({number(found.interval[0], 3)} to {number(found.interval[1], 3)})"
