#!/usr/bin/env bash
# slurm.sh up DIR [MAXARRAYSIZE] starts a Slurm of three nodes, n1 to n3, on this
# machine, with all its files in DIR, and prints how to use it; slurm.sh down DIR ends
# it. For tests and for trying sweeps out: no systemd, no control groups, no
# database, no root. Debian has it all in slurm-wlm and munge. The path of DIR has to
# be short, and its folders open to others: a socket lies there.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$(realpath -m "$2")
export SLURM_CONF=$dir/slurm.conf

up() {
	mkdir -p "$dir"/state "$dir"/spool.n{1,2,3}
	chmod 755 "$dir"
	local port fill=(-e "s#@DIR@#$dir#g" -e "s#@HOST@#$(hostname -s)#g" -e "s#@USER@#$(id -un)#g" -e "s#@MAXARRAYSIZE@#${1:-1001}#")
	port=$((20000 + RANDOM % 10000 * 4))
	for i in 0 1 2 3; do
		while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
		fill+=(-e "s#@PORT$i@#$port#")
		port=$((port + 1))
	done
	sed "${fill[@]}" "$here/slurm.conf" >"$SLURM_CONF"
	(umask 077 && head -c 128 /dev/urandom >"$dir/munge.key")
	munged --key-file="$dir/munge.key" --socket="$dir/munge.socket" --pid-file="$dir/munged.pid" \
		--log-file="$dir/munged.log" --seed-file="$dir/munge.seed" --num-threads=1
	slurmctld -i -c
	for node in n1 n2 n3; do slurmd -N "$node"; done
	for _ in $(seq 300); do
		[ "$(sinfo -h -N -t idle -o %n | wc -l)" = 3 ] && echo "export SLURM_CONF=$SLURM_CONF" && return
		sleep 0.1
	done
	echo "the nodes of $dir are not up" >&2
	sinfo -N >&2
	return 1
}

down() {
	scancel --me 2>/dev/null || true
	local file pid
	for file in "$dir"/slurmd.n*.pid "$dir"/slurmctld.pid "$dir"/munged.pid; do
		pid=$(cat "$file" 2>/dev/null) && kill "$pid" 2>/dev/null || continue
		for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
	done
}

case $1 in
up) up "${3:-}" ;;
down) down ;;
*) echo "usage: slurm.sh up|down DIR [MAXARRAYSIZE]" >&2 && exit 2 ;;
esac
