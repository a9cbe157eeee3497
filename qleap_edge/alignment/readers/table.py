"""Parse delimited text into number columns: a fast pass, and a slow one that names the bad cell when the fast one fails."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Float64, Int64

from qleap_edge.core.errors import InputDataError, QleapError

MISSING_VALUE = -9999.0  # what some loggers write for "no reading"
MAX_MAGNITUDE = 1e6  # in g, m/s² or rad/s no sensor comes near it
LONGEST_S = 1e9  # 30 years: a longer time between two stamps is an error in one of them
TimeUnit = Literal["s", "ms", "us", "ns"]
TIME_UNITS: dict[TimeUnit, float] = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
MAX_ROWS = 20_000_000  # a day at 200 Hz
MAX_LINE_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 24
_NO_READING = frozenset({"", "null", "nan", "none", "-9999", "-9999.0", '""'})
_INTEGER = re.compile(r"[+-]?\d{1,19}")
_DELIMITERS = (",", ";", "\t")
_EXPORT_AGAIN = "export the recording again, or cut the broken rows out and split the file there"


@dataclass(frozen=True)
class Table:
    """A text table: its header names and the lines below it, undecoded."""

    where: str
    header: tuple[str, ...]
    delimiter: str
    header_line: int
    """Line of the file that holds the header, as a person counts."""
    lines: tuple[str, ...]
    """Every line below the header, blank ones included, so that line numbers stay right."""

    def has(self, *names: str) -> bool:
        """Return whether all these columns exist."""
        return set(names) <= set(self.header)

    def renamed(self, header: tuple[str, ...]) -> "Table":
        """Return the table with other names for its columns, in the same order."""
        return replace(self, header=header)

    def without_empty_rows(self, names: Sequence[str]) -> tuple["Table", int]:
        """Return the table without the rows in which none of these columns has a reading, and how many those were.

        Empty, ``null``, ``nan`` and -9999 count as no reading. A row that has some of the readings stays, and
        :meth:`numbers` refuses it. The blanked lines keep their place, so line numbers stay right.
        """
        columns = [self._column(name) for name in names]
        _ = self._whole_lines  # refuses rows of another width before they are cut into cells
        lines = list(self.lines)
        empty = 0
        for index, line in enumerate(lines):
            if line and not line.isspace():
                cells = self._split(line)
                if all(cells[column].strip().lower() in _NO_READING for column in columns):
                    lines[index] = ""
                    empty += 1
        return replace(self, lines=tuple(lines)), empty

    def seconds(self, name: str, unit: TimeUnit) -> Float64[np.ndarray, " n"]:
        """Return a column of stamps as seconds since the first row.

        Whole numbers are subtracted as integers, because a double cannot hold today's nanoseconds.

        Raises:
            InputDataError: as :meth:`numbers`.
        """
        scale = TIME_UNITS[unit]
        column = self._column(name)
        cells = [self._split(line, column + 1)[column].strip() for line in self._whole_lines]
        if all(map(_INTEGER.fullmatch, cells)):
            whole = [int(cell) for cell in cells]
            first = whole[0]
            if max(abs(value - first) for value in whole) * scale < LONGEST_S:
                return np.array([value - first for value in whole], dtype=np.float64) * scale
        values = self.numbers([name], limit=1e19)[:, 0]
        return np.asarray((values - values[0]) * scale)

    def numbers(self, names: Sequence[str], limit: float = MAX_MAGNITUDE) -> Float64[np.ndarray, "n columns"]:
        """Return these columns as finite float64, one row a line that is not blank; a larger magnitude is refused.

        Raises:
            InputDataError: a column is missing or twice in the header, a row has another number of cells than the
                header, or a cell is empty, not a number, not finite, absurdly large or a "no reading" mark; file, line
                and column are named.
        """
        columns = [self._column(name) for name in names]
        lines = self._whole_lines
        try:
            values = self._parse(lines, columns)
        except ValueError:
            raise self._bad_cell(names, columns, limit=limit) from None
        if not (np.abs(values) <= limit).all() or (values == MISSING_VALUE).any():  # NaN compares false
            raise self._bad_cell(names, columns, limit=limit)
        return values

    def integers(self, name: str) -> Int64[np.ndarray, " n"]:
        """Return one column as int64, digit by digit: a double would lose up to 128 ns of today's nanoseconds.

        Raises:
            InputDataError: as :meth:`numbers`, or the cell is not a whole number of 64 bits.
        """
        column = self._column(name)
        cells = [self._split(line, column + 1)[column].strip() for line in self._whole_lines]
        if not all(map(_INTEGER.fullmatch, cells)):
            raise self._bad_cell([name], [column], integer=True)
        try:
            return np.array([int(cell) for cell in cells], dtype=np.int64)
        except OverflowError:
            raise self._bad_cell([name], [column], integer=True) from None

    def text_rows(self) -> list[list[str]]:
        """Return the cells of every line that is not blank.

        Raises:
            InputDataError: no such line, or one has another number of cells than the header.
        """
        return [self._split(line) for line in self._whole_lines]

    def _parse(self, lines: list[str], columns: list[int]) -> Float64[np.ndarray, "n columns"]:
        """Return the columns as float64; a cell that is not a number raises ``ValueError``."""
        if not self._quoted(lines):
            values: Float64[np.ndarray, "n columns"] = np.loadtxt(
                lines, dtype=np.float64, delimiter=self.delimiter, comments=None, usecols=columns, ndmin=2
            )
            return values
        rows = [self._split(line) for line in lines]
        if any("_" in row[column] or not row[column].isascii() for row in rows for column in columns):
            raise ValueError("not a number in a CSV file")
        return np.array([[float(row[column].replace(",", ".")) for column in columns] for row in rows])

    def _quoted(self, lines: list[str]) -> bool:
        return any('"' in line for line in lines)

    def _column(self, name: str) -> int:
        found = [index for index, header in enumerate(self.header) if header == name]
        if len(found) != 1:
            raise InputDataError(
                f"column {name!r} is {'missing' if not found else 'there twice'}",
                where=f"{self.where}, row {self.header_line}",
                expected=f"one column {name!r}",
                got=", ".join(self.header),
                next_step="export the recording with this sensor switched on",
            )
        return found[0]

    @cached_property
    def _whole_lines(self) -> list[str]:
        """Return every line that is not blank; refuse a line of another width than the header's."""
        lines = [line for line in self.lines if line and not line.isspace()]
        if not lines:
            raise InputDataError(
                "no rows below the header", where=self.where, expected="at least one sample", next_step=_EXPORT_AGAIN
            )
        width = len(self.header)
        if self._quoted(lines) or any(line.count(self.delimiter) != width - 1 for line in lines):
            for number, line in self._numbered():
                if (cells := len(self._split(line))) != width:
                    raise InputDataError(
                        "the row has another number of cells than the header",
                        where=f"{self.where}, row {number}",
                        expected=f"{width} cells as in the header",
                        got=f"{cells}",
                        next_step=_EXPORT_AGAIN,
                    )
        return lines

    def _split(self, line: str, cells: int = -1) -> list[str]:
        """Return the line's cells, or for an unquoted line only the first ``cells`` and the rest in one piece."""
        return _quoted_cells(line, self.delimiter) if '"' in line else line.split(self.delimiter, cells)

    def line_number(self, row: int) -> int:
        """Return the line of the file, as a person counts, that holds a row of :meth:`numbers`."""
        return self._numbered()[row][0]

    def _numbered(self) -> list[tuple[int, str]]:
        return [(self.header_line + 1 + index, line) for index, line in enumerate(self.lines) if line.strip()]

    def _bad_cell(
        self, names: Sequence[str], columns: Sequence[int], *, integer: bool = False, limit: float = MAX_MAGNITUDE
    ) -> QleapError:
        """Find the first cell that cannot be used and return the error that names it."""
        for number, line in self._numbered():
            cells = self._split(line)
            for name, column in zip(names, columns, strict=True):
                problem = _cell_problem(cells[column], integer, limit)
                if problem is not None:
                    return InputDataError(
                        problem,
                        where=f"{self.where}, row {number}, column {name!r}",
                        expected="a whole number of nanoseconds" if integer else "a finite number",
                        got=repr(cells[column][:40]),
                        next_step=_EXPORT_AGAIN,
                    )
        return QleapError("a column failed to parse although each of its cells is fine", where=self.where)


