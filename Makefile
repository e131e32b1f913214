# Short names for what people do; CMakePresets.json says how it is built.
PREFIX ?= /usr/local
DESTDIR ?=
jobs := $(shell nproc)
song := examples/minuet

.PHONY: all release run test soak check bench install clean

all: release

release:
	@cmake --preset release >/dev/null
	@cmake --build --preset release

# Hears the bundled recording, writes it down and shows how the score begins.
run:
	@tools/install-packages
	@$(MAKE) --no-print-directory release
	@mkdir -p out
	build/release/neume transcribe $(song).flac $(foreach format,abc musicxml pdf png mid csv,-o out/minuet.$(format))
	build/release/neume convert out/minuet.csv out/minuet-roll.svg --roll
	@echo "wrote $(foreach format,abc musicxml pdf png mid csv,out/minuet.$(format)) out/minuet-roll.svg; the score begins"
	@head -n 22 out/minuet.abc

test:
	@tools/install-packages
	@cmake --preset dev >/dev/null
	@cmake --build --preset dev
	@ctest --preset dev -j $(jobs) -LE bench

# Fuzzing and long recordings: an hour or so.
soak:
	@tools/install-packages clang-14
	@tools/soak

check:
	@tools/check

bench: release
	@build/release/bench/bench_hear models/neume-hear-2.gguf
	@build/release/bench/bench_abc fuzz/corpus/abc/*.abc
	@build/release/bench/bench_lm
	@build/release/bench/bench_lm_engine
	@! command -v python3 >/dev/null || python3 bench/peer_torch.py

install: release
	@cmake --preset release -DCMAKE_INSTALL_PREFIX=$(PREFIX) >/dev/null
	@cmake --build --preset release
	DESTDIR=$(DESTDIR) cmake --install build/release

clean:
	rm -rf build out
