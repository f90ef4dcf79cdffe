#!/usr/bin/env bash
# Finds or installs libtorch and makes gotch build with it, so that plain
# `go build ./...`, `go test ./...` and `go vet ./...` work in this checkout.
set -euo pipefail

usage() {
	cat <<'TEXT'
usage: ./install-libtorch.sh [--check | --again | --help]

Finds libtorch, or installs it into the cache, adapts gotch to it there, builds
aeprobe's library of CUDA graphs where libtorch has CUDA and CUDA's headers are
there, and writes go.work and internal/torch/native/cgo_flags.go (both ignored by git). What is
there already is kept; a second call takes no time.

libtorch is the first of
  1. $LIBTORCH, a folder with libtorch's lib and include
  2. the PyTorch that python3 can import, 2.11 to 2.15; with CUDA where an
     NVIDIA driver is present
  3. the cache, ${XDG_CACHE_HOME:-~/.cache}/aeprobe/libtorch
  4. PyTorch's wheels, fetched with pip, their hashes checked against internal/libtorch/
     of this repository; the complete CUDA set where there is that driver
  5. PyTorch's official zip (CPU), where there is no pip; its hash is not known
     to us and is not checked

  --check   say what is set up and what would be done; change nothing
  --again   search from the top, though an earlier choice is set up
  --help    this text

environment
  LIBTORCH                  see 1
  AEPROBE_LIBTORCH_VERSION  another version than 2.11.0: 2.15.0
  AEPROBE_LIBTORCH_KIND     cpu or cuda, whether or not there is a driver; cpu
                            takes one with CUDA too where it is there already
  AEPROBE_LIBTORCH_ZIP      address of the zip (file:// too), used instead of 4
  CUDA_HOME                 a CUDA toolkit, whose headers CUDA graphs need where
                            they don't lie beside libtorch; /usr/local/cuda
  XDG_CACHE_HOME            where the cache is, ~/.cache by default

Tested on Linux on x86-64. Linux on aarch64 and macOS on arm64 are not.

exit status
  0 set up   1 something else failed      2 wrong usage or environment
  3 --check found something to do         4 a program is missing
  5 the network failed                    6 a hash is wrong
  7 the disk is full or not writable      8 libtorch doesn't fit
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
cache=${XDG_CACHE_HOME:-${HOME:-}/.cache}/aeprobe
wanted=${AEPROBE_LIBTORCH_VERSION:-2.11.0}
zip=${AEPROBE_LIBTORCH_ZIP:-https://download.pytorch.org/libtorch/cpu/libtorch-shared-with-deps-$wanted%2Bcpu.zip}
gotch=$(sed -n 's|^[[:space:]]*github.com/sugarme/gotch \(v[^ ]*\).*|\1|p' "$root/go.mod")

say() { printf '%-9s %s\n' "$1" "$2"; }

# die STATUS WHAT REMEDY
die() {
	printf 'install-libtorch.sh: %s\n  %s\n' "$2" "$3" >&2
	exit "$1"
}

### what is on this machine

has_nvidia_driver() {
	[ -e /proc/driver/nvidia/version ] || { ldconfig -p 2>/dev/null | grep -q 'libcuda\.so\.1'; }
}

choose_kind() {
	kind=cpu
	if [ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] && has_nvidia_driver; then kind=cuda; fi
	kind=${AEPROBE_LIBTORCH_KIND:-$kind}
	case $kind in
	cpu | cuda) ;;
	*) die 2 "AEPROBE_LIBTORCH_KIND is '$kind'" "set it to cpu or cuda, or leave it out" ;;
	esac
}

need_programs() {
	command -v go >/dev/null || die 4 "Go is missing" "install Go 1.26 or later: https://go.dev/dl"
	(cd "$root" && GOWORK=off go env GOVERSION >/dev/null 2>&1) ||
		die 4 "$(go version 2>/dev/null || echo Go) is too old for this module" "install Go 1.26 or later: https://go.dev/dl"
	local program
	for program in "$(go env CC)" "$(go env CXX)"; do
		command -v "${program%% *}" >/dev/null ||
			die 4 "no C++ compiler: $program is missing" "install one: sudo apt-get install g++"
	done
	[ "$(go env CGO_ENABLED)" = 1 ] || die 4 "CGO_ENABLED is 0, and libtorch is C++" "unset CGO_ENABLED (go env -u CGO_ENABLED)"
}

# pip is an array: the command that runs pip, empty where there is none.
find_pip() {
	pip=()
	if python3 -m pip --version >/dev/null 2>&1; then pip=(python3 -m pip); fi
}

### finding libtorch: each sets libtorch and origin, or returns 1

library() { if [ "$(uname -s)" = Darwin ]; then echo "$1.dylib"; else echo "$1.so"; fi; }

# version_of FOLDER prints the version that the headers state.
version_of() {
	local header
	for header in "$1"/include/torch/{headeronly/version.h,csrc/api/include/torch/version.h}; do
		if [ -e "$header" ]; then
			sed -n 's/^#define TORCH_VERSION_M[AI][JN]OR \([0-9]*\)$/\1/p; s/^#define TORCH_VERSION_PATCH \([0-9]*\)$/\1/p' "$header" | paste -sd. -
			return
		fi
	done
}

# fault_of FOLDER prints what keeps the folder from being a libtorch; nothing
# where it is one.
fault_of() {
	local lib=$1/lib missing
	if [ ! -e "$lib/$(library libtorch_cpu)" ] || [ ! -e "$lib/$(library libc10)" ]; then
		echo "has no lib/$(library libtorch_cpu) and lib/$(library libc10)"
	elif [ -z "$(version_of "$1")" ] || [ ! -e "$1/include/torch/csrc/api/include/torch/all.h" ]; then
		echo "has no C++ headers in include"
	elif command -v ldd >/dev/null && missing=$(ldd "$lib/libtorch_cpu.so" | sed -n 's/^\s*\(.*\) => not found.*/\1/p' | paste -sd' ' -) && [ -n "$missing" ]; then
		echo "needs libraries that are missing: $missing"
	fi
}

has_cuda() { [ -e "$1/lib/$(library libtorch_cuda)" ]; }

from_environment() {
	[ -n "${LIBTORCH:-}" ] || return 1
	libtorch=$(cd "$LIBTORCH" 2>/dev/null && pwd -P) || die 8 "LIBTORCH: there is no folder $LIBTORCH" "correct it, or unset it to have libtorch installed"
	local fault
	fault=$(fault_of "$libtorch")
	[ -z "$fault" ] || die 8 "LIBTORCH: $libtorch $fault" "correct it, or unset it to have libtorch installed"
	origin='$LIBTORCH'
}

# The package is located, not imported: that would take seconds.
from_python() {
	libtorch=$(cd / && python3 -c 'import importlib.util, os
spec = importlib.util.find_spec("torch")
if spec and spec.origin: print(os.path.dirname(os.path.realpath(spec.origin)))' 2>/dev/null) && [ -n "$libtorch" ] || return 1
	local fault version
	fault=$(fault_of "$libtorch")
	version=$(version_of "$libtorch")
	case ${AEPROBE_LIBTORCH_VERSION:-}:$version in
	:2.1[1-5].* | "$version:$version") ;;
	:*) fault=${fault:-"is $version; aeprobe is tested with 2.11 to 2.15"} ;;
	*) fault=${fault:-"is $version, not $wanted"} ;;
	esac
	if [ $kind = cuda ] && ! has_cuda "$libtorch"; then fault=${fault:-"has no CUDA, and this machine has"}; fi
	if [ -n "$fault" ]; then
		say skipped "python3's PyTorch, $libtorch: $fault"
		return 1
	fi
	origin="python3's PyTorch"
}

