#!/usr/bin/env bash
# Convert the documentation catalogue of the Swift package as Xcode does: a link to a symbol or page that is not there fails.
# Then compare the public symbols with the reviewed list, public-api.txt.
#
#   ios_sdk_assets/check-docs.sh PACKAGE [--write]     --write: write the list anew
set -euo pipefail
package=$1
here=$(cd "$(dirname "$0")" && pwd)
scratch=$package/.build/documentation
graphs=$scratch/public
mkdir -p "$package/.build"
rm -rf "$scratch/"*/symbolgraph "$graphs"

# With the stand-ins, so that what lies behind `#if canImport(CoreML)` is there too.
# The command fails on the modules of the tests, after it has written the graph of the library.
QLEAP_EDGE_STUBS=1 swift package --package-path "$package" --scratch-path "$scratch" dump-symbol-graph \
    --minimum-access-level public --skip-synthesized-members > "$scratch.log" 2>&1 || true
mkdir -p "$graphs"
find "$scratch/" -path "*/symbolgraph/QLeapEdge*.symbols.json" -exec cp {} "$graphs/" \;
[ -f "$graphs/QLeapEdge.symbols.json" ] || { cat "$scratch.log" >&2; exit 1; }
docc=$(dirname "$(command -v swift)")/docc
"$docc" convert "$package/Sources/QLeapEdge/QLeapEdge.docc" --additional-symbol-graph-dir "$graphs" \
    --fallback-display-name QLeapEdge --fallback-bundle-identifier com.quantumleap.QLeapEdge \
    --output-path "$scratch/QLeapEdge.doccarchive" --analyze --warnings-as-errors
python3 "$here/public_api.py" "$graphs/QLeapEdge.symbols.json" "$here/public-api.txt" \
    "$package/Sources/QLeapEdge/QLeapEdge.docc/QLeapEdge.md" "${@:2}"
