# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Sourced by the other scripts (which set TOP): where things lie, how to say
# something, how to ask Debian for a package without touching the system.

CACHE=${LUBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lubench}
PROG=$(basename "$0")

say() { printf '%s: %s\n' "$PROG" "$*" >&2; }
die() { say "$*"; exit 1; }
sha256() { sha256sum "$@" | cut -d' ' -f1; }
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
apt_private() {
	_dir=$CACHE/apt/$1
	shift
	mkdir -p "$_dir/lists/partial" "$_dir/cache/archives/partial"
	APT="-o Dir::State::lists=$_dir/lists -o Dir::Cache=$_dir/cache -o Debug::NoLocking=1"
	APT="$APT -o APT::Sandbox::User= -o Acquire::Languages=none -o quiet=2"
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
