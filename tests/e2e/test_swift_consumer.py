"""An app depends on an exported package as SwiftPM resolves it: by URL and version, and by a registry with its checksum."""

import json
import os
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from qleap_edge.bundle.layout import PAYLOAD_NAME, SWIFT_PAYLOAD
from qleap_edge.bundle.manifest import PayloadManifest
from qleap_edge.bundle.swift_package import PackageExport, export_package
from qleap_edge.core.manifest import sha256_bytes
from qleap_edge.core.records import read_document
from tests.support.micro import Micro

pytestmark = pytest.mark.skipif(
    shutil.which("swift") is None or shutil.which("git") is None, reason="needs git, and Swift 6 on PATH"
)

MAIN = """import QLeapEdge

let payload = try EdgePayload.bundled()
print(payload.manifest.modelVersion, payload.manifest.grade, payload.manifest.packageSHA256)
"""
MANIFEST = """// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "App",
    platforms: [.macOS(.v14)],
    dependencies: [DEPENDENCY],
    targets: [.executableTarget(name: "App", dependencies: [.product(name: "QLeapEdge", package: "PACKAGE")])]
)
"""


def payload_of(micro: Micro) -> PayloadManifest:
    return read_document(PayloadManifest, micro.bundle / SWIFT_PAYLOAD / PAYLOAD_NAME)


def write_app(folder: Path, dependency: str, package: str) -> Path:
    (folder / "Sources" / "App").mkdir(parents=True)
    (folder / "Sources" / "App" / "main.swift").write_text(MAIN)
    (folder / "Package.swift").write_text(MANIFEST.replace("DEPENDENCY", dependency).replace("PACKAGE", package))
    return folder


def attempt(command: list[str], folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run git or SwiftPM with caches and configuration of its own."""
    env = os.environ | {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "CLANG_MODULE_CACHE_PATH": str(home / "modules")}
    env |= {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=800)


def swift(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    places = {"cache": home / "cache", "config": home / "config", "security": home / "security"}
    options = [f"--{name}-path={path}" for name, path in places.items()]
    return attempt(["swift", words[0], *options, *words[1:]], home / "App", home)


def build_and_run(home: Path, payload: PayloadManifest, allowed: str = "") -> None:
    """Build the app, whose output must be the payload's; a warning of SwiftPM about the package is none that is allowed."""
    built = swift("build", home=home)
    said = built.stdout + built.stderr
    assert built.returncode == 0, said[-4000:]
    assert [line for line in said.splitlines() if "warning" in line and not (allowed and allowed in line)] == []
    done = swift("run", "--skip-build", "App", home=home)
    assert done.stdout.split() == [payload.model_version, payload.grade, payload.package_sha256], done.stderr


def test_an_app_finds_the_tag_of_a_repository_by_version(micro: Micro, tmp_path: Path) -> None:
    payload = payload_of(micro)
    repository = tmp_path / "QLeapEdge"
    export_package(micro.bundle, repository)
    tag = payload.model_version
    for words in (("init", "-qb", "main"), ("add", "--all"), ("commit", "-qm", "QLeapEdge"), ("tag", tag)):
        done = attempt(["git", *words], repository, tmp_path)
        assert done.returncode == 0, done.stderr
    url = f'.package(url: "file://{repository}", from: "{payload.model_version}")'
    app = write_app(tmp_path / "App", url, "QLeapEdge")
    build_and_run(tmp_path, payload)
    resolved = json.loads((app / "Package.resolved").read_text())["pins"]
    assert [(pin["identity"], pin["state"]["version"]) for pin in resolved] == [("qleapedge", payload.model_version)]


class Registry(BaseHTTPRequestHandler):
    """Serves one release of one package.

    Source: Swift Package Registry Service Specification (SE-0292), sections 4.1 to 4.4.
    """

    def __init__(self, version: str, archive: bytes, checksum: str, manifest: bytes, *arguments: object) -> None:
        release = {
            "id": "qleap.QLeapEdge", "version": version, "metadata": {},
            "resources": [{"name": "source-archive", "type": "application/zip", "checksum": checksum}],
        }  # fmt: skip
        self.answers = {
            "/qleap/QLeapEdge": ("application/json", json.dumps({"releases": {version: {}}}).encode()),
            f"/qleap/QLeapEdge/{version}": ("application/json", json.dumps(release).encode()),
            f"/qleap/QLeapEdge/{version}/Package.swift": ("text/x-swift", manifest),
            f"/qleap/QLeapEdge/{version}.zip": ("application/zip", archive),
        }
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        kind, body = self.answers.get(self.path.partition("?")[0], (None, b""))
        self.send_response(404 if kind is None else 200)
        for name, value in (
            ("Content-Type", kind or "text/plain"),
            ("Content-Version", "1"),
            ("Content-Length", str(len(body))),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(written: PackageExport, archive: bytes) -> Iterator[str]:
    """Serve an exported zip; yield the registry's URL."""
    with zipfile.ZipFile(written.path) as package:
        manifest = package.read("QLeapEdge/Package.swift")
    handler = partial(Registry, written.version, archive, written.checksum, manifest)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("altered", [False, True])
def test_an_app_takes_the_zip_from_a_registry_by_its_checksum(micro: Micro, tmp_path: Path, altered: bool) -> None:
    written = export_package(micro.bundle, tmp_path / "QLeapEdge.zip")
    archive = Path(written.path).read_bytes()
    if altered:
        archive = archive[:-1] + bytes([archive[-1] ^ 1])  # in the length of a comment: unzip would still read it
    write_app(tmp_path / "App", f'.package(id: "qleap.QLeapEdge", from: "{written.version}")', "qleap.QLeapEdge")
    with served(written, archive) as url:
        chosen = swift("package-registry", "set", url, "--allow-insecure-http", home=tmp_path)
        assert chosen.returncode == 0, chosen.stderr
        if not altered:
            build_and_run(tmp_path, payload_of(micro), allowed="is not signed")
            return
        refused = swift("build", home=tmp_path)
    assert (
        refused.returncode != 0
        and f"checksum '{sha256_bytes(archive)}', expected '{written.checksum}'" in refused.stderr
    )