# pinned KIND is the file of hashes of the wanted version.
pinned() { echo "$root/internal/libtorch/$wanted-$1.txt"; }

# is_complete FOLDER: unpacked to the end, from the files that are pinned now.
is_complete() {
	local name=${1##*/}
	case $name in
	*-zip) [ -s "$1/.complete" ] ;;
	*) cmp -s "$root/internal/libtorch/$name.txt" "$1/.complete" ;;
	esac
}

from_cache() {
	local name names=("$wanted-cuda")
	if [ $kind = cpu ]; then names=("$wanted-cpu" "$wanted-cuda" "$wanted-zip"); fi
	for name in "${names[@]}"; do
		if is_complete "$cache/libtorch/$name"; then
			libtorch=$cache/libtorch/$name/torch
			origin="the cache ($name)"
			return 0
		fi
	done
	return 1
}

### installing libtorch into the cache

# make_partial NEED_MB makes the folder that unfinished work is in. Nothing
# looks there, and what a killed call left is removed by the next.
make_partial() {
	partial=$cache/.partial
	rm -rf "$partial" && mkdir -p "$partial" "$cache/libtorch" ||
		die 7 "can't write to $cache" "make it writable, or set XDG_CACHE_HOME to another folder"
	local free
	free=$(($(df -Pk "$partial" | awk 'NR == 2 {print $4}') / 1024))
	[ "$free" -ge "$1" ] || die 7 "$free MB are free in $cache, libtorch needs $1 MB" "make room, or set XDG_CACHE_HOME to another folder"
}

