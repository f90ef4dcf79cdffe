#!/usr/bin/env bash
# Tries aeprobe on this machine's GPU: doctor, the tests that need a GPU, and the benchmark
# against the PyTorch that is here, whose libtorch it uses.
#
# The rule: what it needs is checked first, and said in words; what fails later does not keep
# the rest from running.
set -uo pipefail
usage='usage: ./gpu.sh [RESULTS.md]

Writes RESULTS.md (GPU.md here) and prints everything else. It needs an NVIDIA driver and
a python3 with PyTorch (with CUDA), torchvision and Pillow; name another in AEPROBE_PYTHON.
AEPROBE_DEVICE is the GPU, cuda:0. It takes up to 8 minutes and 1 GB in TMPDIR.

exit status
  0 all passed   1 something failed   2 wrong usage   3 something is missing here'
case ${1:-} in
-h | --help)
	echo "$usage"
	exit
	;;
-*)
	echo "$usage" >&2
	exit 2
	;;
esac
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
results=$(realpath -m "${1:-GPU.md}")
python=${AEPROBE_PYTHON:-python3}
device=${AEPROBE_DEVICE:-cuda:0}

# missing WHAT REMEDY
missing() {
	printf 'gpu.sh: %s\n  %s\n' "$1" "$2" >&2
	exit 3
}

[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || missing "this is $(uname -s) on $(uname -m)" "the programs in here are for Linux on x86-64"
[ -e "$here/payload.tar.xz" ] || missing "there is no payload.tar.xz beside gpu.sh" "copy the whole folder"
command -v "$python" >/dev/null || missing "there is no $python" "install Python 3 with PyTorch, or name one in AEPROBE_PYTHON"
mkdir -p "$(dirname "$results")" && [ -w "$(dirname "$results")" ] || missing "can't write to $(dirname "$results")" "name another file: ./gpu.sh RESULTS.md"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Caches go there, too.
export XDG_CACHE_HOME=$work/cache XDG_CONFIG_HOME=$work/config TORCHINDUCTOR_CACHE_DIR=$work/inductor TRITON_CACHE_DIR=$work/triton
said=$("$python" - "$here/payload.tar.xz" "$work" 2>&1 <<'PYTHON'
import sys, tarfile
with tarfile.open(sys.argv[1]) as payload:
    payload.extractall(sys.argv[2])
PYTHON
) || missing "payload.tar.xz can't be unpacked into $work: ${said##*$'\n'}" "make room (1 GB) or name another folder in TMPDIR; copy the file again if it is damaged"

wanted=$(cat "$work/libtorch-version")
torch=$("$python" - 2>/dev/null <<'PYTHON'
import importlib.util, os
spec = importlib.util.find_spec("torch")
print(os.path.dirname(spec.origin) if spec and spec.origin else "")
PYTHON
)
[ -n "$torch" ] || missing "$python has no PyTorch" "install torch==$wanted with CUDA, torchvision and Pillow, or name another Python in AEPROBE_PYTHON"
found=$(sed -n "s/^__version__ = '\([^']*\)'/\1/p" "$torch/version.py" 2>/dev/null)
[ "${found%%+*}" = "$wanted" ] || missing "PyTorch here is ${found:-of unknown version}, and these programs are built for $wanted" \
	"install torch==$wanted, or name another Python in AEPROBE_PYTHON"
[ -e "$torch/lib/libtorch_cuda.so" ] || missing "the PyTorch here, $found, has no CUDA" "install torch==$wanted with CUDA"
said=$("$python" -c 'import PIL, torchvision' 2>&1) || missing "$python lacks what the benchmark's scripts import: ${said##*$'\n'}" "install torchvision and Pillow"

has_driver() {
	[ -e /proc/driver/nvidia/version ] || [ -e /dev/nvidiactl ] || { ldconfig -p 2>/dev/null | grep -q 'libcuda\.so\.1'; }
}

# The programs' libraries come from that PyTorch.
export LD_LIBRARY_PATH=$torch/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
cp "$work/libaeprobe_cuda.so" "$work/experiments/" && cp "$work/libaeprobe_cuda.so" "$work/torch/"

failed=()
step() { # step NAME SECONDS COMMAND...
	local name=$1 limit=$2 start=$SECONDS status=0
	shift 2
	echo "=== $name"
	timeout --kill-after=10 "$limit" "$@" || status=$?
	[ $status = 0 ] || failed+=("$name (exit status $status)")
	[ $status != 124 ] && [ $status != 137 ] || echo "=== $name was stopped after $limit s"
	echo "=== $name: $((SECONDS - start)) s"
}

# gpu_tests FOLDER PROGRAM: a test that found no GPU has tested nothing.
gpu_tests() {
	cd "$1" && "./$2" -test.run '^TestGPU' -test.v >log 2>&1
	local status=$?
	cat log
	[ $status = 0 ] && grep -q '^--- PASS' log && ! grep -q '^ *--- SKIP' log
}
export -f gpu_tests

nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv 2>/dev/null
step doctor 40 "$work/aeprobe" doctor
has_driver || missing "there is no NVIDIA driver here" "install one; nothing but doctor was run"
step 'tests of streams and graphs' 40 bash -c 'gpu_tests "$@"' - "$work/torch" torch.test
step 'tests of trainings' 80 bash -c 'gpu_tests "$@"' - "$work/experiments" experiments.test

# The files are as long as the data set's. Past the packed images they are zeros, which no
# training uses.
mkdir "$work/cifar-10-batches-bin"
for part in data_batch_{1..5} test_batch; do truncate -s 30730000 "$work/cifar-10-batches-bin/$part.bin"; done
dd if="$work/images/train" of="$work/cifar-10-batches-bin/data_batch_1.bin" conv=notrunc status=none
dd if="$work/images/test" of="$work/cifar-10-batches-bin/test_batch.bin" conv=notrunc status=none
step benchmark 330 "$work/aeprobe" bench --device "$device" --peer "$(command -v "$python")" --data "$work/cifar-10-batches-bin" \
	--images 8192 --rounds 1 --out "$results"
[ ! -e "$results" ] || { cat "$results" && echo "=== results in $results"; }
if [ ${#failed[@]} -gt 0 ]; then
	printf 'gpu.sh: failed: %s\n' "${failed[@]}" >&2
	exit 1
fi
echo "=== all passed, $SECONDS s"
