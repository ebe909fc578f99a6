# SPDX-License-Identifier: GPL-2.0-only
# ntpguard. `make help` lists the targets.

VERSION := 0.1.0

# Paths, once for everything (build/paths.h).
BPFFS ?= /sys/fs/bpf
POLICY_FILE ?= /etc/ntpguard/ntpguard.policy
STATE_FILE ?= /var/lib/ntpguard/state
HOURS_FILE ?= /var/lib/ntpguard/hours
CONFIG_FILE ?= /etc/ntpguard/ntpguardd.conf
RUN_DIR ?= /run/ntpguard

CLANG ?= clang
CC := gcc
CFLAGS ?= -O2 -g
B := build

# Says what is built; V=1 shows the commands.
ifndef V
.SILENT:
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

# ---- what must be installed ----

PACKAGES_BUILD := clang llvm gcc libc6-dev libbpf-dev libxdp-dev libelf-dev zlib1g-dev libjansson-dev \
	libsmartcols-dev libmnl-dev libpcap-dev libmicrohttpd-dev libcap-ng-dev libseccomp-dev linux-libc-dev pkg-config
PACKAGES_TEST := bats bats-assert bats-support libcmocka-dev iproute2 iputils-ping tcpdump nmap jq python3-scapy \
	groff man-db mandoc bsdextrautils procps util-linux nftables iptables curl ethtool shellcheck cppcheck clang-format libclang-rt-14-dev python3 openssl

missing = $(shell dpkg-query -W -f '$${db:Status-Abbrev} $${Package}\n' $(1) 2>/dev/null \
	| awk -v want="$(1)" '$$1 == "ii" { have[$$2] = 1 } \
		END { n = split(want, w, " "); for (i = 1; i <= n; i++) if (!have[w[i]]) printf "%s ", w[i] }')

# Installs only what is missing; touches the network only then.
define install
	@want="$(strip $(call missing,$(1)))"; \
	if [ -n "$$want" ]; then \
		echo "installing: $$want"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -q && apt-get install -q -y --no-install-recommends $$want; \
	fi
endef

deps: ## install what building needs (Debian packages, only what is missing)
	$(call install,$(PACKAGES_BUILD))
deps-test: ## install what the tests need
	$(call install,$(PACKAGES_BUILD) $(PACKAGES_TEST))

# ---- building ----

REPRODUCIBLE := -ffile-prefix-map=$(CURDIR)=.
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Wvla -Wstrict-prototypes -Werror
CFLAGS_ALL := -std=gnu11 -D_GNU_SOURCE $(WARNINGS) $(REPRODUCIBLE) -MMD -MP -I$(B) $(CFLAGS)
MULTIARCH = $(shell $(CC) -print-multiarch 2>/dev/null)
# Sign conversions say nothing where all is unsigned by the wire's nature; other narrowings do.
BPF_CFLAGS = -target bpf -mcpu=v3 -O2 -g $(WARNINGS) -Wno-sign-conversion $(REPRODUCIBLE) -MMD -MP -Ibpf \
	-isystem /usr/include/$(MULTIARCH)

