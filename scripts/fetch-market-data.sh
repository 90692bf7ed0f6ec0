#!/usr/bin/env bash
# Fetches the real market data of the day run and of the rule tests: one npm
# package, of which nine files are kept in .cache/market-data. The data are never
# committed. Running it again does nothing while the files are whole.
set -euo pipefail
cd "$(dirname "$0")/.."

package=hqchart@1.1.15808
archive_sha256=ad89107f4053e03e63984dffc0e29d1adb501ecf4b2ffdcf03d57e01955caf5c
inside=package/src/jscommon/umychart.testdata
sums=$PWD/scripts/market-data.sha256
target=$PWD/.cache/market-data

fail() {
	echo "fetch-market-data: $1" >&2
	echo "fetch-market-data: $2" >&2
	exit 1
}

whole() {
	[ -d "$1" ] && (cd "$1" && sha256sum --check --quiet --strict "$sums") >/dev/null 2>&1
}

command -v sha256sum >/dev/null || fail "sha256sum is missing" "install coreutils"
if whole "$target"; then
	exit 0
fi
command -v npm >/dev/null || fail "npm is missing" "install Node.js with npm (on Debian: apt-get install npm)"
command -v tar >/dev/null || fail "tar is missing" "install tar"

# Everything is made beside the target and moved there whole, so that a stopped
# or a second run leaves nothing half.
mkdir -p .cache
work=$(mktemp -d "$PWD/.cache/market-data.XXXXXX")
trap 'rm -rf "$work"' EXIT

echo "fetch-market-data: downloading $package (24 MB) ..." >&2
if ! (cd "$work" && npm pack --silent --ignore-scripts "$package" >name 2>log); then
	cat "$work/log" >&2
	fail "npm could not download $package" "check the network and the npm registry setting (npm ping), then run this again"
fi
archive=$work/$(tail -n 1 "$work/name")
[ -f "$archive" ] || fail "npm wrote no archive for $package" "see npm's log in ~/.npm/_logs"
got=$(sha256sum "$archive" | cut -d ' ' -f 1)
[ "$got" = "$archive_sha256" ] || fail "the archive has SHA-256 $got, expected $archive_sha256" \
	"the download is damaged or the package was replaced: do not use it; run npm cache verify and try again"

mkdir "$work/out"
sed "s|^[0-9a-f]*  |$inside/|" "$sums" >"$work/list"
tar -xzf "$archive" -C "$work/out" --strip-components=4 --files-from="$work/list" ||
	fail "the archive does not unpack" "check the free space of $PWD/.cache"
whole "$work/out" || fail "the unpacked files do not match scripts/market-data.sha256" "check the disk, then run this again"

rm -rf "$target"
if ! mv -T "$work/out" "$target" 2>/dev/null && ! whole "$target"; then
	fail "could not move the files to $target" "check who owns .cache"
fi
echo "fetch-market-data: $(wc -l <"$sums") files in .cache/market-data" >&2
