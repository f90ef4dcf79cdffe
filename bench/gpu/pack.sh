#!/usr/bin/env bash
# Packs what it takes to try aeprobe on a GPU elsewhere: the program, its library of CUDA
# graphs, the tests that need a GPU, 10,000 images and gpu.sh, which runs them there.
# The other machine needs none of Go, a compiler for them, a data set or a network.
set -euo pipefail
usage='usage: CIFAR10_DIR=FOLDER bench/gpu/pack.sh OUT_FOLDER

FOLDER has the binary layout of CIFAR-10, cifar-10-batches-bin.'
[ $# = 1 ] || {
	echo "$usage" >&2
	exit 2
}
out=$1
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

die() {
	printf 'pack.sh: %s\n  %s\n' "$1" "$2" >&2
	exit 1
}

# What is trained and tested on. The rest of the set stays here, for size.
train=8192 test=1808
record=3073 # bytes of an image and its label

images=${CIFAR10_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/aeprobe/data/cifar-10-batches-bin}
[ -e "$images/data_batch_1.bin" ] && [ -e "$images/test_batch.bin" ] ||
	die "there are no CIFAR-10 images in $images" "name the folder of the binary layout in CIFAR10_DIR"

flags() { go list -f "{{join .$1 \"\n\"}}" ./internal/torch/native; }
libtorch=$(flags CgoLDFLAGS | sed -n 's|^-L\(.*\)/lib$|\1|p')
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$(sed -n 's/^const GotchFolder = "\(.*\)"$/\1/p' internal/torch/native/cgo_flags.go)/adaptation.json")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# headers prints a folder with CUDA's headers: those beside libtorch, or the wheels'
# that install-libtorch.sh knows the hashes of, fetched.
headers() {
	local folder
	for folder in "$libtorch"/../nvidia/{cu*,cuda_runtime}/include "${CUDA_HOME:-/usr/local/cuda}/include"; do
		if [ -e "$folder/cuda_runtime_api.h" ] && [ -e "$folder/crt/host_defines.h" ]; then
			echo "$folder"
			return
		fi
	done
	local pinned=internal/libtorch/$version-cuda.txt
	[ -e "$pinned" ] || die "there are no CUDA headers for libtorch $version" "name a CUDA toolkit in CUDA_HOME"
	awk '/^nvidia-cuda-(runtime|crt)==/ {keep = 1} keep {print} !/\\$/ {keep = 0}' "$pinned" >"$work/headers.txt"
	python3 -m pip download -q --disable-pip-version-check --require-hashes --no-deps --only-binary=:all: --python-version 3.12 \
		--platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 --dest "$work/wheels" --requirement "$work/headers.txt" >&2 ||
		die "CUDA's headers can't be fetched" "connect, or name a CUDA toolkit in CUDA_HOME"
	local wheel
	for wheel in "$work"/wheels/*.whl; do python3 -m zipfile -e "$wheel" "$work/cuda"; done
	echo "$work"/cuda/nvidia/cu*/include
}

payload=$work/payload
mkdir -p "$payload/images" "$payload/experiments/testdata" "$payload/torch"
go build -ldflags '-s -w' -o "$payload/aeprobe" ./cmd/aeprobe
go test -c -ldflags '-s -w' -o "$payload/experiments/experiments.test" ./experiments
go test -c -ldflags '-s -w' -o "$payload/torch/torch.test" ./internal/torch
cp -r experiments/testdata/pytorch "$payload/experiments/testdata/"

# Linked without libtorch_cuda.so: the program loads that first.
mapfile -t compile < <(flags CgoCXXFLAGS)
include=$(headers)
read -ra compiler <<<"$(go env CXX)"
"${compiler[@]}" "${compile[@]}" -isystem "$include" -shared -fPIC -fvisibility=hidden internal/torch/native/cuda/aeprobe_cuda.cpp \
	-o "$payload/libaeprobe_cuda.so"

head -c $((train * record)) "$images/data_batch_1.bin" >"$payload/images/train"
head -c $((test * record)) "$images/test_batch.bin" >"$payload/images/test"
echo "$version" >"$payload/libtorch-version"

# A dictionary as long as all programs together: most of what they hold is the same.
rm -rf "$out"
mkdir -p "$out"
tar -C "$payload" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf "$work/payload.tar" .
python3 - "$work/payload.tar" "$out/payload.tar.xz" <<'PYTHON'
import lzma, shutil, sys
filters = [{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 192 << 20}]
with open(sys.argv[1], "rb") as tar, lzma.open(sys.argv[2], "wb", filters=filters) as packed:
    shutil.copyfileobj(tar, packed, 1 << 20)
PYTHON
cp bench/gpu/gpu.sh LICENSE "$out/"
echo "$out: $(($(du -sb "$out" | cut -f1) / 1000000)) MB; run gpu.sh in it on a machine with a GPU"
