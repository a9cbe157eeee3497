"""A page as headless Chromium shows it: at two widths, with what it logs and what it asks the network for."""

import json
import re
import shutil
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

BROWSERS = ("chromium", "google-chrome", "chromium-browser")
WIDTHS = (390, 1280)
_OF_THE_BROWSER = re.compile(r"(?!fonts|ajax|maps)[a-z0-9.-]*\b(google\.com|gvt1\.com|googleapis\.com)$")
"""Hosts that Chromium asks for itself, whatever page it shows; none of them serves scripts, fonts or maps."""
_HINTS = re.compile("Canvas2D: Multiple readback operations|GPU stall due to ReadPixels")
"""Advice of Chromium about speed, which plotly's 3-D plots cause; no errors."""
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--use-angle=swiftshader",  # draws WebGL in software
    "--enable-unsafe-swiftshader",
    "--disable-dev-shm-usage",  # a container's is too small
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--proxy-bypass-list=<-loopback>",
    "--allow-file-access-from-files",  # the page around the two frames looks into them
    "--enable-logging=stderr",
    "--window-size=1900,1200",
    "--virtual-time-budget=40000",
)
_AROUND = """<!doctype html><meta charset="utf-8"><title>two widths</title>
{frames}
<pre id="seen"></pre>
<script>
const begun = Date.now();
const look = () => {{
  const seen = [...document.querySelectorAll("iframe")].map((frame) => {{
    const page = frame.contentDocument, all = (what) => page.querySelectorAll(what).length;
    return {{
      waiting: page.documentElement.dataset.waiting === "yes",
      plots: all(".plot"), drawn: Number(page.documentElement.dataset.drawn || 0), undrawn: all(".undrawn"),
      svg: all(".plot svg.main-svg"), canvas: all(".plot canvas"), paths: all(".plot path.js-line, .plot path.point"),
      share: all('[data-title^="Share"]'), width: page.documentElement.scrollWidth,
      clipped: [...page.querySelectorAll(".plot svg.main-svg")].filter(
        (plot) => plot.getBoundingClientRect().right > frame.clientWidth + 1).length,
    }};
  }});
  if (seen.every((page) => !page.waiting && page.drawn + page.undrawn >= page.plots) || Date.now() - begun > 30000) {{
    document.getElementById("seen").textContent = JSON.stringify(seen);
  }} else {{ setTimeout(look, 100); }}
}};
addEventListener("load", () => setTimeout(look, 300));
</script>
"""


@dataclass(frozen=True)
class Shown:
    """What is to be seen of a page at one width."""

    waiting: bool
    """True: the page set ``data-waiting`` to "yes" on its root element and never took it back."""
    plots: int
    drawn: int
    undrawn: int
    svg: int
    canvas: int
    paths: int
    """Lines and points that were drawn as SVG."""
    share: int
    """Buttons that would send the plot to a server."""
    width: int
    """Of the whole page, pixels: more than the frame means that it must be scrolled sideways."""
    clipped: int
    """Plots that reach beyond the frame."""


@dataclass(frozen=True)
class Visit:
    """A page at both widths."""

    narrow: Shown
    wide: Shown
    console: tuple[str, ...]
    """Everything that the page or the browser logged about it: errors, and requests that the page's policy refused."""
    hosts: tuple[str, ...]
    """Hosts of which something was asked over the network; all of it fails."""


def browser() -> str:
    """Return the browser's path."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found is not None, f"no browser is installed (looked for {', '.join(BROWSERS)}): run `make browser` as root"
    return found


def visit(page: Path, folder: Path, *others: Path, flags: tuple[str, ...] = ()) -> tuple[Visit, ...]:
    """Open pages at 390 and at 1280 pixels in one browser, and wait until their plots are drawn, and until no page has
    ``data-waiting="yes"`` on its root element.

    Args:
        page: the file.
        folder: an empty folder for the browser.
        others: more files; what is logged and asked for is not told apart.
        flags: more of the browser.
    """
    pages = (page, *others)
    frames = "".join(
        f'<iframe src="{one.resolve().as_uri()}" style="border:0;width:{width}px;height:1000px"></iframe>'
        for one in pages
        for width in WIDTHS
    )
    around = folder / "around.html"
    around.write_text(_AROUND.format(frames=frames), encoding="utf-8")
    with proxy() as (port, asked):
        own = (f"--proxy-server=127.0.0.1:{port}", f"--user-data-dir={folder / 'profile'}")
        done = subprocess.run(
            [browser(), *_FLAGS, *own, *flags, "--dump-dom", around.as_uri()],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    found = re.search(r'<pre id="seen">(.+?)</pre>', done.stdout, re.S)
    assert found, done.stdout[-2000:] + done.stderr[-2000:]
    shown = [Shown(**seen) for seen in json.loads(unescape(found[1]))]
    console = tuple(row for row in done.stderr.splitlines() if "CONSOLE" in row and not _HINTS.search(row))
    hosts = tuple(host for host in asked if not _OF_THE_BROWSER.match(host))
    return tuple(Visit(shown[2 * k], shown[2 * k + 1], console, hosts) for k in range(len(pages)))


@contextmanager
def proxy() -> Iterator[tuple[int, list[str]]]:
    """Yield the port of a proxy that answers nothing, and the list in which it notes the host of each request."""
    asked: list[str] = []

    class Note(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            target = (
                self.rfile.readline(4096).decode("latin-1").split()[1]
            )  # "GET http://host/path", "CONNECT host:443"
            asked.append(re.split(r"[/:]", target.partition("//")[2] or target)[0])

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Note) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], asked
        server.shutdown()


def assert_whole(seen: Visit, plots: int) -> None:
    """Check that a page shows all its plots at both widths, asks for nothing, offers no upload and logs nothing."""
    assert (seen.console, seen.hosts) == ((), ())
    for shown in (seen.narrow, seen.wide):
        assert (shown.waiting, shown.plots, shown.drawn, shown.undrawn) == (False, plots, plots, 0), shown
        assert shown.svg >= plots and shown.paths > 0 and shown.share == 0 and shown.clipped == 0, shown
    assert seen.narrow.width <= WIDTHS[0] and seen.wide.width <= WIDTHS[1]
