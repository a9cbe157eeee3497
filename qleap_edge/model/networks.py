"""Every network that a recipe can name: the HDT's presets and the baselines, all with one interface.

Each has ``normalise`` and ``gaussian``, whose buffers hold the statistics of the training windows, and maps windows to an
:class:`~qleap_edge.model.hdt.HDTOutput`, so that one loop trains and one function evaluates all of them.
"""

from qleap_edge.core.errors import UsageError
from qleap_edge.model.baselines.bilstm import BiLSTM
from qleap_edge.model.baselines.blind import Blind
from qleap_edge.model.baselines.config import BILSTM_PRESETS, BiLSTMConfig
from qleap_edge.model.config import PRESETS, HDTConfig
from qleap_edge.model.hdt import HybridDisentanglingTransformer

PoseNetwork = HybridDisentanglingTransformer | BiLSTM | Blind
NetworkConfig = HDTConfig | BiLSTMConfig

NETWORKS: dict[str, NetworkConfig] = dict([*PRESETS.items(), *BILSTM_PRESETS.items()])


def network_config(preset: str) -> NetworkConfig:
    """Return the sizes of a network by name.

    Raises:
        UsageError: no network has this name.
    """
    try:
        return NETWORKS[preset]
    except KeyError:
        raise UsageError(
            "no such network",
            expected=f"one of {', '.join(NETWORKS)}",
            got=repr(preset),
            next_step="correct model.preset",
        ) from None


def build_network(preset: str, *, blind: bool = False) -> PoseNetwork:
    """Return a fresh network by name; its weights come from PyTorch's global generator, which the caller seeds.

    Raises:
        UsageError: no network has this name, or as :func:`network_of`.
    """
    return network_of(network_config(preset), blind=blind)


def network_of(config: NetworkConfig, *, blind: bool = False) -> PoseNetwork:
    """Return a fresh network of these sizes, e.g. to load the weights of a checkpoint into.

    Args:
        config: its sizes.
        blind: return the blind control, which gets the training mean as its input.

    Raises:
        UsageError: a baseline with ``blind``: the control is the product's network.
    """
    if isinstance(config, HDTConfig):
        network = HybridDisentanglingTransformer(config)
        return Blind(network) if blind else network
    if blind:
        raise UsageError(
            "only the product's network has a blind control",
            expected=f"one of {', '.join(PRESETS)}",
            next_step="set model.blind = false or another model.preset",
        )
    return BiLSTM(config)