# finish NAME moves what was unpacked to its place; its .complete is there.
finish() {
	if [ -e "$cache/libtorch/$1" ]; then mv "$cache/libtorch/$1" "$partial/replaced"; fi
	mv "$partial/unpacked" "$cache/libtorch/$1"
	rm -rf "$partial"
	libtorch=$cache/libtorch/$1/torch
}

from_wheels() {
	[ -z "${AEPROBE_LIBTORCH_ZIP:-}" ] || return 1
	find_pip
	[ ${#pip[@]} -gt 0 ] || return 1
	[ -e "$(pinned $kind)" ] || die 2 "no hashes are pinned for libtorch $wanted ($kind)" \
		"pinned are: $(cd "$root/internal/libtorch" && echo *.txt | sed 's/\.txt//g'); or install it and name it in LIBTORCH"
	local start=$SECONDS
	if [ $kind = cuda ]; then make_partial 6500; else make_partial 1800; fi
	say fetching "libtorch $wanted ($kind) with pip, $([ $kind = cuda ] && echo 2.4 GB || echo 550 MB)"
	fetch_wheels
	local wheel
	for wheel in "$partial"/wheels/*.whl; do unpack_wheel "$wheel"; done
	cp "$(pinned $kind)" "$partial/unpacked/.complete"
	finish "$wanted-$kind"
	origin="wheels, their hashes checked, fetched and unpacked in $((SECONDS - start)) s"
}

# The Python version is fixed, so that one hash serves every machine: nothing
# of Python is used.
fetch_wheels() {
	local platforms=() tag said
	case "$(uname -s)-$(uname -m)" in
	Linux-*)
		for tag in _2_28 _2_27 _2_25 _2_18 _2_17 _2_12 _2_5 2014; do platforms+=(--platform "manylinux${tag}_$(uname -m)"); done
		;;
	Darwin-*) platforms=(--platform macosx_14_0_arm64 --platform macosx_11_0_arm64) ;;
	esac
	if [ -t 1 ]; then exec 3>&1; else exec 3>/dev/null; fi # pip's progress bars
	said=$(TMPDIR=$partial "${pip[@]}" download --require-hashes --no-deps --only-binary=:all: --no-cache-dir \
		--python-version 3.12 --implementation cp --abi cp312 "${platforms[@]}" \
		--disable-pip-version-check --retries 2 --timeout 30 \
		--dest "$partial/wheels" --requirement "$(pinned $kind)" 2>&1 >&3) || fetching_failed "$said"
}

fetching_failed() { # fetching_failed PIPS_ERRORS
	case $1 in
	*'DO NOT MATCH THE HASHES'*)
		die 6 "a wheel's hash is wrong: $(sed -n 's/^ *\([a-z].*\) from .*/\1/p' <<<"$1" | head -1)" \
			"try again; if it stays, what is offered is not what aeprobe was tested with: don't use it"
		;;
	*'No space left'*) disk_full ;;
	*NewConnectionError* | *ConnectTimeout* | *'name resolution'* | *'Name or service'* | *unreachable* | *'Read timed out'* | *ProxyError*)
		die 5 "no network, or pip can't reach its index" "connect (or set pip's index or proxy) and call again, or name a libtorch in LIBTORCH"
		;;
	*'No matching distribution'*)
		die 8 "pip's index has no wheel for this machine: $(sed -n 's/.*No matching distribution found for //p' <<<"$1")" "name a libtorch in LIBTORCH"
		;;
	*) die 1 "pip failed: ${1##*$'\n'}" "see python3 -m pip download --help, or name a libtorch in LIBTORCH" ;;
	esac
}

disk_full() { die 7 "the disk became full in $cache" "make room, or set XDG_CACHE_HOME to another folder"; }

