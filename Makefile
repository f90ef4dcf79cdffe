# The full 100 epochs where an NVIDIA driver is present, fewer elsewhere.
DEFINITION ?= $(if $(wildcard /proc/driver/nvidia/version),report,quick)

# FULL=1 measures with all images, and memory over many steps: about an hour.
BENCH ?= $(if $(FULL),--images 50000 --flat 100000)

# How long, how often and where the targets below try to break it.
KILLS ?= 100
TORTURED ?= smoke
SEED ?= $(shell date +%s)
DURATION ?= 1h
FUZZTIME ?= 1m

# What make dist calls what it packs.
DIST = aeprobe-$(shell git describe --tags --always)-linux-x86_64

.DEFAULT_GOAL := help
.PHONY: help libtorch build test test-interop reproduce dist gpu-pack bench torture preempt soak race fuzz memcheck lint clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14
	@echo 'make reproduce takes DEFINITION=quick or report (here: $(DEFINITION)), or the path of a YAML file'
	@echo 'make bench takes FULL=1, or BENCH="flags of aeprobe bench"'
	@echo 'torture and preempt take KILLS, SEED and TORTURED (smoke, or testdata/every-kind.yaml), soak DURATION (1h), fuzz FUZZTIME for each target (1m)'
	@echo 'What they promise, and how they last went, is in RELIABILITY.md.'

libtorch: ## find or install libtorch (./install-libtorch.sh --help)
	@./install-libtorch.sh

build: libtorch ## build bin/aeprobe
	go build -o bin/aeprobe ./cmd/aeprobe

# One OpenMP thread each: go test runs as many packages at once as there are
# cores, and OpenMP's threads spin when they are more than that.
#
# Tests of the kernels, and those that compare with PyTorch, run themselves once
# more under each ATEN_CPU_CAPABILITY that the processor has.
test: libtorch ## vet, and run all tests
	go vet ./...
	OMP_NUM_THREADS=1 go test ./...

# Makes a virtual environment with the real packages (interop/README.md), and takes
# some minutes. AEPROBE_PYTHON names a Python that has PyTorch already.
test-interop: build ## hold exports and imports against PyTorch, onnxruntime, TensorBoard, pandas
	python=$$(interop/setup.sh) && "$$python" interop/check.py bin/aeprobe

reproduce: build ## get CIFAR-10, train everything, print the table, draw the figures
	bin/aeprobe run $(DEFINITION)

# The other machine needs a PyTorch of the same version, for its libtorch and to compare with.
gpu-pack: build ## pack what tries aeprobe on a GPU elsewhere: dist/gpu, with CIFAR10_DIR's images
	bench/gpu/pack.sh dist/gpu

# A static launcher finds libtorch: the archive's own, or with an NVIDIA driver that of a
# PyTorch of the same version. What is packed runs on Debian 12, Ubuntu 22.04 and later.
dist: build ## pack bin/aeprobe with libtorch's CPU libraries: dist/*.tar.gz
	go build -ldflags '-s -w' -o bin/dist/aeprobe ./cmd/aeprobe
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$$(bin/aeprobe version | sed -n 's/^libtorch *//p')" -o bin/dist/launcher ./cmd/launch
	go run ./cmd/mkdist -program bin/dist/aeprobe -launcher bin/dist/launcher -out dist -name $(DIST) \
		-libtorch "$$(go list -f '{{join .CgoLDFLAGS "\n"}}' ./internal/torch/native | sed -n 's|^-L\(.*\)/lib$$|\1|p')" LICENSE README.md CHANGELOG.md CITATION.cff

bench: build ## measure against PyTorch here, write bench/RESULTS.md
	python=$$(bench/pytorch/setup.sh) && bin/aeprobe bench --device cpu $(BENCH) --peer "$$python" --out bench/RESULTS.md

TORTURE = go test ./cmd/aeprobe -run '^TestTorture$$' -count=1 -v -timeout 0 -artifacts -outputdir '$(CURDIR)/bin' \
	-args -torture.program='$(CURDIR)/bin/aeprobe' -torture.definition=$(TORTURED) -torture.threads=2 -torture.kills=$(KILLS) -torture.seed=$(SEED)