def _quoted_cells(line: str, delimiter: str) -> list[str]:
    """Split a line with quotes; a line that is not valid CSV stays in one piece, and its row is then refused."""
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))
    except csv.Error:
        return [line]


def _cell_problem(cell: str, integer: bool, limit: float) -> str | None:
    """Return what is wrong with a cell, or ``None``."""
    text = cell.strip()
    if not text:
        return "the cell is empty"
    if integer:
        fits = _INTEGER.fullmatch(text) is not None and -(2**63) <= int(text) < 2**63
        return None if fits else "the cell is not a whole number"
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = None
    if value is None or "_" in text or not text.isascii():  # Python reads 1_0 as ten; no other CSV reader does
        return "the cell is text, not a number"
    if not np.isfinite(value):
        return "the value is not finite"
    if abs(value) > limit:
        return "the value is beyond any sensor"
    return "the sensor had no reading here" if value == MISSING_VALUE else None


def parse_table(data: bytes, where: str, names: tuple[str, ...] | None = None) -> Table:
    """Decode a table and read its header: UTF-8 with or without BOM; ``,``, ``;`` or tab; names quoted or not.

    Args:
        data: the bytes.
        where: the file, for messages.
        names: the columns' names for a file without a header; then every line is a row.

    Raises:
        InputDataError: the file is empty, binary, or not UTF-8.
    """
    if not data.strip():
        raise InputDataError("the file is empty", where=where, expected="a header and rows", next_step=_EXPORT_AGAIN)
    _require_plausible_lines(data, where)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        row = data.count(b"\n", 0, problem.start) + 1
        raise InputDataError(
            "the file is not UTF-8 text",
            where=f"{where}, row {row}",
            expected="a CSV file in UTF-8",
            got=f"byte 0x{data[problem.start]:02x}",
            next_step="give the motion CSV that the logger app exported",
        ) from problem
    if "\0" in text:
        raise InputDataError(
            "the file is binary, not text",
            where=f"{where}, row {text.count(chr(10), 0, text.index(chr(0))) + 1}",
            expected="a CSV file in UTF-8",
            got="a zero byte",
            next_step="give the motion CSV that the logger app exported",
        )
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise InputDataError("the file is empty", where=where, expected="a header and rows", next_step=_EXPORT_AGAIN)
    delimiter = _delimiter(lines[first])
    header = names or _names(lines[first], delimiter)
    body = lines[first + 1 :] if names is None else lines
    if delimiter == ";":  # locales that use this delimiter use the comma as decimal point
        body = [line.replace(",", ".") for line in body]
    return Table(where, header, delimiter, first + 1 if names is None else 0, tuple(body))


