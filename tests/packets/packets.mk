# SPDX-License-Identifier: GPL-2.0-only
# The packet table, with the flags of the Makefile: make -f Makefile -f tests/packets/packets.mk packets-binary

PACKETS := $(patsubst tests/packets/%.c,$(B)/packets/%.o,$(wildcard tests/packets/*.c))

packets-binary: $(B)/tests/packets

$(B)/packets/%.o: tests/packets/%.c $(B)/version.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -Ibpf -Iloader -Iuserspace/policy -c $< -o $@
$(B)/tests/packets: $(PACKETS) $(B)/libngpolicy.a $(B)/libngload.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lxdp -lbpf -lelf -lz

-include $(PACKETS:.o=.d)
.PHONY: packets-binary
