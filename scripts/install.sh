#!/usr/bin/env bash
# Installs what `make day` and `make test` need on a fresh Debian machine: Go's
# build tools come with Go itself; the rest are Debian packages. It does nothing
# when everything is there.
#
#   scripts/install.sh day     what playing a day needs
#   scripts/install.sh test    what the tests need besides
#   scripts/install.sh drill   what network namespaces of a drill need besides
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
need() { # command package
	command -v "$1" >/dev/null 2>&1 || missing+=("$2")
}

if ! command -v go >/dev/null 2>&1; then
	echo "Go is not installed. Install Go $(sed -n 's/^go //p' go.mod) or newer and put it on the PATH." >&2
	exit 1
fi
need npm npm
need gcc gcc
# The font of PDFs, with Chinese characters (SIL Open Font Licence).
[ -e /usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf ] || missing+=(fonts-lxgw-wenkai)
if [ "${1:-day}" = drill ]; then
	need ip iproute2
	need nft nftables
fi
if [ "${1:-day}" = test ]; then
	while read -r package _; do
		case "$package" in ""|\#*) continue ;; esac
		dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
	done <scripts/test-packages.txt
fi
if [ ${#missing[@]} -eq 0 ]; then
	exit 0
fi
echo "installing: ${missing[*]}"
if [ "$(id -u)" -ne 0 ]; then
	echo "Run this once as root: apt-get install -y ${missing[*]}" >&2
	[ "${1:-day}" = drill ] && exit 0 # it does without, on loopback
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
case " ${missing[*]} " in *" postgresql "*)
	# The tests make clusters of their own; Debian's package must not start one.
	apt-get install -y -qq --no-install-recommends postgresql-common >/dev/null
	conf=/etc/postgresql-common/createcluster.conf
	grep -q '^create_main_cluster' "$conf" || echo "create_main_cluster = false" >>"$conf"
	;;
esac
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