unpack_wheel() {
	local said
	said=$(python3 - "$1" "$partial/unpacked" $kind 2>&1 <<'PYTHON'
import sys, zipfile
wheel, folder, kind = sys.argv[1:]
with zipfile.ZipFile(wheel) as z:
    for name in z.namelist():
        if name.startswith(("torch/lib/", "torch/include/", "torch.libs/", "nvidia/")):
            if kind == "cuda" or "/libtorch_cuda" not in name:
                z.extract(name, folder)
PYTHON
	) || unpacking_failed "$said"
}

unpacking_failed() { # unpacking_failed ERRORS
	case $1 in
	*'No space left'* | *'disk full'*) disk_full ;;
	*) die 1 "what was fetched is damaged or cut off: $(grep -m1 -i 'error\|signature\|bad' <<<"$1" | sed 's/^ *//')" "call again: it is fetched anew" ;;
	esac
}

from_zip() {
	if is_complete "$cache/libtorch/$wanted-zip"; then
		libtorch=$cache/libtorch/$wanted-zip/torch
		origin="the cache ($wanted-zip)"
		return 0
	fi
	command -v curl >/dev/null || die 4 "neither pip nor curl is here to fetch libtorch" "install one: sudo apt-get install python3-pip"
	[ -n "${AEPROBE_LIBTORCH_ZIP:-}" ] || [ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] ||
		die 4 "pip is missing" "install it, or give the address of a libtorch zip for this system in AEPROBE_LIBTORCH_ZIP"
	local start=$SECONDS status=0 said
	make_partial 1800
	say fetching "$zip (CPU)"
	said=$(curl -fL -sS --retry 2 --connect-timeout 20 -o "$partial/libtorch.zip" "$zip" 2>&1) || status=$?
	case $status in
	0) ;;
	23) disk_full ;;
	*) die 5 "${said##*$'\n'}" "connect and call again, or install python3-pip, or name a libtorch in LIBTORCH" ;;
	esac
	mkdir "$partial/unpacked"
	if command -v unzip >/dev/null; then
		said=$(unzip -q "$partial/libtorch.zip" -d "$partial/unpacked" </dev/null 2>&1) || unpacking_failed "$said"
	elif command -v python3 >/dev/null; then
		said=$(python3 -m zipfile -e "$partial/libtorch.zip" "$partial/unpacked" 2>&1) || unpacking_failed "$said"
	else
		die 4 "neither unzip nor python3 is here to unpack libtorch" "install one: sudo apt-get install unzip"
	fi
	mv "$partial/unpacked/libtorch" "$partial/unpacked/torch" 2>/dev/null ||
		die 8 "$zip holds no libtorch" "correct AEPROBE_LIBTORCH_ZIP"
	echo "$zip, hash not checked" >"$partial/unpacked/.complete"
	finish "$wanted-zip"
	origin="the official zip, whose hash we don't know: NOT CHECKED; $((SECONDS - start)) s"
}

### gotch

# adapted_folder LIBTORCH VERSION names the adapted copy of gotch: another
# libtorch, or another adaptation, is another folder.
adapted_folder() {
	local key file
	key=$({
		echo "$1"
		for file in "$root"/cmd/adaptgotch/*.go; do [[ $file == *_test.go ]] || cat "$file"; done
	} | cksum)
	printf '%s/gotch/%s-libtorch-%s-%08x\n' "$cache" "$gotch" "$2" "${key%% *}"
}

adapt_gotch() {
	adapted=$(adapted_folder "$libtorch" "$version")
	if [ -e "$adapted/adaptation.json" ]; then
		say gotch "$gotch, adapted already in $adapted"
		return
	fi
	local start=$SECONDS module said
	rm -rf "$cache"/gotch/.partial-* # of a killed call
	said=$(cd "$root" && GOWORK=off go mod download -json github.com/sugarme/gotch 2>&1) ||
		die 5 "can't get the Go module of gotch $gotch: $(sed -n 's/.*"Error": //p; s/^go: //p' <<<"$said" | head -1)" "connect (or set GOPROXY) and call again"
	module=$(sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p' <<<"$said")
	say adapting "gotch $gotch: asking the compiler what this libtorch lacks, half a minute"
	said=$(cd "$root" && GOWORK=off go run ./cmd/adaptgotch -gotch "$module" -gotch-version "$gotch" \
		-libtorch "$libtorch" -libtorch-version "$version" -compiler "$(go env CXX)" -to "$adapted" 2>&1) || case $said in
	*'o space left'*) disk_full ;;
	*) die 8 "$(head -1 <<<"$said")" "$(sed -n '2,$s/^  *//p' <<<"$said" | head -1)" ;;
	esac
	say gotch "$gotch, adapted in $((SECONDS - start)) s: $said; $adapted"
}

workspace() { # workspace CHECKOUT ADAPTED prints a go.work
	printf '// Code generated by install-libtorch.sh; DO NOT EDIT.\n\n'
	printf 'go %s\n\nuse "%s"\n\n' "$(sed -n 's/^go //p' "$root/go.mod")" "$1"
	printf 'replace github.com/sugarme/gotch => "%s"\n' "$2"
}

# compile_gotch fills Go's build cache, and fetches all modules that the tests
# need; only then is go.work written.
compile_gotch() {
	local start=$SECONDS said
	say compiling "gotch: two to three minutes, unless Go has it in its cache"
	workspace "$root" "$adapted" >"$cache/go.work"
	said=$(cd "$root" && GOWORK=$cache/go.work go mod download 2>&1) ||
		die 5 "can't get the Go modules: $(tail -1 <<<"$said")" "connect (or set GOPROXY) and call again"
	said=$(cd "$root" && GOWORK=$cache/go.work go build github.com/sugarme/gotch/nn 2>&1) || case $said in
	*'o space left'*) die 7 "the disk became full while gotch was compiled" "make room for Go's build cache, $(go env GOCACHE)" ;;
	*)
		echo "$said" >"$cache/log"
		die 8 "gotch doesn't compile: $(grep -m1 'error\|cannot\|Killed\|undefined' <<<"$said" || echo "${said%%$'\n'*}")" "the whole output is in $cache/log"
		;;
	esac
	say compiled "gotch in $((SECONDS - start)) s"
}