def _require_plausible_lines(data: bytes, where: str) -> None:
    """Refuse more lines, or a longer one, than a recording has, before either becomes many Python objects."""
    rows = max(data.count(b"\n"), data.count(b"\r"))
    last, longest = -1, 0
    for first in range(0, len(data), _BLOCK_BYTES):
        block = np.frombuffer(data, dtype=np.uint8, count=min(_BLOCK_BYTES, len(data) - first), offset=first)
        ends = first + np.flatnonzero((block == ord("\n")) | (block == ord("\r")))
        if len(ends):
            longest = max(longest, int(ends[0]) - last - 1, int(np.diff(ends).max(initial=1)) - 1)
            last = int(ends[-1])
    longest = max(longest, len(data) - last - 1)
    for found, most, what, next_step in (
        (rows, MAX_ROWS, "rows", "split the recording"),
        (longest, MAX_LINE_BYTES, "bytes in one row", "give the motion CSV that the logger app exported"),
    ):
        if found > most:
            raise InputDataError(
                f"the file has too many {what}",
                where=where,
                expected=f"at most {most}",
                got=str(found),
                next_step=next_step,
            )


def _names(line: str, delimiter: str) -> tuple[str, ...]:
    """Return the names of a header line, without quotes and blanks, the micro sign in one spelling."""
    return tuple(name.strip().strip('"').strip().replace("\u00b5", "\u03bc") for name in _quoted_cells(line, delimiter))


def header_names(head: bytes) -> tuple[str, ...] | None:
    """Return the names in the first line of a text that may be cut; ``None`` for binary data, numbers only, or nothing."""
    text = head.decode("utf-8-sig", errors="replace")
    line = next((line for line in text.replace("\r", "\n").split("\n") if line.strip()), "")
    if not line or "\0" in line:
        return None
    names = _names(line, _delimiter(line))
    return None if all(map(_is_number, names)) else names


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return not cell
    return True


def _delimiter(line: str) -> str:
    """Return the most frequent of comma, semicolon and tab; a comma where none is there."""
    return max(_DELIMITERS, key=lambda mark: (line.count(mark), mark == ","))
