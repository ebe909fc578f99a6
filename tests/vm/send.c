// SPDX-License-Identifier: GPL-2.0-only
/* send SOURCE DESTINATION PORT LENGTH HEX: one UDP datagram of LENGTH bytes, HEX and then zeros. */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static struct addrinfo *address(const char *host, const char *port)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_DGRAM }, *found;

	if (getaddrinfo(host, port, &hints, &found)) {
		fprintf(stderr, "send: %s port %s: not an address and a port\n", host, port);
		exit(2);
	}
	return found;
}

static void fill(unsigned char *bytes, size_t length, const char *hex)
{
	for (size_t i = 0; i < length && hex[0] && hex[1]; i++, hex += 2) {
		const char digits[] = { hex[0], hex[1], '\0' };

		bytes[i] = (unsigned char)strtoul(digits, NULL, 16);
	}
}

int main(int count, char **words)
{
	struct addrinfo *from, *to;
	unsigned char bytes[1500] = { 0 };
	size_t length;
	int udp;

	if (count != 6) {
		fputs("send SOURCE DESTINATION PORT LENGTH HEX\n", stderr);
		return 2;
	}
	from = address(words[1], "0");
	to = address(words[2], words[3]);
	length = strtoul(words[4], NULL, 10) % sizeof(bytes);
	fill(bytes, length, words[5]);
	udp = socket(to->ai_family, SOCK_DGRAM, 0);
	if (udp < 0 || bind(udp, from->ai_addr, from->ai_addrlen) ||
	    sendto(udp, bytes, length, 0, to->ai_addr, to->ai_addrlen) < 0) {
		perror("send");
		return 1;
	}
	return 0;
}
