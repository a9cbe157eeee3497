#!/usr/bin/env bash
# Run the tests of the Swift package as an app sees it: without the stand-ins for Apple's frameworks, and with its resources as
# they lie, then as Xcode lays them out: a compiled model in place of the package, in the folder Payload and flattened.
#
#   ios_sdk_assets/test-xcode-layout.sh PACKAGE
set -euo pipefail
package=$1
scratch=$package/.build/without-stubs

build=(--package-path "$package" --scratch-path "$scratch")
swift build "${build[@]}" --build-tests -Xswiftc -warnings-as-errors
resources=$(find "$scratch/" -type d -name QLeapEdge_QLeapEdge.resources | head -1)
kept=$(mktemp -d)
cp -r "$resources" "$kept/resources"
restore() {
    rm -rf "$resources"
    mv "$kept/resources" "$resources"
    rmdir "$kept"
}
trap restore EXIT

run() {
    echo "== $1"
    swift test "${build[@]}" --skip-build
}

run "resources as SwiftPM copies them"
mv "$resources/Payload/QuantumLeapPose.mlpackage" "$resources/Payload/QuantumLeapPose.mlmodelc"
run "compiled model in place of the package"
mv "$resources"/Payload/* "$resources/"
rmdir "$resources/Payload"
echo "<plist/>" > "$resources/Info.plist"
run "compiled model, flattened"
