#!/usr/bin/env bash
# Fuzzes the readers of artifacts: tests/fuzz/run.sh [SECONDS [TARGET ...]]
#
# Builds the targets (all, unless some are named), gives each an equal share of the time (default: an hour for all), and exits 1 when
# one of them crashed, hung or ran out of memory. Real files from CHIMERA_CORPUS and the fixtures are the seeds. What a target found
# out stays in CHIMERA_FUZZ_DIR (default: below the temporary directory), and the next run goes on from there; inputs that crash are in
# `crashes` there.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
seconds=${1:-3600}
shift $(($# > 0 ? 1 : 0))
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(any csv json text xml packed appended rules)
dir=${CHIMERA_FUZZ_DIR:-${TMPDIR:-/tmp}/chimera-insight-fuzz}
longest=16384
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$dir/target}

command -v cargo-fuzz >/dev/null || { echo "cargo-fuzz is needed: cargo install --locked cargo-fuzz" >&2; exit 2; }
[ -f Cargo.lock ] || cp ../../Cargo.lock Cargo.lock # The versions that the program is built with.

# A real file under the name that its kind has in every target: a target takes the last bytes of its input for its own choices.
seed() {
    local file=$1 name=$2 ending kind
    case $file in
        *.expected.json | *.explain.txt) return 0 ;;
        *.csv | *.tsv) kind=csv ending=1 ;;
        *.json) kind=json ending=3 ;;
        *.jsonl | *.ndjson) kind=json ending=4 ;;
        *.md) kind=text ending=5 ;;
        *.xml | *.html) kind=xml ending=8 ;;
        *) kind=text ending=6 ;;
    esac
    put() {
        { head -c $((longest - 64)) "$file"; printf '%b' "$2"; } >"$dir/seeds/$1/$name"
    }
    put any "\\x0$ending"
    put "$kind" '\x00'
    put packed "\\x0$((ending % 4))\\x00\\x00"
    put appended "\\x0$(case $kind in csv) echo 0 ;; json) echo 1 ;; xml) echo 3 ;; *) echo 2 ;; esac)\\x80"
    put rules '\n%%%\ng *\nm value\np model\ni count\nu time=ms\nd latency=a\nx queue depth=aa\n'
}

rm -rf "$dir/seeds"
for target in any csv json text xml packed appended rules; do
    mkdir -p "$dir/seeds/$target" "$dir/corpus/$target" "$dir/crashes"
done
count=0
for from in ../fixtures/formats ${CHIMERA_CORPUS:+"$CHIMERA_CORPUS"}; do
    while IFS= read -r file; do
        count=$((count + 1))
        seed "$file" "$count"
    done < <(find "$from" -type f ! -name '*.bin' | LC_ALL=C sort)
done
echo "$count files as seeds, ${#targets[@]} targets, $((seconds / ${#targets[@]})) s each"

# Without a sanitizer: there is no unsafe code to watch, and any toolchain will do. Overflow checks and debug assertions are on.
for target in "${targets[@]}"; do
    cargo fuzz build --fuzz-dir . --sanitizer none "$target"
done
triple=$(rustc -vV | sed -n 's/^host: //p')
built=$CARGO_TARGET_DIR/$triple/release

bad=0 total=0
for target in "${targets[@]}"; do
    log=$dir/$target.log
    echo "==> $target"
    "$built/$target" "$dir/corpus/$target" "$dir/seeds/$target" -dict=dictionary.txt -max_len=$longest -timeout=30 \
        -rss_limit_mb=1024 -max_total_time=$((seconds / ${#targets[@]})) -artifact_prefix="$dir/crashes/$target-" \
        -print_final_stats=1 >"$log" 2>&1 || { bad=1; tail -n 30 "$log"; }
    executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    total=$((total + ${executed:-0}))
    echo "==> $target: ${executed:-0} executions, $(sed -n 's/.*\(cov: [0-9]*\).*/\1/p' "$log" | tail -n 1)"
done
echo "$total executions in all"
[ $bad = 0 ] || { echo "crashes: $dir/crashes" >&2; exit 1; }
