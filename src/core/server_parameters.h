/* What a server and its drivers can be told: libjackserver's parameters as tables.
 *
 * The tables are made once, when the server object is made, and don't change; names and
 * descriptions in them belong to libjackserver and live as long as its server object.
 * Any thread; nothing here blocks.
 */
#ifndef RTJ_CORE_SERVER_PARAMETERS_H
#define RTJ_CORE_SERVER_PARAMETERS_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/libjackserver.h"

enum { RTJ_KEYWORD_SIZE = 64 };

typedef union jackctl_parameter_value rtj_parameter_value;

typedef struct rtj_choice {
    rtj_parameter_value value;
    const char *description;
} rtj_choice;

typedef struct rtj_parameter {
    const char *name;               /* libjackserver's, as "realtime-priority" */
    char keyword[RTJ_KEYWORD_SIZE]; /* the name as an identifier, "realtime_priority" */
    const char *summary;
    char letter;      /* of its option on jackd's command line; NUL: none */
    const char *text; /* longer; may be "" or the summary again */
    jackctl_param_type_t type;
    rtj_parameter_value initial;
    int64_t low, high;   /* of JackParamInt and JackParamUInt; both included */
    size_t choice_count; /* 0: any value */
    rtj_choice *choices;
    int strict;    /* nothing but the choices is valid */
    int stands_in; /* choices' values mean nothing to users: their descriptions do */
    jackctl_parameter_t *handle;
} rtj_parameter;

typedef struct rtj_parameters {
    size_t count;
    rtj_parameter *items;
} rtj_parameters;

/* Copy `list`, a list of jackctl_parameter_t.  RTJ_OK or RTJ_MEMORY. */
rtj_status rtj_parameters_read(const rtj_libjackserver *lib, const JSList *list,
                               rtj_parameters *parameters, rtj_error *error);
void rtj_parameters_free(rtj_parameters *parameters);

/* By libjackserver's name or by keyword; NULL when there is none. */
const rtj_parameter *rtj_parameters_find(const rtj_parameters *parameters,
                                         const char *name);

/* RTJ_OK, or RTJ_VALUE with a text that tells the range or the choices. */
rtj_status rtj_parameter_check(const rtj_parameter *parameter,
                               const rtj_parameter_value *value, rtj_error *error);

#endif
