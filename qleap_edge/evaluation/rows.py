"""Rows of an evaluation by what they are about."""

from collections.abc import Iterable

from qleap_edge.evaluation.document import Estimate, PoseRow, RepetitionRow
from qleap_edge.evaluation.window_metrics import Mode, Predictor


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