# put FROM TO replaces a file at once, and only where it differs.
put() {
	cmp -s "$1" "$2" || { cp "$1" "$2.new" && mv "$2.new" "$2"; } || die 7 "can't write $2" "make the checkout writable"
}

write_checkout() {
	workspace . "$adapted" >"$cache/go.work"
	put "$adapted/native_cgo_flags.go.txt" "$root/internal/torch/native/cgo_flags.go"
	put "$cache/go.work" "$root/go.work"
	rm -f "$root/internal/torch/cgo_flags.go" # of earlier versions
	local used
	used=$(cd "$root" && go env GOWORK)
	[ "$used" = "$root/go.work" ] || die 2 "Go uses the workspace '$used', not $root/go.work" "unset GOWORK (go env -u GOWORK)"
}

### CUDA graphs and streams

cuda_library() { echo "$adapted/libaeprobe_cuda.so"; }

# cuda_sources prints what that library is made from.
cuda_sources() { cat "$root"/internal/torch/native/{guard.h,aeprobe_cuda.h,cuda/aeprobe_cuda.cpp}; }

# cuda_headers prints the folder with CUDA's headers: beside libtorch, where
# wheels have them, or an installed toolkit's.
cuda_headers() {
	local folder
	for folder in "$libtorch"/../nvidia/{cu*,cuda_runtime}/include "${CUDA_HOME:-/usr/local/cuda}/include"; do
		if [ -e "$folder/cuda_runtime_api.h" ] && [ -e "$folder/crt/host_defines.h" ]; then
			echo "$folder"
			return
		fi
	done
	return 1
}

# cuda_is_built: it was tried with these sources, or can't be tried here.
cuda_is_built() {
	! has_cuda "$libtorch" || ! cuda_headers >/dev/null || cmp -s <(cuda_sources) "$(cuda_library).sources"
}

# build_cuda makes the library that a running program loads where there is a
# GPU. Without it trainings there work, but slowly: nothing that is missing ends
# the script.
build_cuda() {
	has_cuda "$libtorch" || return 0
	local start=$SECONDS headers flags compiler said
	rm -f "$(cuda_library)"
	if ! headers=$(cuda_headers); then
		say "left out" "CUDA graphs, so that a GPU trains slowly: there are no CUDA headers"
		say "" "install them (python3 -m pip install nvidia-cuda-crt, or a toolkit named in CUDA_HOME) and call again"
		return
	fi
	read -ra compiler <<<"$(go env CXX)"
	eval "flags=($(sed -n 's|^// #cgo CXXFLAGS: ||p' "$adapted/native_cgo_flags.go.txt"))"
	if said=$("${compiler[@]}" "${flags[@]}" -isystem "$headers" -shared -fPIC -fvisibility=hidden \
		"$root/internal/torch/native/cuda/aeprobe_cuda.cpp" -L"$libtorch/lib" -ltorch_cuda -lc10_cuda -ltorch_cpu -lc10 \
		-o "$(cuda_library).new" 2>&1); then
		mv "$(cuda_library).new" "$(cuda_library)"
		say built "CUDA graphs in $((SECONDS - start)) s, in $(cuda_library)"
	else
		echo "$said" >"$cache/log"
		say "left out" "CUDA graphs, so that a GPU trains slowly: $(grep -m1 'error' <<<"$said" || echo "${said%%$'\n'*}")"
		say "" "the compiler's whole output is in $cache/log"
	fi
	cuda_sources >"$(cuda_library).sources"
}

