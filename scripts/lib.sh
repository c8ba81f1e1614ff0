# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Sourced by the other scripts (which set TOP): where things lie, how to say
# something, how to ask Debian for a package without touching the system.

CACHE=${LUBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lubench}
PROG=$(basename "$0")

say() { printf '%s: %s\n' "$PROG" "$*" >&2; }
die() { say "$*"; exit 1; }
sha256() { sha256sum "$@" | cut -d' ' -f1; }
# cross ARCH: the prefix of the compiler for it; nothing where this machine is of that architecture
cross() {
	case $1-$(uname -m) in
	x86_64-x86_64 | arm64-aarch64) ;;
	x86_64-*) echo x86_64-linux-gnu- ;;
	arm64-*) echo aarch64-linux-gnu- ;;
	esac
}
# bench_folder ARCH: where bench/ leaves what it builds for it
bench_folder() { echo "$TOP/build$([ -z "$(cross "$1")" ] || echo "/$1")"; }
# bench_for ARCH MAKE ARGUMENT...: MAKE ARGUMENT... in bench/, for that architecture
bench_for() {
	_arch=$1 _cross=$(cross "$1")
	shift
	if [ -z "$_cross" ]; then "$@"; return; fi
	_sysroot=$("$TOP/scripts/sysroot" "$_arch") || return 1
	"$@" ARCH="$_arch" CROSS_COMPILE="$_cross" SYSROOT="$_sysroot"
}
# true when the script may ask apt to change the system
is_root() { [ "$(id -u)" = 0 ]; }

# lock NAME: held until the script ends; fd 9 is inherited by no daemon started here
lock() {
	mkdir -p "$CACHE/locks" || die "cannot write to the cache; set LUBENCH_CACHE to a folder that can be written"
	exec 9>"$CACHE/locks/$1"
	flock -n 9 && return
	say "waiting for another one that holds $CACHE/locks/$1"
	flock 9
}

# apt_private NAME SUITE...: an apt state of our own below the cache, with the
# user's own mirror and these suites of it. Sets APT to the options to use.
# APT_ARCH: of that architecture instead of this machine's.
apt_private() {
	_dir=$CACHE/apt/$1
	shift
	mkdir -p "$_dir/lists/partial" "$_dir/cache/archives/partial"
	APT="-o Dir::State::lists=$_dir/lists -o Dir::Cache=$_dir/cache -o Debug::NoLocking=1"
	APT="$APT -o APT::Sandbox::User= -o Acquire::Languages=none -o quiet=2"
	[ -z "${APT_ARCH:-}" ] || APT="$APT -o APT::Architecture=$APT_ARCH -o APT::Architectures=$APT_ARCH"
	_mirror=$(apt_mirror "") || {
		# no package list on this machine yet: fetch the user's own into our state
		# shellcheck disable=SC2086 # a list of options
		apt-get $APT update >&2 || return 1
		_mirror=$(apt_mirror "$APT") || return 1
	}
	for _key in /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/debian-archive-keyring.pgp; do
		[ -r "$_key" ] && break
	done
	printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
		"$_mirror" "$*" "$_key" > "$_dir/debian.sources"
	APT="$APT -o Dir::Etc::sourcelist=$_dir/debian.sources -o Dir::Etc::sourceparts=/dev/null"
	# shellcheck disable=SC2086
	apt-get $APT update >&2
}

# The mirror that apt's own configuration names for this release of Debian.
apt_mirror() {
	# shellcheck disable=SC1091
	_codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	# shellcheck disable=SC2016,SC2086 # apt expands these
	apt-get $1 indextargets --format '$(CREATED_BY) $(RELEASE) $(COMPONENT) $(REPO_URI)' 2>/dev/null |
		awk -v r="$_codename" '$1 == "Packages" && $2 == r && $3 == "main" { print $4; found = 1; exit }
			END { exit !found }'
}
