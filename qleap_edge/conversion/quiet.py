"""Converters talk too much: ten lines of warnings at import, progress bars, deprecation notes about their own insides.

None of it tells the user anything (Apple's runtime is absent off a Mac; this torch is newer than the newest one tested, and
our own parity ladder is the test), so it is kept off the screen. Exceptions pass untouched.
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
def quietly() -> Iterator[None]:
    """Run a converter without its chatter on stdout and stderr."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield


@cache
def coremltools() -> ModuleType:
    """Import coremltools quietly and return it: the one door to the library."""
    logging.getLogger("coremltools").setLevel(logging.ERROR)
    with quietly():
        import coremltools as library
        import coremltools.optimize.coreml
        from tqdm import tqdm
    # Its bars take a lock between processes, which a worker that is ended leaves behind with a warning; threads are enough.
    tqdm.set_lock(threading.RLock())
    return library
