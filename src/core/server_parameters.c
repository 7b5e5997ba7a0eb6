#include "core/server_parameters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Limits that libjackserver has but does not declare: beyond them it reads or writes
 * outside of its tables, or divides by zero. */
static const struct {
    const char *name;
    jackctl_param_type_t type;
    int64_t low, high;
} known_limits[] = {
    {"rate", JackParamUInt, 1, 1 << 22},
    {"period", JackParamUInt, 1, 8192},    /* BUFFER_SIZE_MAX */
    {"capture", JackParamUInt, 0, 256},    /* DRIVER_PORT_NUM */
    {"playback", JackParamUInt, 0, 256},   /* DRIVER_PORT_NUM */
    {"port-max", JackParamUInt, 16, 4096}, /* PORT_NUM_MAX */
    {"clock-source", JackParamUInt, 0, 1}, /* the system's clock, HPET */
    {"client-timeout", JackParamInt, 0, INT32_MAX},
    {"udp-net-port", JackParamInt, 1, UINT16_MAX},
    {"udp-net-port", JackParamUInt, 1, UINT16_MAX},
};

static void read_range(const rtj_libjackserver *lib, rtj_parameter *parameter)
{
    int is_signed = parameter->type == JackParamInt;
    parameter->low = is_signed ? INT32_MIN : 0;
    parameter->high = is_signed ? INT32_MAX : UINT32_MAX;
    if (lib->jackctl_parameter_has_range_constraint(parameter->handle)) {
        rtj_parameter_value low = {0};
        rtj_parameter_value high = {0};
        lib->jackctl_parameter_get_range_constraint(parameter->handle, &low, &high);
        parameter->low = is_signed ? low.i : (int64_t)low.ui;
        parameter->high = is_signed ? high.i : (int64_t)high.ui;
        return;
    }
    for (size_t i = 0; i < sizeof known_limits / sizeof known_limits[0]; i++) {
        if (known_limits[i].type == parameter->type &&
            strcmp(known_limits[i].name, parameter->name) == 0) {
            parameter->low = known_limits[i].low;
            parameter->high = known_limits[i].high;
        }
    }
}

static rtj_status read_choices(const rtj_libjackserver *lib, rtj_parameter *parameter)
{
    if (!lib->jackctl_parameter_has_enum_constraint(parameter->handle)) {
        return RTJ_OK;
    }
    uint32_t count =
        lib->jackctl_parameter_get_enum_constraints_count(parameter->handle);
    if (count == 0) {
        return RTJ_OK;
    }
    parameter->choices = calloc(count, sizeof *parameter->choices);
    if (parameter->choices == NULL) {
        return RTJ_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        parameter->choices[i] = (rtj_choice){
            lib->jackctl_parameter_get_enum_constraint_value(parameter->handle, i),
            lib->jackctl_parameter_get_enum_constraint_description(parameter->handle,
                                                                   i),
        };
    }
    parameter->choice_count = count;
    parameter->strict =
        lib->jackctl_parameter_constraint_is_strict(parameter->handle) ? 1 : 0;
    parameter->stands_in =
        lib->jackctl_parameter_constraint_is_fake_value(parameter->handle) ? 1 : 0;
    return RTJ_OK;
}

static rtj_status read_parameter(const rtj_libjackserver *lib,
                                 jackctl_parameter_t *handle, rtj_parameter *parameter)
{
    const char *summary = lib->jackctl_parameter_get_short_description(handle);
    const char *text = lib->jackctl_parameter_get_long_description(handle);
    parameter->handle = handle;
    parameter->name = lib->jackctl_parameter_get_name(handle);
    (void)snprintf(parameter->keyword, sizeof parameter->keyword, "%s",
                   parameter->name);
    for (char *c = parameter->keyword; *c != '\0'; c++) {
        if (*c == '-') {
            *c = '_';
        }
    }
    parameter->summary = summary != NULL ? summary : "";
    parameter->text = text != NULL ? text : "";
    parameter->letter = lib->jackctl_parameter_get_id(handle);
    parameter->type = lib->jackctl_parameter_get_type(handle);
    parameter->initial = lib->jackctl_parameter_get_default_value(handle);
    if (parameter->type == JackParamInt || parameter->type == JackParamUInt) {
        read_range(lib, parameter);
    }
    return read_choices(lib, parameter);
}

