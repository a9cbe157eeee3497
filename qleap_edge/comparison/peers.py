"""Published figures of other systems, and why they may or may not stand beside one of ours.

The figures lie in ``benchmarks/peers.toml``. Two numbers may be compared if devices, input, data and metric are the same.
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from qleap_edge.core.errors import UsageError
from qleap_edge.core.records import Part
from qleap_edge.core.resources import resource
from qleap_edge.core.toml_documents import Positive, TomlTable, read_toml

Trust = Literal["author", "secondary"]
"""``author``: said by the authors in public outside of a paper. ``secondary``: quoted by others, its source was not checked."""
_Text = Annotated[str, Field(min_length=1)]
COMPARED = ("devices", "input", "data", "metric")
"""What must be the same for two figures."""


class Peer(TomlTable):
    """One published figure."""

    system: _Text
    devices: _Text
    """Where on the body."""
    input: _Text
    """What each device gives."""
    data: _Text
    """On which it was measured."""
    metric: _Text
    """Of what, in words."""
    value: Positive
    unit: Literal["cm", "deg"]
    source: _Text
    trust: Trust


class Peers(TomlTable):
    """The whole file."""

    schema_name: Literal["qleap.peers"] = Field(alias="schema")
    schema_version: Literal[1]
    peer: tuple[Peer, ...]


class Setting(Part):
    """What one of our figures was measured with, in the words of the file."""

    devices: str
    input: str
    data: str
    metric: str

    def differences(self, peer: Peer) -> tuple[str, ...]:
        """Return what keeps a published figure apart from ours: ``devices: earbuds, ours one wrist``; empty if nothing does."""
        return tuple(
            f"{what}: {getattr(peer, what)}, ours {getattr(self, what)}"
            for what in COMPARED
            if getattr(peer, what) != getattr(self, what)
        )


DIP_SETTING = Setting(
    devices="one wrist",
    input="specific force and angular velocity of the watch",
    data="DIP-IMU",
    metric="17 joints of the open skeleton, mean distance",
)
"""Of ``qleap benchmark dip``."""


def read_peers(path: Path) -> tuple[Peer, ...]:
    """Read a file of this kind.

    Raises:
        UsageError: missing, not TOML, or a key is missing, unknown or wrong.
    """
    return read_toml(Peers, path, what="the published figures", error=UsageError).peer


@cache
def shipped_peers() -> tuple[Peer, ...]:
    """Return the figures of ``benchmarks/peers.toml``."""
    return read_peers(resource("benchmarks/peers.toml"))


def peer_rows(peers: tuple[Peer, ...], setting: Setting) -> tuple[tuple[str, ...], ...]:
    """Return a row for each published figure, those that may stand beside ours first."""
    rows = []
    for peer in sorted(peers, key=lambda one: len(setting.differences(one))):
        apart = setting.differences(peer)
        why = "comparable" if not apart else f"not comparable in {', '.join(text.partition(':')[0] for text in apart)}"
        rows.append((peer.system, f"{peer.value:g} {peer.unit}", peer.devices, peer.data, peer.metric, peer.trust, why))
    return tuple(rows)
