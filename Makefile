# The full 100 epochs where an NVIDIA driver is present, fewer elsewhere.
DEFINITION ?= $(if $(wildcard /proc/driver/nvidia/version),report,quick)

.DEFAULT_GOAL := help
.PHONY: help libtorch build test reproduce lint clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12
	@echo 'make reproduce takes DEFINITION=quick or report (here: $(DEFINITION)), or the path of a YAML file'

libtorch: ## find or install libtorch (./install-libtorch.sh --help)
	@./install-libtorch.sh

build: libtorch ## build bin/aeprobe
	go build -o bin/aeprobe ./cmd/aeprobe

# One OpenMP thread each: go test runs as many packages at once as there are
# cores, and OpenMP's threads spin when they are more than that.
test: libtorch ## vet, and run all tests
	go vet ./...
	OMP_NUM_THREADS=1 go test ./...

reproduce: build ## get CIFAR-10, train everything, print the table, draw the figures
	bin/aeprobe data
	bin/aeprobe run $(DEFINITION)

lint: libtorch ## gofmt, go vet, shell syntax
	@test -z "$$(gofmt -l .)" || { echo 'gofmt -w these:'; gofmt -l .; exit 1; }
	go vet ./...
	bash -n install-libtorch.sh
	bash -n .ci/run

clean: ## remove what was built here; the cache and runs/ stay
	rm -rf bin go.work go.work.sum torch/cgo_flags.go
