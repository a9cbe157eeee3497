"""Published figures: what keeps them apart from ours, and files that are refused."""

from pathlib import Path

import pytest

from qleap_edge.comparison.peers import COMPARED, DIP_SETTING, Peer, peer_rows, read_peers, shipped_peers
from qleap_edge.core.errors import UsageError
from qleap_edge.core.resources import resource

OURS = Peer(system="another", **DIP_SETTING.model_dump(), value=15.0, unit="cm", source="a paper", trust="secondary")


def test_a_figure_of_the_same_kind_may_stand_beside_ours() -> None:
    assert DIP_SETTING.differences(OURS) == ()
    assert peer_rows((OURS,), DIP_SETTING)[0][-1] == "comparable"


@pytest.mark.parametrize("what", COMPARED)
def test_one_difference_is_enough(what: str) -> None:
    other = OURS.model_copy(update={what: "something else"})
    assert DIP_SETTING.differences(other) == (f"{what}: something else, ours {getattr(DIP_SETTING, what)}",)
    assert peer_rows((other, OURS), DIP_SETTING)[0][-1] == "comparable", "what may be compared comes first"
    assert peer_rows((other,), DIP_SETTING)[0][-1] == f"not comparable in {what}"


def test_no_shipped_figure_is_of_one_wrist_with_raw_sensors() -> None:
    """Nobody has published one; a figure that is, must be looked at before it stands beside ours."""
    peers = shipped_peers()
    assert len(peers) >= 10 and all(len(DIP_SETTING.differences(peer)) >= 3 for peer in peers)
    assert all("IMUPoser" in peer.source or peer.trust == "secondary" for peer in peers)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("value = 17.3", "value = -1.0", "value"), ('trust = "author"', 'trust = "certain"', "trust"),
     ("[[peer]]", "[[peers]]", "peer"), ('unit = "cm"', 'unit = "m"', "unit"),
     ("schema_version = 1", "schema_version = 2", "schema_version")],
)  # fmt: skip
def test_a_wrong_file_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "peers.toml"
    path.write_text(resource("benchmarks/peers.toml").read_text().replace(old, new))
    with pytest.raises(UsageError, match=said):
        read_peers(path)
