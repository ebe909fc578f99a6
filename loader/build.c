// SPDX-License-Identifier: GPL-2.0-only
/* Which build this command's programs are. */
#include <stdio.h>
#include <zlib.h>

#include "pins.h"
#include "version.h"

static uint64_t checksum(const char *start, const char *end)
{
	return crc32_z(0, (const void *)start, (size_t)(end - start));
}

uint64_t ng_build(void)
{
	static uint64_t build;

	if (!build)
		build = checksum(ng_object_xdp, ng_object_xdp_end) << 32 | checksum(ng_object_tc, ng_object_tc_end);
	return build;
}

void ng_build_stamp(struct ng_interface *row)
{
	row->build = ng_build();
	snprintf(row->version, sizeof(row->version), "%s", NG_VERSION);
}

bool ng_interface_is_current(const struct ng_interface *row)
{
	return row->build == ng_build();
}
