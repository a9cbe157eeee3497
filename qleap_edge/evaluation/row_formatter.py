"""Figures of an evaluation as text."""

from qleap_edge.evaluation.document import Estimate
from qleap_edge.evaluation.rows import Rows
from qleap_edge.evaluation.window_metrics import Mode, Predictor
from qleap_edge.reporting.tables import DASH


class RowFormatter(Rows):
    """Rows that speak: figures as text, a dash where there is nothing."""

    def cell(self, figure: str, of: str, mode: Mode = "window", predictor: Predictor = "model", digits: int = 3) -> str:
        """Return its value."""
        found = self.estimate(figure, of, mode, predictor)
        return DASH if found is None else short(found.value, digits)

    def wide_cell(self, figure: str, of: str, mode: Mode = "window") -> str:
        """Return the model's value with its interval."""
        found = self.estimate(figure, of, mode)
        return DASH if found is None else ranged(found)


def ranged(found: Estimate) -> str:
    """Return a value with its interval."""
    if found.interval is None:
        return short(found.value)
    return f"{short(found.value)} ({short(found.interval[0])} to {short(found.interval[1])})"


def short(value: float, digits: int = 3) -> str:
    """Return a number with three significant digits, but no digit before the point lost."""
    return f"{value:.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:.{digits}g}"
