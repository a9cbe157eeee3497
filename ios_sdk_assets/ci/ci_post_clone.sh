#!/bin/bash
# Xcode Cloud runs ci_scripts/ci_post_clone.sh after it has cloned the repository. Copy this file there, and change the values below.
# A bundle that is altered, not signed by this key or short of its bounds ends the build before the app is compiled. Let only a reviewed
# change alter the key and the waivers: this script takes them from the branch that is built.
set -euo pipefail

bundle="${QLEAP_BUNDLE:-Models/QuantumLeapPose-0.1.0}"
public_key="${QLEAP_PUBLIC_KEY:-release.pub.pem}"
waivers_file="${QLEAP_WAIVERS:-waivers.toml}"
requirement="${QLEAP_EDGE:-qleap-edge==0.1.0}"

cd "${CI_PRIMARY_REPOSITORY_PATH:?this script runs in Xcode Cloud}"

if ! command -v qleap > /dev/null; then
  brew install python@3.11
  python3.11 -m venv "$HOME/qleap"
  "$HOME/qleap/bin/python" -m pip install --quiet "$requirement"
  PATH="$HOME/qleap/bin:$PATH"
fi

qleap validate "$bundle" --public-key "$public_key"
waivers=()
if [ -f "$waivers_file" ]; then waivers=(--waivers "$waivers_file"); fi
qleap gate "$bundle" --public-key "$public_key" --require-grade release ${waivers[@]+"${waivers[@]}"}
