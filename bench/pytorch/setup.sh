#!/usr/bin/env bash
# Prints the Python that the scripts beside this one can run with:
# $AEPROBE_PYTHON, or python3, where it has the PyTorch that requirements.txt
# names, or that of a virtual environment in the cache, which is made first.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
version=$(sed -n 's/^torch==//p' "$here/requirements.txt")
environment=${XDG_CACHE_HOME:-$HOME/.cache}/aeprobe/pytorch-$version

has_pytorch() {
	"$1" -c "import PIL, numpy, torch, torchvision, sys; sys.exit(torch.__version__.split('+')[0] != '$version')" 2>/dev/null
}

die() {
	printf 'bench/pytorch/setup.sh: %s\n  %s\n' "$1" "$2" >&2
	exit 1
}

if [ -n "${AEPROBE_PYTHON:-}" ]; then
	has_pytorch "$AEPROBE_PYTHON" || die "AEPROBE_PYTHON: $AEPROBE_PYTHON has no PyTorch $version with torchvision and Pillow" \
		"install bench/pytorch/requirements.txt there, or unset it"
	echo "$AEPROBE_PYTHON"
	exit
fi
for python in python3 "$environment/bin/python"; do
	if has_pytorch "$python"; then
		echo "$python"
		exit
	fi
done

echo "PyTorch $version goes to $environment (about 5 GB)" >&2
python3 -m venv "$environment" >&2 || die "there is no virtual environment" "install Python 3.11 or later with venv: sudo apt-get install python3-venv"
# expected.py is not run here: what it alone needs stays out.
sed '/expected\.py/,$d' "$here/requirements.txt" |
	"$environment/bin/python" -m pip install --disable-pip-version-check --quiet -r /dev/stdin >&2 ||
	die "pip failed" "see above; what is there already is kept"
has_pytorch "$environment/bin/python" || die "PyTorch cannot be imported from $environment" "remove that folder and call this again"
echo "$environment/bin/python"
