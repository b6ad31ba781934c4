# SPDX-License-Identifier: Apache-2.0
# Completion of bash for gridtap(1).

_gridtap_options() {
	case $1 in
	replay)
		echo -c --set --policy --keys --filter -o --records --summary \
		    --meters --nsm --nsm-dump --state --fail-on --quiet --help ;;
	monitor)
		echo -i -c --set --policy --keys --filter -o --records \
		    --summary --meters --nsm --state --quiet --help ;;
	status) echo -c --socket --json --help ;;
	reload) echo -c --socket --help ;;
	check) echo -c --set --policy --keys --help ;;
	meters) echo ack -c --state --json --reset --reason --help ;;
	learn) echo --strict --scl --policy --help ;;
	events) echo verify --tsv --xml --help ;;
	esac
}

_gridtap() {
	local current=${COMP_WORDS[COMP_CWORD]}
	local before=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "replay monitor status \
		    reload meters check learn events --help --version" \
		    -- "$current")
		return
	fi
	case $before in
	-i)
		mapfile -t COMPREPLY < <(compgen -W \
		    "$(cd /sys/class/net && echo *)" -- "$current")
		return ;;
	-o)
		compopt -o nospace
		mapfile -t COMPREPLY < <(compgen -W \
		    "text json syslog xml cef leef" -- "$current")
		return ;;
	--fail-on)
		mapfile -t COMPREPLY < <(compgen -W \
		    "notice warning error alarm" -- "$current")
		return ;;
	esac
	case $current in
	-*)
		mapfile -t COMPREPLY < <(compgen -W \
		    "$(_gridtap_options "${COMP_WORDS[1]}")" -- "$current")
		return ;;
	esac
	compopt -o filenames
	mapfile -t COMPREPLY < <(compgen -f -- "$current")
}

complete -F _gridtap gridtap
