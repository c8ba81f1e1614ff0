# SPDX-License-Identifier: GPL-2.0-or-later
#
# make          builds the patched kernel, QEMU's machine and the programs
# make run      measures the hand-over of I/O page tables on an emulated machine and writes a report
# make check    runs every test
# make help     lists the rest
TARGET ?= qemu-vtd
WORKLOAD ?= default
DESIGNS ?=
ITERATIONS ?=
ARCH ?= x86_64
FLAVOUR ?= default
KERNEL ?=
JOBS ?= $(shell nproc)
export KERNEL JOBS

MAKEFLAGS += --no-print-directory
BENCH = $(MAKE) -j$(JOBS) -C bench

.PHONY: all run deps kernel bench asan micro check lint format baseline bench-detector bench-history fuzz install clean help
all:
	@scripts/main-job build '$(TARGET)' '$(WORKLOAD)' '' '' '$(FLAVOUR)'

run:
	@scripts/main-job run '$(TARGET)' '$(WORKLOAD)' '$(DESIGNS)' '$(ITERATIONS)' '$(FLAVOUR)'

deps:
	@scripts/install-deps

kernel:
	@scripts/install-deps $(filter arm64,$(ARCH))
	@scripts/build-kernel $(ARCH) $(FLAVOUR)

bench:
	@scripts/install-deps
	@$(BENCH) lubench $(if $(KERNEL_SRC),agent KERNEL_SRC=$(KERNEL_SRC))

asan:
	@scripts/install-deps check
	@$(BENCH) SAN=address,undefined all

micro:
	@scripts/main-job run micro micro '$(DESIGNS)' '$(ITERATIONS)' ''

check:
	@bench/tests/run-tests $(TESTS)

lint:
	@scripts/lint

format:
	@scripts/install-deps lint
	@clang-format -i $$(git ls-files -co --exclude-standard 'bench/*.[ch]')

baseline:
	@RECORD=1 bench/tests/run-tests e2e/baseline smmuv3/baseline

bench-detector:
	@scripts/install-deps $(if $(filter qemu-smmuv3,$(TARGET)),arm64)
	@bench/tests/bench-detector

bench-history:
	@scripts/install-deps
	@$(BENCH) lubench $(CURDIR)/build/libbench.a
	@bench/tests/bench-history $(NIGHTS)

fuzz:
	@scripts/install-deps lint
	@$(MAKE) -C bench/tests/fuzz run

install:
	@scripts/install-deps
	@$(BENCH) install KERNEL_SRC="$$(scripts/fetch-kernel)"

clean:
	rm -rf build

help:
	@sed -n 's/^#: \?//p' Makefile

#: make [TARGET=qemu-vtd|qemu-smmuv3|micro] [FLAVOUR=default]
#:                       installs what is missing, builds kernel and programs
#: make run [TARGET=qemu-vtd|qemu-smmuv3] [WORKLOAD=default] [DESIGNS=a,b] [ITERATIONS=n] [FLAVOUR=default]
#:                       the same, then measures and writes results/<run>/
#: make check            every test; ends with "N passed, N failed"; TESTS="unit e2e/smoke" picks some
#: make micro            the page-table algorithms alone, at native speed
#: make kernel           the patched kernel; ARCH=x86_64|arm64 FLAVOUR=default|debug|16k|64k|uml|kunit|icount; KERNEL=tree or tarball of Linux 7.3.y
#: make bench            lubench alone; with KERNEL_SRC=DIR lubench-agent too
#: make asan             lubench and its tests with AddressSanitizer and UBSan, in build/san-address-undefined
#: make lint             clang-format, clang-tidy, cppcheck, shellcheck, checkpatch --strict, sparse
#: make format           clang-format on every C file
#: make baseline         measures results/baseline/ again, which make check compares with
#: make bench-detector   how well regressions are found: false alarms and misses
#: make bench-history    how fast the history is over ten years of nights
#: make fuzz             libFuzzer on everything that reads a file; TIME=seconds for each
#: make install          PREFIX=/usr/local DESTDIR=
#: make deps, make clean
#:
#: Kernels, their objects and QEMU are kept in ${LUBENCH_CACHE:-~/.cache/lubench}, programs in build/.
