"""Converters run without output; their exceptions are not suppressed."""

import sys
import warnings

import pytest

from qleap_edge.conversion.libraries import import_coremltools, suppressed_output


def test_output_and_warnings_are_suppressed(
    capsys: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    with suppressed_output():
        sys.stdout.write("progress")
        sys.stderr.write("note")
        warnings.warn("deprecated", DeprecationWarning, stacklevel=1)
    sys.stdout.write("after")
    assert capsys.readouterr() == ("after", "") and not recwarn.list


def test_exceptions_pass() -> None:
    with pytest.raises(ZeroDivisionError), suppressed_output():
        raise ZeroDivisionError


def test_coremltools_is_imported_once() -> None:
    assert import_coremltools() is import_coremltools()
    assert import_coremltools().__name__ == "coremltools"