### putting it together

case $cache in
/*) ;;
*) die 2 "XDG_CACHE_HOME is '$XDG_CACHE_HOME', not an absolute path" "correct it, or unset it" ;;
esac

# is_set_up: this checkout builds with an adapted gotch whose libtorch is all
# there and not another than the environment asks for.
is_set_up() {
	[ -e "$root/go.work" ] || return 1
	adapted=$(sed -n 's/^replace github.com.sugarme.gotch => "\(.*\)"$/\1/p' "$root/go.work")
	[ -n "$adapted" ] && [ -e "$adapted/adaptation.json" ] || return 1
	cmp -s "$adapted/native_cgo_flags.go.txt" "$root/internal/torch/native/cgo_flags.go" || return 1
	libtorch=$(sed -n 's/^  "libtorch": "\(.*\)",$/\1/p' "$adapted/adaptation.json")
	version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$adapted/adaptation.json")
	[ "$adapted" = "$(adapted_folder "$libtorch" "$version")" ] || return 1
	[ "$(workspace . "$adapted")" = "$(cat "$root/go.work")" ] || return 1
	case $libtorch in
	"$cache"/libtorch/*) is_complete "${libtorch%/torch}" || return 1 ;;
	*) [ "$(version_of "$libtorch")" = "$version" ] || return 1 ;;
	esac
	[ -z "${LIBTORCH:-}" ] || [ "$(cd "$LIBTORCH" 2>/dev/null && pwd -P)" = "$libtorch" ] || return 1
	[ -z "${AEPROBE_LIBTORCH_VERSION:-}" ] || [ "$version" = "$wanted" ] || return 1
	[ "${AEPROBE_LIBTORCH_KIND:-}" != cuda ] || has_cuda "$libtorch" || return 1
	cuda_is_built
}

check() {
	if is_set_up; then
		say ready "libtorch $version in $libtorch, gotch $gotch in $adapted"
		exit 0
	fi
	choose_kind
	need_programs
	if from_environment || from_python || from_cache; then
		say found "libtorch $(version_of "$libtorch") in $libtorch, from $origin"
	else
		say missing "libtorch $wanted ($kind): would be fetched into $cache"
	fi
	say "to do" "call ./install-libtorch.sh"
	exit 3
}

# One call at a time works in the cache.
lock_cache() {
	mkdir -p "$cache" 2>/dev/null && : >>"$cache/lock" || die 7 "can't write to $cache" "make it writable, or set XDG_CACHE_HOME to another folder"
	command -v flock >/dev/null || return 0
	exec 9>>"$cache/lock"
	flock -n 9 || {
		say waiting "for another install-libtorch.sh"
		flock 9
	}
}

set_up() {
	if [ $again = no ] && is_set_up; then
		say ready "libtorch $version in $libtorch, gotch $gotch: all there"
		if [ -e /proc/driver/nvidia/version ] && ! has_cuda "$libtorch"; then
			say note "it has no CUDA, but there is an NVIDIA driver: --again looks for one that has"
		fi
		return
	fi
	choose_kind
	need_programs
	lock_cache
	partial=$cache/.partial
	trap 'rm -rf "$partial"' EXIT
	from_environment || from_python || from_cache || from_wheels || from_zip
	version=$(version_of "$libtorch")
	say libtorch "$version in $libtorch, from $origin"
	adapt_gotch
	build_cuda
	compile_gotch
	write_checkout
	say ready "go build ./... and go test ./... work now; $SECONDS s in all"
}

main() {
	again=no
	case ${1:-} in
	'') set_up ;;
	--again) again=yes set_up ;;
	--check) check ;;
	--help | -h) usage ;;
	*)
		usage >&2
		exit 2
		;;
	esac
}

# On one line, so that bash has read it all before a call that takes minutes:
# the file may change meanwhile.
main "$@"; exit