BPF_OBJECTS := $(B)/bpf/ntpguard_xdp.bpf.o $(B)/bpf/ntpguard_tc.bpf.o
LOADER := $(patsubst %.c,$(B)/%.o,$(wildcard loader/*.c)) $(B)/loader/object.o
POLICY := $(patsubst %.c,$(B)/%.o,$(wildcard userspace/policy/*.c))
COMMAND := $(patsubst %.c,$(B)/%.o,$(wildcard userspace/*.c userspace/doctor/*.c userspace/evidence/*.c)) $(B)/userspace/script.o $(B)/builtin.o
DAEMON := $(patsubst %.c,$(B)/%.o,$(wildcard userspace/ntpguardd/*.c))
POLICIES := $(sort $(wildcard policies/*.policy))
LIBS := -lxdp -lbpf -lelf -lz -lmnl -lpcap -ljansson -lsmartcols

LIBS_DAEMON := -lmicrohttpd -lcap-ng -lseccomp -lm

MAN_PAGES := $(patsubst userspace/man/%,$(B)/man/%,$(wildcard userspace/man/*.[58]))

all: $(B)/ntpguard $(B)/ntpguardd $(MAN_PAGES) ## build the command, the daemon and their manual pages

$(B)/ntpguard: $(COMMAND) $(B)/libngpolicy.a $(B)/libngload.a
	echo "  $@"
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)
# What the command is made of serves the daemon too.
$(B)/ntpguardd: $(DAEMON) $(filter-out $(B)/userspace/ntpguard.o,$(COMMAND)) $(B)/libngpolicy.a $(B)/libngload.a
	echo "  $@"
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS) $(LIBS_DAEMON)
# The tables in the manual pages are the programs' own.
$(B)/man/pages: userspace/man/pages.c $(filter-out $(B)/userspace/ntpguard.o,$(COMMAND)) $(B)/libngpolicy.a $(B)/libngload.a
	mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -Ibpf -Iloader -Iuserspace/policy -Iuserspace -MF $@.d $(LDFLAGS) -o $@ $^ $(LIBS)
$(B)/man/%: userspace/man/% $(B)/man/pages
	echo "  $@"
	$(B)/man/pages <$< >$@
$(B)/libngload.a: $(LOADER)
	rm -f $@ && ar rcsD $@ $^
$(B)/libngpolicy.a: $(POLICY)
	rm -f $@ && ar rcsD $@ $^

$(B)/bpf/%.bpf.o: bpf/%.bpf.c
	mkdir -p $(@D)
	echo "  $@"
	$(CLANG) $(BPF_CFLAGS) -c $< -o $@
$(B)/loader/%.o: loader/%.c $(B)/version.h
	mkdir -p $(@D)
	echo "  $@"
	$(CC) $(CFLAGS_ALL) -Ibpf -Iloader -c $< -o $@
$(B)/loader/object.o: loader/object.S $(BPF_OBJECTS)
	$(CC) -DNG_OBJECT_XDP=$(word 1,$(BPF_OBJECTS)) -DNG_OBJECT_TC=$(word 2,$(BPF_OBJECTS)) -c $< -o $@
$(B)/userspace/policy/%.o: userspace/policy/%.c
	mkdir -p $(@D)
	echo "  $@"
	$(CC) $(CFLAGS_ALL) -Ibpf -Iuserspace/policy -c $< -o $@
$(B)/userspace/ntpguardd/%.o: userspace/ntpguardd/%.c $(B)/version.h $(B)/paths.h
	mkdir -p $(@D)
	echo "  $@"
	$(CC) $(CFLAGS_ALL) -Ibpf -Iloader -Iuserspace/policy -Iuserspace -c $< -o $@
$(B)/userspace/%.o: userspace/%.c $(B)/version.h $(B)/paths.h
	mkdir -p $(@D)
	echo "  $@"
	$(CC) $(CFLAGS_ALL) -Ibpf -Iloader -Iuserspace/policy -Iuserspace -c $< -o $@
$(B)/builtin.o: $(B)/builtin.S
	$(CC) -c $< -o $@

$(B)/userspace/script.o: userspace/script.S userspace/completion.bash userspace/completion.zsh
	@mkdir -p $(@D)
	$(CC) -c $< -o $@

# policies/ inside the command: name, text, end of text.
$(B)/builtin.S: $(POLICIES) Makefile
	@mkdir -p $(@D)
	@{ for p in $(POLICIES); do n=$$(basename $$p .policy | tr - _); \
		printf '.section .rodata\nname_%s: .asciz "%s"\ndata_%s: .incbin "%s"\nend_%s: .byte 0\n' \
			$$n "$$(basename $$p .policy)" $$n "$$p" $$n; done; \
	printf '.section .data.rel.ro,"aw"\n.balign 8\n.global ng_builtin_policies\nng_builtin_policies:\n'; \
	for p in $(POLICIES); do n=$$(basename $$p .policy | tr - _); printf '.quad name_%s, data_%s, end_%s\n' $$n $$n $$n; done; \
	printf '.quad 0, 0, 0\n.section .note.GNU-stack,"",%%progbits\n'; } > $@

$(B)/version.h: Makefile
	@mkdir -p $(@D)
	@echo '#define NG_VERSION "$(VERSION)"' > $@
$(B)/paths.h: Makefile
	@mkdir -p $(@D)
	@printf '#define NG_%s "%s"\n' BPFFS '$(BPFFS)' POLICY_FILE '$(POLICY_FILE)' STATE_FILE '$(STATE_FILE)' \
		HOURS_FILE '$(HOURS_FILE)' 		CONFIG_FILE '$(CONFIG_FILE)' RUN_DIR '$(RUN_DIR)' > $@

# ---- tests: programs that are more than a script ----

TEST_CFLAGS := -Ibpf -Iloader -Iuserspace/policy -Itests/packets
TEST_LIBS := $(B)/libngload.a $(B)/libngpolicy.a -lxdp -lbpf -lelf -lz -lmnl -ljansson -lpthread -lm

$(B)/tests/packets: $(wildcard tests/packets/*.c tests/packets/*.h)
$(B)/tests/torn: tests/torn/torn.c loader/swap.c
$(B)/tests/bench: tests/bench/bench.c
$(B)/tests/accheck: tests/oracle/accheck.c
BPF_OF_TESTS := $(wildcard tests/*/*.bpf.c)
vpath %.bpf.c $(sort $(dir $(BPF_OF_TESTS)))
$(B)/tests/%.bpf.o: %.bpf.c
	mkdir -p $(@D)
	echo "  $@"
	$(CLANG) $(BPF_CFLAGS) -c $< -o $@
# A test's programs, and beside it the BPF objects that it opens.
sources_of = $(filter-out %.bpf.c,$(wildcard tests/$1/*.c)) $(wildcard tests/$1/*.h) \
	$(patsubst tests/$1/%.c,$(B)/tests/%.o,$(filter tests/$1/%,$(BPF_OF_TESTS)))
$(B)/tests/flood: $(call sources_of,flood)
$(B)/tests/limits: $(call sources_of,limits) tests/packets/build.c tests/packets/cast.c tests/flood/object.c $(B)/builtin.o
# The command with programs of another build, to upgrade from and to: the same code with a section more.
$(B)/tests/ntpguard-other: $(COMMAND) $(BPF_OBJECTS) $(B)/libngpolicy.a $(B)/libngload.a
	mkdir -p $(@D)/other
	echo "  $@"
	for o in $(notdir $(BPF_OBJECTS)); do \
		llvm-objcopy --add-section=.other=Makefile $(B)/bpf/$$o $(@D)/other/$$o || exit; done
	$(CC) -DNG_OBJECT_XDP=$(@D)/other/$(notdir $(word 1,$(BPF_OBJECTS))) \
		-DNG_OBJECT_TC=$(@D)/other/$(notdir $(word 2,$(BPF_OBJECTS))) -c loader/object.S -o $(@D)/other/object.o
	$(CC) $(LDFLAGS) -o $@ $(COMMAND) $(@D)/other/object.o $(B)/libngpolicy.a $(B)/libngload.a $(LIBS)

TEST_PROGRAMS := $(addprefix $(B)/tests/,packets torn bench accheck flood limits)
$(TEST_PROGRAMS): $(B)/libngload.a $(B)/libngpolicy.a
	mkdir -p $(@D)
	echo "  $@"
	$(CC) $(CFLAGS_ALL) $(TEST_CFLAGS) -MF $@.d $(filter-out loader/% %/../../loader/swap.c,$(filter %.c $(B)/builtin.o,$^)) -o $@ $(TEST_LIBS)

SUITES_CHECK := unit golden oracle fuzz lint
SUITES_ROOT := packets torn limits model net vm

test: deps-test ## install what is missing, build, and run every test (root)
	@$(MAKE) --no-print-directory all $(TEST_PROGRAMS) $(B)/tests/ntpguard-other
	@tests/run.sh $(SUITES_CHECK) $(SUITES_ROOT)

check: all $(B)/tests/accheck ## the tests that need no root: unit, golden, oracle, fuzz corpora, lint
	@tests/run.sh $(SUITES_CHECK)

FRAMES ?= 10000000
model: all ## make model [FRAMES=10000000] [SEED=...]: random frames by replay and by an independent model (root)
	@tests/model/compare.py $(B)/ntpguard $(FRAMES) $(or $(SEED),$(shell date +%s))

SECONDS ?= 60
fuzz: ## make fuzz [SECONDS=60]: hunt in every parser, and find a planted bug
	@tests/fuzz/fuzz.sh $(SECONDS)
	@tests/oracle/lint.sh

bench: deps all $(B)/tests/bench ## nanoseconds per packet, beside a bare XDP_DROP (root)
	@$(B)/tests/bench

bench-limits: deps-test ## the limits under floods: by simulation, then a real chronyd, here and behind others (root)
	@$(MAKE) --no-print-directory all $(B)/tests/flood $(B)/tests/limits
	@$(B)/tests/limits --full
	@tests/flood/bench.sh

demo: deps-test ## an attack on a throw-away server, before and after, in a minute (root)
	@$(MAKE) --no-print-directory all
	@tests/demo/demo.sh

# ---- using ----

load: deps ## make load IFACE=eth0: install what is missing, build, guard the interface, print the status
	@test -n "$(IFACE)" || { echo "say which interface: make load IFACE=eth0" >&2; exit 2; }
	@$(MAKE) --no-print-directory all
	echo "ntpguard load $(IFACE)"
	$(B)/ntpguard load $(IFACE)
	@$(B)/ntpguard status

unload: ## make unload [IFACE=eth0]: undo it (without IFACE: on all interfaces)
	@test -x $(B)/ntpguard || { echo "ntpguard is not built here: make load IFACE=eth0 builds it" >&2; exit 2; }
	$(B)/ntpguard unload $(if $(IFACE),$(IFACE),--all)

help: ## this text
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

clean: ## remove build/
	rm -rf $(B)

-include $(shell find $(B)/bpf $(B)/loader $(B)/userspace $(B)/tests -name '*.d' -type f 2>/dev/null)
.PHONY: all deps deps-test test check model fuzz bench bench-limits demo load unload help clean