# Prints the seed, a line per report, where the kills fell and what was
# compared. Where something differs, both folders stay in bin/_artifacts.
torture: build ## kill reports KILLS times (100, some minutes), go on, compare every bit
	$(TORTURE)

# The same with SIGTERM and 10,000 images; prints the longest time it took to end.
preempt: KILLS = 20
preempt: build ## the same with SIGTERM, which may take 5 s
	$(TORTURE) -torture.term -torture.images=10240

# Prints a line per report: what is left of tensors, goroutines, threads, open
# files and memory.
soak: libtorch ## reports in one process for DURATION: nothing may pile up
	go test ./experiments -run '^TestSoak$$' -count=1 -v -timeout 0 -args -soak=$(DURATION)

# Compiles gotch's wrappers once more, which takes minutes.
race: libtorch ## all tests under Go's race detector
	OMP_NUM_THREADS=1 go test -race -timeout 60m ./...

# Prints for each target how many inputs were tried. One that fails is kept in
# the package's testdata/fuzz, and go test tries it from then on. At its time's
# end Go may call a run failed that is only over, which grep tells.
fuzz: SHELL = /bin/bash
fuzz: libtorch ## fuzz every parser of files, FUZZTIME each
	@mkdir -p bin; set -e -o pipefail; \
	grep -rho --include=*_test.go '^func Fuzz[A-Za-z0-9]*' --with-filename . | sed 's/func //' | \
	while IFS=: read -r file target; do \
		echo "=== $$(dirname "$$file") $$target"; \
		OMP_NUM_THREADS=1 go test "$$(dirname "$$file")" -run '^$$' -fuzz "^$$target\$$" \
			-fuzztime $(FUZZTIME) -fuzzminimizetime 10x -parallel 1 2>&1 | tee bin/fuzz.log || \
		{ grep -q '^ *context deadline exceeded' bin/fuzz.log && ! grep -q 'Failing input' bin/fuzz.log; } || exit 1; \
	done

# First the kernels alone, with vectors of every width, then everything under each
# form that the processor has. Prints how many checks were made, or what a
# sanitizer found.
memcheck: libtorch ## our C++ under AddressSanitizer
	@mkdir -p bin
	for lanes in 4 8 16; do \
		$(CXX) -std=c++17 -O1 -g1 -Wno-psabi -march=native -fsanitize=address -DLANES=$$lanes -Iinternal/torch/native \
			internal/torch/native/testdata/kernels.cpp -o bin/kernels && bin/kernels || exit 1; \
	done
	$(CXX) $$(go list -f '{{join .CgoCXXFLAGS " "}}' ./internal/torch/native) -O1 -g1 -fno-omit-frame-pointer \
		-fsanitize=address,undefined -fno-sanitize-recover=all -Iinternal/torch/native internal/torch/native/*.cpp internal/torch/native/testdata/memcheck.cpp \
		-o bin/memcheck $$(go list -f '{{join .CgoLDFLAGS " "}}' ./internal/torch/native)
	for form in default avx2 avx512; do ATEN_CPU_CAPABILITY=$$form bin/memcheck || exit 1; done
	$(CXX) -std=c++17 -O1 -g1 -pthread -Wno-psabi -Wno-maybe-uninitialized -fsanitize=address,undefined -fno-sanitize-recover=all \
		-Iinternal/plan internal/plan/*.cpp internal/plan/testdata/check.cpp -o bin/check && bin/check
	go test -asan -count=1 ./internal/plan

lint: libtorch ## gofmt, go vet, shell syntax
	@test -z "$$(gofmt -l .)" || { echo 'gofmt -w these:'; gofmt -l .; exit 1; }
	go vet ./...
	for script in install-libtorch.sh .ci/run .ci/tour bench/pytorch/setup.sh bench/gpu/pack.sh bench/gpu/gpu.sh interop/setup.sh \
		cmd/aeprobe/testdata/slurm.sh internal/sweep/testdata/validate.sh; do bash -n $$script || exit 1; done

clean: ## remove what was built here; the cache and runs/ stay
	rm -rf bin dist go.work go.work.sum internal/torch/native/cgo_flags.go
