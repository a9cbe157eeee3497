"""Packing finished stages: equal stages give equal bytes; signature and ONNX twin come and go alone."""

from pathlib import Path

import pytest

from qleap_edge.bundle.layout import (
    CHECKSUM_NAME,
    ONNX_TWIN,
    ONNX_TWIN_REPORT,
    REPORTS,
    SIGNATURE_NAME,
)
from qleap_edge.bundle.validate import validate_bundle
from qleap_edge.core.errors import UsageError
from qleap_edge.core.manifest import MANIFEST_NAME, digest_of
from qleap_edge.core.recipe import BundleTable, Recipe
from qleap_edge.release.stages.pack import pack
from tests.support.command import flip_byte, tree
from tests.support.keys import write_keys
from tests.support.micro import Micro


def test_packing_again_gives_the_same_bytes(micro: Micro, micro_recipe: Recipe, tmp_path: Path) -> None:
    pack(dict(micro.stages), tmp_path / "a", micro_recipe)
    assert tree(tmp_path / "a") == tree(micro.bundle)
    flip_byte(tmp_path / "a" / "golden.json")
    pack(dict(micro.stages), tmp_path / "a", micro_recipe)
    assert tree(tmp_path / "a") == tree(micro.bundle), "an old bundle in the way is replaced as a whole"
    (tmp_path / "a" / "thesis.txt").write_text("three years of work")
    with pytest.raises(UsageError, match=r"thesis\.txt, which its manifest\.json does not list"):
        pack(dict(micro.stages), tmp_path / "a", micro_recipe)
    assert (tmp_path / "a" / "thesis.txt").read_text() == "three years of work"


def test_a_signed_bundle_differs_by_the_signature_alone(micro: Micro, micro_recipe: Recipe, tmp_path: Path) -> None:
    keys = write_keys(tmp_path)
    for name in ("a", "b"):
        pack(dict(micro.stages), tmp_path / name, micro_recipe, keys.private)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert tree(tmp_path / "a").keys() - tree(micro.bundle).keys() == {SIGNATURE_NAME}
    assert validate_bundle(tmp_path / "a", keys.public).signer_trusted


def test_the_onnx_twin_comes_and_goes_with_its_report(micro: Micro, micro_recipe: Recipe, tmp_path: Path) -> None:
    assert digest_of(micro.bundle / ONNX_TWIN) == digest_of(micro.stages["convert"] / Path(ONNX_TWIN).name)
    without = micro_recipe.model_copy(update={"bundle": BundleTable(onnx=False)})
    pack(dict(micro.stages), tmp_path / "a", without)
    assert validate_bundle(tmp_path / "a").files == validate_bundle(micro.bundle).files - 2
    full, bare = tree(micro.bundle), tree(tmp_path / "a")
    assert full.keys() - bare.keys() == {ONNX_TWIN, f"{REPORTS}/{ONNX_TWIN_REPORT}"}
    assert {path for path in bare if bare[path] != full[path]} == {MANIFEST_NAME, CHECKSUM_NAME}
