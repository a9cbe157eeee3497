"""Import of coremltools, and suppression of what converters print.

coremltools and torch's exporters print warnings at import, progress bars and deprecation notes about their own code. None of it
concerns the user: Apple's runtime is absent off a Mac, and the parity ladder tests the versions of torch that coremltools calls
untested. Exceptions are not suppressed.
"""

import contextlib
import io
import logging
import threading
import warnings
from collections.abc import Iterator
from functools import cache
from types import ModuleType


@contextlib.contextmanager
def suppressed_output() -> Iterator[None]:
    """Run a block without warnings and without output on stdout and stderr."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield


@cache
def import_coremltools() -> ModuleType:
    """Import coremltools without output and return it; every use of the library goes through this function."""
    logging.getLogger("coremltools").setLevel(logging.ERROR)
    with suppressed_output():
        import coremltools
        import coremltools.optimize.coreml
        from tqdm import tqdm
    # The progress bars use a lock between processes, which a killed worker leaves behind with a warning; a thread lock
    # suffices.
    tqdm.set_lock(threading.RLock())
    return coremltools
