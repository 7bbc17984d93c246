# Two commands do everything on a fresh Debian machine with make, cc and a Rust toolchain:
#   make demo   builds the fictive territory and serves it
#   make test   runs every check, with the real clients it needs

.PHONY: demo build test test-long lint unit portal portal-check clients bench clean

SEUIL = target/release/seuil
DIR ?= demo
PORT ?= 3000

demo: build
	$(SEUIL) demo --dir $(DIR) --port $(PORT)

build:
	cargo build --release --locked

# Packages are fetched while lints are compiled.
test:
	$(MAKE) --jobs=2 clients lint portal-check
	$(MAKE) unit

# Longer suites: every group under the threshold of every system of Val-d'Oise, by another solver; the guide's
# recipe for R, which is installed for it.
test-long:
	.ci/r
	SEUIL_LONG=1 cargo test --release --locked --package protect another_solver -- --nocapture
	SEUIL_LONG=1 cargo test --release --locked --package seuil --test it recipe_for_r -- --nocapture

# Formatting, lints, the server without any code that reads microdata, and documentation without a warning.
lint:
	cargo fmt --all --check
	cargo clippy --release --locked --workspace --all-targets -- -D warnings
	cargo clippy --release --locked --package seuil --no-default-features --lib --bins -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --release --locked --workspace --no-deps

# One test more than there are cores: many wait for a browser or for a client that is slow on purpose.
THREADS ?= $(shell expr $$(nproc) + 1)

# Unit, property and integration tests. QGIS, GDAL and Chromium are driven from here.
# At the end, a line for each test that this machine or checkout did not let run.
unit:
	@rm -f target/skipped
	SEUIL_SKIPPED=$(CURDIR)/target/skipped RUST_TEST_THREADS=$(THREADS) cargo test --release --locked --workspace
	@[ ! -s target/skipped ] || sort -u target/skipped

# The portal's own tests, and proof that web/dist is what its sources build.
portal-check:
	.ci/portal --check

# Builds the portal into web/dist, which is committed: cargo alone needs no node.
portal:
	.ci/portal

# Installs the Debian packages of the clients that the tests drive.
clients:
	.ci/clients

bench: build
	benches/record run

clean:
	cargo clean
	rm -rf web/node_modules
