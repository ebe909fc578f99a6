/* SPDX-License-Identifier: GPL-2.0-only */
/* The arguments of chrony's directives, shape by shape. Numbers are read by the same sscanf() formats
 * as chronyd reads them, because what these leave behind a number is what chronyd reads next. */
#ifndef NTPGUARD_CHRONY_SHAPE_H
#define NTPGUARD_CHRONY_SHAPE_H

#include "chrony_line.h"

/* Each takes the arguments of line->directive, from line->at on; false: refused. */
bool ng_chrony_take_access(struct ng_chrony_line *line);
bool ng_chrony_take_address(struct ng_chrony_line *line);
bool ng_chrony_take_authselectmode(struct ng_chrony_line *line);
bool ng_chrony_take_bindcmdaddress(struct ng_chrony_line *line);
bool ng_chrony_take_broadcast(struct ng_chrony_line *line);
bool ng_chrony_take_confdir(struct ng_chrony_line *line);
bool ng_chrony_take_hwtimestamp(struct ng_chrony_line *line);
bool ng_chrony_take_include(struct ng_chrony_line *line);
bool ng_chrony_take_initstepslew(struct ng_chrony_line *line);
bool ng_chrony_take_integer(struct ng_chrony_line *line);
bool ng_chrony_take_integers(struct ng_chrony_line *line);
bool ng_chrony_take_leapsecmode(struct ng_chrony_line *line);
bool ng_chrony_take_local(struct ng_chrony_line *line);
bool ng_chrony_take_log(struct ng_chrony_line *line);
bool ng_chrony_take_mailonchange(struct ng_chrony_line *line);
bool ng_chrony_take_makestep(struct ng_chrony_line *line);
bool ng_chrony_take_maxchange(struct ng_chrony_line *line);
bool ng_chrony_take_nothing(struct ng_chrony_line *line);
bool ng_chrony_take_ntstrustedcerts(struct ng_chrony_line *line);
bool ng_chrony_take_number(struct ng_chrony_line *line);
bool ng_chrony_take_port(struct ng_chrony_line *line);
bool ng_chrony_take_ratelimit(struct ng_chrony_line *line);
bool ng_chrony_take_refclock(struct ng_chrony_line *line);
bool ng_chrony_take_retired(struct ng_chrony_line *line);
bool ng_chrony_take_size(struct ng_chrony_line *line);
bool ng_chrony_take_smoothtime(struct ng_chrony_line *line);
bool ng_chrony_take_source(struct ng_chrony_line *line);
bool ng_chrony_take_sourcedir(struct ng_chrony_line *line);
bool ng_chrony_take_string(struct ng_chrony_line *line);
bool ng_chrony_take_tempcomp(struct ng_chrony_line *line);
bool ng_chrony_take_unknown(struct ng_chrony_line *line);

/* Refuses the line where its arguments are fewer or more. */
bool ng_chrony_want_words(struct ng_chrony_line *line, size_t least, size_t most);

/* Refuses the line because no number stands at line->at. */
bool ng_chrony_no_number(struct ng_chrony_line *line);

/* Reads the text at line->at by a format of one conversion; n becomes its length. */
#define NG_CHRONY_SCAN(line, format, value, n) (sscanf((line)->text + (line)->at, format "%n", value, n) == 1)

#endif
