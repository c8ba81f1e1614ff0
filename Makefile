# SPDX-License-Identifier: GPL-2.0-or-later
#
# make          measures the hand-over of I/O page tables on an emulated machine and writes a report
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
all: run

run:
	@scripts/main-job '$(TARGET)' '$(WORKLOAD)' '$(DESIGNS)' '$(ITERATIONS)'

deps:
	@scripts/install-deps

kernel:
	@scripts/install-deps $(filter arm64,$(ARCH))
	@scripts/build-kernel $(ARCH) $(FLAVOUR)

bench:
	@$(BENCH) all $(if $(KERNEL_SRC),agent KERNEL_SRC=$(KERNEL_SRC))

asan:
	@$(BENCH) SAN=address,undefined all

micro:
	@scripts/main-job micro micro '$(DESIGNS)' '$(ITERATIONS)'

check:
	@bench/tests/run-tests $(TESTS)

lint:
	@scripts/lint

format:
	@clang-format -i $$(git ls-files -co --exclude-standard 'bench/*.[ch]')

baseline:
	@RECORD=1 bench/tests/run-tests e2e/baseline smmuv3/baseline

bench-detector:
	@$(BENCH) all
	@bench/tests/bench-detector

bench-history:
	@$(BENCH) all
	@bench/tests/bench-history $(NIGHTS)

fuzz:
	@$(MAKE) -C bench/tests/fuzz run

install:
	@$(BENCH) install KERNEL_SRC="$$(scripts/fetch-kernel)"

clean:
	rm -rf build

help:
	@sed -n 's/^#: \?//p' Makefile

#: make [TARGET=qemu-vtd|qemu-smmuv3] [WORKLOAD=default] [DESIGNS=a,b] [ITERATIONS=n]
#:                       installs what is missing, builds kernel and programs, measures, writes results/<run>/
#: make check            every test; ends with "N passed, N failed"; TESTS="unit e2e/smoke" picks some
#: make micro            the page-table algorithms alone, at native speed
#: make kernel           the patched kernel; ARCH=x86_64|arm64 FLAVOUR=default|debug|uml|kunit|icount; KERNEL=tree or tarball of Linux 7.3.y
#: make bench            lubench and its unit tests; with KERNEL_SRC=DIR lubench-agent too
#: make asan             the same with AddressSanitizer and UBSan, in build/san-address-undefined
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
