// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <string.h>

#include "card.h"

static const struct ng_driver drivers[] = {
#define NG_DRIVER(name, mtu, ...) { name, mtu, __VA_ARGS__ },
#include "drivers.def"
#undef NG_DRIVER
};

const struct ng_driver *ng_driver_find(const char *name)
{
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (!strcmp(drivers[i].name, name))
			return &drivers[i];
	return NULL;
}

int ng_card_runs_xdp(const struct ng_card *card)
{
	const struct ng_driver *driver = ng_driver_find(card->driver);

	if (card->has_features)
		return card->xdp_features & NG_XDP_BASIC ? 1 : 0;
	return driver && driver->is_native ? 1 : -1;
}

uint32_t ng_card_mtu_limit(const struct ng_card *card)
{
	const struct ng_driver *driver = ng_driver_find(card->driver);

	if (!driver || (card->has_features && card->xdp_features & NG_XDP_RX_SG))
		return 0;
	return driver->mtu;
}
