/* SPDX-License-Identifier: GPL-2.0-only */
/* What is drawn again and again: on a terminal in place, with keys; elsewhere one below the other, without escapes. */
#ifndef NTPGUARD_SCREEN_H
#define NTPGUARD_SCREEN_H

/* Takes the terminal, if there is one: keys come at once and are not shown. Ctrl-C, and what else ends a process
 * kindly, ends ng_screen_wait() from here on. */
void ng_screen_begin(void);

/* Before each drawing. */
void ng_screen_draw(void);

/* Shows what was printed, and waits; a key, 0 after so many milliseconds, or -1 where it was ended (also by the key q)
 * or nobody reads any more. */
int ng_screen_wait(int milliseconds);

/* Gives the terminal back as it was. */
void ng_screen_end(void);

#endif
