#!/usr/bin/env bash
# Prints the Python that the checks beside this one run with: that of a virtual
# environment in the cache, which is made first, with the packages of
# requirements.txt. PyTorch is taken from where bench/pytorch/setup.sh finds it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
pytorch=$("$here/../bench/pytorch/setup.sh")
packages=$("$pytorch" -c 'import pathlib, torch; print(pathlib.Path(torch.__file__).parent.parent)')
name=interop-$(printf '%s\n' "$packages" | cat - "$here/requirements.txt" | sha256sum | cut -c1-12)
environment=${XDG_CACHE_HOME:-$HOME/.cache}/aeprobe/$name

die() {
	printf 'interop/setup.sh: %s\n  %s\n' "$1" "$2" >&2
	exit 1
}

if [ ! -e "$environment/complete" ]; then
	echo "the packages of interop/requirements.txt go to $environment" >&2
	rm -rf "$environment"
	"$pytorch" -m venv "$environment" >&2 || die "there is no virtual environment" "install venv: sudo apt-get install python3-venv"
	own=$("$environment/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
	echo "$packages" >"$own/pytorch.pth"
	"$environment/bin/python" -m pip install --disable-pip-version-check --quiet -r "$here/requirements.txt" >&2 ||
		die "pip failed" "see above; call this again to try again"
	touch "$environment/complete"
fi
echo "$environment/bin/python"
