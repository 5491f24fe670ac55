#!/bin/sh
# Installs Chimera Insight as a system service, or takes it away again. Asks nothing; may be run again (that is the upgrade).
#
#   packaging/install.sh [--prefix DIR] [--binary FILE] [--uninstall]
#
#   --prefix DIR    where the program goes: DIR/bin (default /usr)
#   --binary FILE   the program to install (default target/release/chimera-insight of this checkout)
#   --uninstall     stop the service and remove what was installed (same prefix); configuration, state and user stay
#
# With DESTDIR set, everything goes below that directory, no user is made and no service is touched: for packagers, and to see
# what would be done:  DESTDIR=/tmp/try packaging/install.sh
set -eu

usage() { sed -n '2,11p' "$0" | sed 's/^# \{0,1\}//'; }
fail() { echo "install.sh: $1" >&2; exit "${2:-3}"; }
say() { echo "install.sh: $1"; }

here=$(cd "$(dirname "$0")/.." && pwd)
prefix=/usr
binary=${CARGO_TARGET_DIR:-$here/target}/release/chimera-insight
uninstall=
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) [ $# -ge 2 ] || fail "--prefix needs a directory" 2; prefix=$2; shift ;;
        --prefix=*) prefix=${1#*=} ;;
        --binary) [ $# -ge 2 ] || fail "--binary needs a file" 2; binary=$2; shift ;;
        --binary=*) binary=${1#*=} ;;
        --uninstall) uninstall=1 ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; fail "unknown argument $1" 2 ;;
    esac
    shift
done
case $prefix in
    /*[!A-Za-z0-9._/-]*) fail "a prefix with other characters than A-Z a-z 0-9 . _ - / is not supported" 2 ;;
    /*) prefix=${prefix%/} ;;
    *) fail "--prefix must be absolute" 2 ;;
esac

# systemd looks below /usr and /usr/local by itself; for any other prefix its files go to /etc.
case $prefix in
    /usr | /usr/local) units=$prefix/lib/systemd/system users=$prefix/lib/sysusers.d ;;
    *) units=/etc/systemd/system users=/etc/sysusers.d ;;
esac
dest=${DESTDIR:-}
program=$prefix/bin/chimera-insight
unit=$units/chimera-insight.service
sysusers=$users/chimera-insight.conf
etc=/etc/chimera-insight
config=$etc/config.toml
state=/var/lib/chimera-insight

systemd_runs() { [ -z "$dest" ] && [ -d /run/systemd/system ]; }

[ -n "$dest" ] || [ "$(id -u)" = 0 ] || fail "must be run as root (or set DESTDIR to try it out)"

if [ -n "$uninstall" ]; then
    if systemd_runs; then
        systemctl disable --now chimera-insight.service 2>/dev/null || say "the service was not there to stop"
    fi
    rm -f "$dest$unit" "$dest$sysusers" "$dest$program"
    if systemd_runs; then systemctl daemon-reload; fi
    say "removed; $etc, $state and the user chimera-insight are left"
    exit 0
fi

[ -f "$binary" ] || fail "there is no $binary: run \`cargo build --release\` first, or name one with --binary"

install -d "$dest$prefix/bin" "$dest$units" "$dest$users" "$dest$etc/conf.d"
install -m 0755 "$binary" "$dest$program"
sed "s|^ExecStart=/usr/bin/|ExecStart=$prefix/bin/|" "$here/systemd/chimera-insight.service" >"$dest$unit"
chmod 0644 "$dest$unit"
install -m 0644 "$here/packaging/sysusers.d/chimera-insight.conf" "$dest$sysusers"
if [ -e "$dest$config" ]; then
    say "kept $config"
else
    # As shipped, but for the state directory: so that `chimera-insight status --config` sees what the service sees.
    sed "s|^#dir = \".chimera-insight\"|dir = \"$state\"|" "$here/config/chimera-insight.toml" >"$dest$config"
    chmod 0644 "$dest$config"
fi
say "installed $program, $unit and $config"
[ -z "$dest" ] || exit 0

if ! id chimera-insight >/dev/null 2>&1; then
    if command -v systemd-sysusers >/dev/null 2>&1; then
        systemd-sysusers chimera-insight.conf
    elif command -v useradd >/dev/null 2>&1; then
        useradd --system --user-group --home-dir "$state" --no-create-home --shell /usr/sbin/nologin chimera-insight
    else
        fail "neither systemd-sysusers nor useradd is here: make the system user chimera-insight by hand"
    fi
fi

"$program" config check "$config" || fail "$config is refused: mend it, then \`systemctl restart chimera-insight\`" 78
if systemd_runs; then
    systemctl daemon-reload
    systemctl try-restart chimera-insight.service
fi
say "next: name what to watch in $config, then \`systemctl enable --now chimera-insight\`"
