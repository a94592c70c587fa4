# Thin: the work is in CMakePresets.json and scripts/.
PRESET ?= release
BUILD := $(if $(filter release,$(PRESET)),build,build-$(PRESET))
JOBS ?= $(shell nproc)
export KINEMYO_DATA ?= $(CURDIR)/build/data

.PHONY: build test demo bench gaps accuracy install asan tsan fuzz format clean

build:
	scripts/install.sh build
	cmake --preset $(PRESET) -DKINEMYO_TESTS=OFF
	cmake --build $(BUILD) -j $(JOBS)

demo: build
	scripts/demo.sh $(BUILD)/kinemyo demo

test:
	scripts/install.sh test
	scripts/unpack_recordings.sh build/data
	cmake --preset $(PRESET) -DKINEMYO_TESTS=ON
	cmake --build $(BUILD) -j $(JOBS)
	ctest --test-dir $(BUILD) -j $(JOBS) --output-on-failure

# Ours beside the peers and the machine's peak: docs/benchmarks.md. ONLY=sync,envelope picks.
bench:
	scripts/install.sh bench
	cmake --preset $(PRESET) -DKINEMYO_BENCH=ON
	cmake --build $(BUILD) -j $(JOBS)
	bench/run.py $(BUILD) $(if $(ONLY),--only "$(ONLY)")

# The table of docs/gaps.md: gaps cut into the recordings (TRC) of a folder, filled, beside a spline.
RECORDINGS ?= $(KINEMYO_DATA)/opencap_expert1
gaps:
	scripts/install.sh build
	cmake --preset $(PRESET) -DKINEMYO_BENCH=ON
	cmake --build $(BUILD) -j $(JOBS) --target bench_gaps
	$(BUILD)/bench_gaps $(RECORDINGS)

# How near angles and markers come to the truth, person by person: docs/accuracy.md. Resumable; ONLY=ik,faults picks.
accuracy:
	scripts/install.sh bench
	scripts/unpack_recordings.sh build/data
	cmake --preset $(PRESET) -DKINEMYO_BENCH=ON
	cmake --build $(BUILD) -j $(JOBS) --target bench_accuracy bench_learned
	bench/accuracy.py $(BUILD) $(if $(ONLY),--only "$(ONLY)")

install: build
	cmake --install $(BUILD)

asan tsan:
	scripts/install.sh test
	scripts/unpack_recordings.sh build/data
	cmake --preset $@
	cmake --build build-$@ -j $(JOBS)
	ctest --test-dir build-$@ -j $(JOBS) --output-on-failure

fuzz:
	cmake --preset fuzz
	cmake --build build-fuzz -j $(JOBS) --target fuzz/all
	fuzz/run.sh build-fuzz $(SECONDS_EACH)

format:
	git ls-files '*.cc' '*.h' | xargs clang-format -i

clean:
	rm -rf build build-*
