# SPDX-License-Identifier: GPL-2.0-only
# The unit binaries, with the flags of the Makefile, the policy sources compiled once more under the
# sanitizers: make -f Makefile -f tests/unit/unit.mk unit-binaries

UNIT_B ?= $(B)/unit
UNIT_SANITIZE ?= -fsanitize=address,undefined -fno-sanitize-recover
UNIT_CFLAGS := -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -MMD -MP -O1 -g $(UNIT_SANITIZE) -Ibpf -Iloader -Iuserspace/policy \
	-Itests/unit
UNIT := $(patsubst tests/unit/%.c,$(UNIT_B)/%,$(wildcard tests/unit/*.c))
UNIT_POLICY := $(patsubst userspace/policy/%.c,$(UNIT_B)/policy/%.o,$(wildcard userspace/policy/*.c))

unit-binaries: $(UNIT)

.SECONDARY: $(UNIT_POLICY) $(UNIT:=.o)
$(UNIT_B)/policy/%.o: userspace/policy/%.c
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -c $< -o $@
$(UNIT_B)/%.o: tests/unit/%.c
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -c $< -o $@
$(UNIT_B)/%: $(UNIT_B)/%.o $(UNIT_POLICY)
	$(CC) $(UNIT_SANITIZE) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(UNIT_B)/state: $(UNIT_B)/state_file.o
$(UNIT_B)/state_file.o: loader/state_file.c
	$(CC) $(UNIT_CFLAGS) -c $< -o $@

# The daemon's answers, with a chronyd and a keeper that fake.h makes up.
UNIT_DAEMON := $(addprefix $(UNIT_B)/ntpguardd/,cmdmon.o answer.o listing.o alone.o)
$(UNIT_B)/cmdmon.o: UNIT_CFLAGS += -Iuserspace -Iuserspace/ntpguardd
$(UNIT_B)/cmdmon: LDLIBS := -lm
$(UNIT_B)/cmdmon: $(UNIT_DAEMON)
$(UNIT_B)/ntpguardd/%.o: userspace/ntpguardd/%.c
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -Iuserspace -c $< -o $@

# What is printed of a snapshot; the loader is there only to be linked.
UNIT_METRICS := $(addprefix $(UNIT_B)/userspace/,metrics.o snapshot.o)
$(UNIT_B)/metrics.o: UNIT_CFLAGS += -Iuserspace
$(UNIT_B)/metrics: LDLIBS := -lxdp -lbpf -lelf -lz -lmnl
$(UNIT_B)/metrics: $(UNIT_METRICS) $(B)/libngload.a
$(UNIT_B)/userspace/%.o: userspace/%.c $(B)/version.h
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -I$(B) -c $< -o $@

# Hourly totals, and the words of the report that shows them.
$(UNIT_B)/hours.o: UNIT_CFLAGS += -Iuserspace
$(UNIT_B)/evidence.o: UNIT_CFLAGS += -Iuserspace/evidence
$(UNIT_B)/hours: LDLIBS := -lz
$(UNIT_B)/hours: $(UNIT_B)/userspace/hours.o

# What ntpguard alone concludes from snapshots and from chronyc's words.
UNIT_OVERVIEW := $(addprefix $(UNIT_B)/userspace/,output.o protection.o snapshot.o text.o timekeeper.o)
$(UNIT_B)/overview.o: UNIT_CFLAGS += -Iuserspace
$(UNIT_B)/overview: LDLIBS := -ljansson -lxdp -lbpf -lelf -lz -lmnl
$(UNIT_B)/overview: $(UNIT_OVERVIEW) $(B)/libngload.a

# Everything of doctor but the verb; of the rest of the command only what it calls.
UNIT_DOCTOR := $(patsubst userspace/%.c,$(UNIT_B)/userspace/%.o,$(wildcard userspace/doctor/*.c))
UNIT_COMMAND := $(filter-out $(B)/userspace/ntpguard.o $(B)/userspace/doctor/%,$(COMMAND))
$(UNIT_B)/doctor.o $(UNIT_DOCTOR): UNIT_CFLAGS += -Iuserspace
$(UNIT_B)/doctor: LDLIBS := $(B)/libngpolicy.a -lxdp -lbpf -lelf -lz -lmnl -lpcap -ljansson -lsmartcols
$(UNIT_B)/doctor: $(UNIT_DOCTOR) $(UNIT_COMMAND) $(B)/libngload.a

# What monitor, capture and counters --watch show.
$(UNIT_B)/message.o $(UNIT_B)/sparkline.o: UNIT_CFLAGS += -Iuserspace
$(UNIT_B)/sparkline: $(UNIT_B)/userspace/sparkline.o
$(UNIT_B)/message: $(addprefix $(UNIT_B)/userspace/,message.o pcapng.o)

# memory.c lets allocations fail.
$(UNIT_B)/memory: LDFLAGS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

-include $(UNIT:=.d) $(UNIT_POLICY:.o=.d) $(UNIT_DAEMON:.o=.d) $(UNIT_METRICS:.o=.d) \
	$(UNIT_OVERVIEW:.o=.d) $(UNIT_DOCTOR:.o=.d)
.PHONY: unit-binaries
