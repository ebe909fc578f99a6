// SPDX-License-Identifier: GPL-2.0-only
#include "screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define HOME_AND_CLEAR "\033[H\033[2J"
#define HIDE_CURSOR "\033[?25l"
#define SHOW_CURSOR "\033[?25h"

static volatile sig_atomic_t was_ended;
static bool has_terminal, has_keys;
static struct termios before;

static void end(int signal)
{
	(void)signal;
	was_ended = 1;
}

/* Interrupts poll(), so that a terminal of another size is drawn anew at once. */
static void wake(int signal)
{
	(void)signal;
}

static void heed_signals(void)
{
	static const int endings[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction ending = { .sa_handler = end }, resize = { .sa_handler = wake };

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		sigaction(endings[i], &ending, NULL);
	sigaction(SIGWINCH, &resize, NULL);
	sigaction(SIGCONT, &resize, NULL);
}

/* Also after each stop (Ctrl-Z), where the shell has set the terminal to its own liking. */
static void take_keys(void)
{
	struct termios own = before;

	if (!has_keys)
		return;
	own.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	tcsetattr(STDIN_FILENO, TCSANOW, &own);
}

void ng_screen_begin(void)
{
	heed_signals();
	has_terminal = isatty(STDOUT_FILENO);
	has_keys = has_terminal && isatty(STDIN_FILENO) && !tcgetattr(STDIN_FILENO, &before);
	if (!has_terminal)
		return;
	setvbuf(stdout, NULL, _IOFBF, 65536); /* a drawing in one piece does not flicker */
	fputs(HIDE_CURSOR, stdout);
}

void ng_screen_draw(void)
{
	if (has_terminal)
		fputs(HOME_AND_CLEAR, stdout);
}

static long long milliseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* A terminal that is gone reads as an end of file: then there are no keys any more. */
static int read_key(void)
{
	unsigned char key;

	if (read(STDIN_FILENO, &key, 1) == 1)
		return key == 'q' ? -1 : key;
	has_keys = false;
	return 0;
}

int ng_screen_wait(int milliseconds)
{
	struct pollfd keys = { .fd = STDIN_FILENO, .events = POLLIN };
	long long until = milliseconds_now() + milliseconds, left;
	int got = 0, key;

	if (fflush(stdout))
		return -1;
	take_keys();
	while (!was_ended && (left = until - milliseconds_now()) > 0) {
		got = poll(&keys, has_keys, (int)left);
		if (got < 0 && errno == EINTR && has_terminal && !was_ended)
			return 0;
		key = got > 0 ? read_key() : 0;
		if (key)
			return key;
	}
	return was_ended ? -1 : 0;
}

void ng_screen_end(void)
{
	if (has_keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	if (has_terminal)
		fputs(SHOW_CURSOR, stdout);
	fflush(stdout);
}
