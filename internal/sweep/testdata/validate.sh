#!/usr/bin/env bash
# Holds the golden manifests against published schemas: Kubernetes' own, which
# kubernetes-validate 1.37.0 brings, and the task schema of skypilot 0.14.1. In a
# virtual environment: pip install kubernetes-validate==1.37.0 jsonschema pyyaml,
# and pip install --no-deps skypilot==0.14.1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
for device in cpu cuda; do
	kubernetes-validate --strict "kubernetes-$device.txt"
	python3 skypilot_schema.py "skypilot-$device.txt"
done
