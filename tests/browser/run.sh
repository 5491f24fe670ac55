#!/usr/bin/env bash
# Looks at the pages and mails of Chimera Insight as a browser and as validators see them: tests/browser/run.sh [--shots DIR] [BINARY]
#
# Makes three trees (three regressions, hostile names, and the corpus where CHIMERA_CORPUS names it), has BINARY (target/debug's by default)
# write reports and mails of them, and then: html-validate and, where Java is, the Nu checker on every page; Chromium at phone and desktop
# width, light and dark, with axe-core (look.mjs); hostile names in Markdown, mail headers and on the terminal (hostile.py).
# Needs node (18 or newer), npm, chromium and python3: without one of them it says so and exits with 0. --shots keeps pictures of all pages
# in DIR.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
shots=
[ "${1:-}" != --shots ] || { mkdir -p "$2"; shots=$(realpath "$2"); shift 2; }
program=$(realpath "${1:-$here/../../target/debug/chimera-insight}")
for command in node npm chromium python3; do
    command -v "$command" >/dev/null && continue
    echo "skipped: no $command here"
    exit 0
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# What is installed stays out of the checkout's own files: the lock says what it is.
[ -d "$here/node_modules" ] || (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --silent)
mkdir -p "$work/pages"

# Scans a tree without a model; its own configuration keeps mails as files.
scan() {
    OLLAMA_HOST=127.0.0.1:9 "$program" scan "$1" --json >"$work/scan.json" 2>"$work/scan.err" ||
        { cat "$work/scan.err" >&2; exit 1; }
}
# Pages of a tree: the newest report, the index, and the HTML part of the newest mail with its picture.
collect() {
    local tree=$1 name=$2 newest
    newest=$(find "$tree" -name 'insight-*.html' -printf '%f %p\n' | sort -V | tail -1 | cut -d' ' -f2-)
    cp "$newest" "$work/pages/$name.html"
    cp "$tree/insight.html" "$work/pages/index-$name.html"
    python3 "$here/mail.py" "$tree/.chimera-insight/outbox" "$work/pages/mail-$name"
}
for name in three hostile; do
    tree=$work/$name
    mkdir "$tree"
    python3 "$here/trees.py" "$tree" "$name"
    scan "$tree"
    python3 "$here/trees.py" "$tree" "$name" --late
    scan "$tree"
    collect "$tree" "$name"
done
if [ -n "${CHIMERA_CORPUS:-}" ]; then
    mkdir "$work/corpus"
    cp -r "$CHIMERA_CORPUS/banterhearts/." "$work/corpus/"
    scan "$work/corpus"
    collect "$work/corpus" corpus
fi

faults=0
python3 "$here/hostile.py" "$program" "$work/hostile" || faults=1
(cd "$here" && node_modules/.bin/html-validate --config .htmlvalidate.json --formatter text $(find "$work/pages" -name '*.html' ! -name 'mail*')) || faults=1
if command -v java >/dev/null; then
    # What it knows of style sheets is older than SVG's properties in them; Chromium is asked about those.
    java -jar "$here/node_modules/vnu-jar/build/dist/vnu.jar" --errors-only --filterpattern 'CSS: .*' $(find "$work/pages" -name '*.html' ! -name 'mail*') || faults=1
else
    echo "the Nu checker is skipped: no java here"
fi
mapfile -t pages < <(find "$work/pages" -name '*.html' | sort)
node "$here/look.mjs" --chromium "$(command -v chromium)" ${shots:+--shots "$shots"} "${pages[@]}" || faults=1
[ -z "$shots" ] || cp "$work"/pages/* "$shots/"
[ $faults = 0 ] && echo "browser: ${#pages[@]} pages well"
exit $faults