rtj_status rtj_parameters_read(const rtj_libjackserver *lib, const JSList *list,
                               rtj_parameters *parameters, rtj_error *error)
{
    size_t count = 0;
    for (const JSList *node = list; node != NULL; node = node->next) {
        count++;
    }
    *parameters = (rtj_parameters){0, NULL};
    if (count == 0) {
        return RTJ_OK;
    }
    parameters->items = calloc(count, sizeof *parameters->items);
    if (parameters->items == NULL) {
        return rtj_fail(error, RTJ_MEMORY, 0, "out of memory");
    }
    for (const JSList *node = list; node != NULL; node = node->next) {
        rtj_parameter *parameter = &parameters->items[parameters->count++];
        if (read_parameter(lib, node->data, parameter) != RTJ_OK) {
            rtj_parameters_free(parameters);
            return rtj_fail(error, RTJ_MEMORY, 0, "out of memory");
        }
    }
    return RTJ_OK;
}

void rtj_parameters_free(rtj_parameters *parameters)
{
    for (size_t i = 0; i < parameters->count; i++) {
        free(parameters->items[i].choices);
    }
    free(parameters->items);
    *parameters = (rtj_parameters){0, NULL};
}

const rtj_parameter *rtj_parameters_find(const rtj_parameters *parameters,
                                         const char *name)
{
    for (size_t i = 0; i < parameters->count; i++) {
        const rtj_parameter *parameter = &parameters->items[i];
        if (strcmp(parameter->name, name) == 0 ||
            strcmp(parameter->keyword, name) == 0) {
            return parameter;
        }
    }
    return NULL;
}

static int same_value(jackctl_param_type_t type, const rtj_parameter_value *a,
                      const rtj_parameter_value *b)
{
    switch (type) {
    case JackParamInt:
        return a->i == b->i;
    case JackParamUInt:
        return a->ui == b->ui;
    case JackParamChar:
        return a->c == b->c;
    case JackParamString:
        return strcmp(a->str, b->str) == 0;
    case JackParamBool:
        return a->b == b->b;
    }
    return 0;
}

static void show_value(jackctl_param_type_t type, const rtj_parameter_value *value,
                       char *text, size_t size)
{
    switch (type) {
    case JackParamInt:
        (void)snprintf(text, size, "%d", (int)value->i);
        break;
    case JackParamUInt:
        (void)snprintf(text, size, "%u", (unsigned)value->ui);
        break;
    case JackParamChar:
        (void)snprintf(text, size, "'%c'", value->c);
        break;
    case JackParamString:
        (void)snprintf(text, size, "'%s'", value->str);
        break;
    case JackParamBool:
        (void)snprintf(text, size, "%s", value->b ? "True" : "False");
        break;
    }
}

static rtj_status check_choices(const rtj_parameter *parameter,
                                const rtj_parameter_value *value, rtj_error *error)
{
    char text[RTJ_ERROR_TEXT - 256] = "";
    char shown[JACK_PARAM_STRING_MAX + 3];
    for (size_t i = 0; i < parameter->choice_count; i++) {
        const rtj_choice *choice = &parameter->choices[i];
        if (same_value(parameter->type, &choice->value, value)) {
            return RTJ_OK;
        }
        size_t used = strlen(text);
        show_value(parameter->type, &choice->value, shown, sizeof shown);
        (void)snprintf(text + used, sizeof text - used, "%s%s (%s)", i > 0 ? ", " : "",
                       shown, choice->description);
    }
    show_value(parameter->type, value, shown, sizeof shown);
    return rtj_fail(error, RTJ_VALUE, 0, "%s must be one of %s; got %s",
                    parameter->keyword, text, shown);
}

rtj_status rtj_parameter_check(const rtj_parameter *parameter,
                               const rtj_parameter_value *value, rtj_error *error)
{
    if (parameter->type == JackParamInt || parameter->type == JackParamUInt) {
        int64_t number =
            parameter->type == JackParamInt ? value->i : (int64_t)value->ui;
        if (number < parameter->low || number > parameter->high) {
            return rtj_fail(error, RTJ_VALUE, 0,
                            "%s must be between %lld and %lld, got %lld",
                            parameter->keyword, (long long)parameter->low,
                            (long long)parameter->high, (long long)number);
        }
    }
    if (parameter->strict) {
        return check_choices(parameter, value, error);
    }
    return RTJ_OK;
}
