# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of lubench for bash: source this file, or install it as
# /usr/share/bash-completion/completions/lubench.

# Names that lubench itself lists: designs, targets, workloads, phases, marks.
_lubench_listed() {
	"$1" list "$2" 2>/dev/null | awk '/^  [^ ]/ { print $1 }'
}

_lubench_runs() {
	printf 'last\nlast-good\n'
	[[ -d results ]] && find results -mindepth 2 -maxdepth 2 -name run.json -printf '%h\n' 2>/dev/null
}

_lubench_options() {
	"$1" "$2" --help 2>/dev/null | grep -oE -- '(^|[ ,])--[a-z][a-z-]+' | tr -d ' ,'
}

# Those of the words that begin with what is there. compgen -W would expand them: the name of a folder of results may
# hold a command.
_lubench_offer() {
	local cur=$1 word
	while IFS= read -r word; do
		[[ -n $word && $word == "$cur"* ]] && COMPREPLY+=("$word")
	done
}

_lubench() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local program=${COMP_WORDS[0]} command=${COMP_WORDS[1]} words=
	local commands='list run report compare history export import --help --version --usage' names

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		_lubench_offer "$cur" <<< "${commands// /$'\n'}"
		return
	fi
	case $prev in
	-t | --target) [[ $command == run ]] && words=$(_lubench_listed "$program" targets) ;;
	-w | --workload) words=$(_lubench_listed "$program" workloads) ;;
	-d | --designs | --base-design | --new-design) words=$(_lubench_listed "$program" designs) ;;
	-f | --format)
		case $command in
		export) words=$'csv\notava\nopenmetrics\nmarkdown\nhyperfine\nratios\njson\ncosts' ;;
		import) words=$'hyperfine\nperf' ;;
		*) words=$'text\nmarkdown\njson' ;;
		esac
		;;
	-m | --metric)
		names='blackout_ns brownout_ns tail_ns dma_gap_ns bytes.serialised bytes.tables bytes.extra_peak'
		words=${names// /$'\n'}$'\n'$(_lubench_listed "$program" phases | sed 's/^/phases_ns./')
		;;
	--fdr) words=$'bh\nby' ;;
	--accelerator) words=$'auto\nkvm\ntcg' ;;
	--clock) words=$'tsc\nicount' ;;
	-o | --output | --db | --results | --kernel | --initrd | --emulator)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	esac
	if [[ -z $words ]]; then
		if [[ $cur == -* ]]; then
			words=$(_lubench_options "$program" "$command")
		else
			case $command in
			list) words=$'designs\ntargets\nworkloads\nphases\nmarks' ;;
			compare | export | report) words=$(_lubench_runs) ;;
			esac
		fi
	fi
	_lubench_offer "$cur" <<< "$words"
	_lubench_offer "$cur" < <(compgen -f -- "$cur")
}

complete -o filenames -F _lubench lubench
