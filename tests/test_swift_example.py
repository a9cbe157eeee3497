"""The example app: project, property lists and entitlements name each other's files and identifiers, and texts are there."""

import plistlib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.support.command import REPOSITORY

EXAMPLE = REPOSITORY / "ios_sdk_assets" / "Example"
PROJECT = YAML(typ="safe").load(EXAMPLE / "project.yml")
TARGETS: dict[str, dict[str, Any]] = PROJECT["targets"]
PHONE, WATCH = TARGETS["QLeapExample"], TARGETS["QLeapExampleWatch"]


def setting(target: dict[str, Any], name: str) -> str:
    return str(target["settings"]["base"][name])


def plist(path: Path) -> dict[str, Any]:
    return dict(plistlib.loads(path.read_bytes()))


@pytest.mark.parametrize("name", TARGETS)
def test_the_files_of_a_target_are_there(name: str) -> None:
    target = TARGETS[name]
    for source in target["sources"]:
        assert list((EXAMPLE / source["path"]).glob("*.swift")), source
    for key in ("INFOPLIST_FILE", "CODE_SIGN_ENTITLEMENTS"):
        assert (EXAMPLE / setting(target, key)).is_file(), key
    products = {found["product"] for found in target["dependencies"] if "product" in found}
    manifest = (EXAMPLE / "Package.swift").read_text()
    assert products and all(f'.library(name: "{product}"' in manifest for product in products)
    for package in PROJECT["packages"].values():
        assert (EXAMPLE / package["path"] / "Package.swift").is_file()


def test_the_watch_app_belongs_to_the_phone_app() -> None:
    phone, watch = (setting(target, "PRODUCT_BUNDLE_IDENTIFIER") for target in (PHONE, WATCH))
    info = plist(EXAMPLE / setting(WATCH, "INFOPLIST_FILE"))
    assert info["WKCompanionAppBundleIdentifier"] == phone and watch.startswith(f"{phone}.")
    assert [found["target"] for found in PHONE["dependencies"] if found.get("embed")] == ["QLeapExampleWatch"]
    assert (PHONE["platform"], WATCH["platform"]) == ("iOS", "watchOS") and info["WKApplication"] is True


def test_the_watch_app_says_what_it_measures_for() -> None:
    info = plist(EXAMPLE / setting(WATCH, "INFOPLIST_FILE"))
    for key in ("NSMotionUsageDescription", "NSHealthShareUsageDescription", "NSHealthUpdateUsageDescription"):
        assert len(info[key]) > 30 and info[key].endswith(".")
    assert info["WKBackgroundModes"] == ["workout-processing"]
    assert plist(EXAMPLE / setting(WATCH, "CODE_SIGN_ENTITLEMENTS")) == {"com.apple.developer.healthkit": True}
    assert plist(EXAMPLE / setting(PHONE, "CODE_SIGN_ENTITLEMENTS")) == {}


def test_the_oldest_systems_are_those_of_the_package() -> None:
    target = PROJECT["options"]["deploymentTarget"]
    package = (EXAMPLE.parent / "QLeapEdge" / "Package.swift").read_text()
    assert f".iOS(.v{float(target['iOS']):.0f})" in package and f".watchOS(.v{float(target['watchOS']):.0f})" in package
