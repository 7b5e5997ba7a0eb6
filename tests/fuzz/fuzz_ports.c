/* Lists of ports as a libjack may give them: any names, and ports that come, go, and
 * lie anywhere between one call and the next. */
#include "core/ports.c" /* make_list() */

#include "input.h"

enum { PORTS = 64 };

static char *listed[PORTS + 1];
static size_t listed_count;
static input choices;

static void check(const jack_port_t *port)
{
    if (port == NULL) {
        abort();
    }
}

static jack_port_t *by_name(jack_client_t *client, const char *name)
{
    (void)client;
    (void)strlen(name);
    return next_byte(&choices) % 4 == 0 ? NULL : (jack_port_t *)&listed[0];
}

static jack_port_t *by_id(jack_client_t *client, jack_port_id_t id)
{
    (void)client;
    return id > listed_count || next_byte(&choices) % 8 == 0
               ? NULL
               : (jack_port_t *)&listed[id - 1];
}

static const char *name_of(const jack_port_t *port)
{
    check(port);
    return next_byte(&choices) % 8 == 0 ? NULL : *(char *const *)(const void *)port;
}

static int flags_of(const jack_port_t *port)
{
    check(port);
    return next_byte(&choices);
}

static const char *type_of(const jack_port_t *port)
{
    static const char *const types[] = {NULL, JACK_DEFAULT_AUDIO_TYPE,
                                        JACK_DEFAULT_MIDI_TYPE, ""};
    check(port);
    return types[next_byte(&choices) % 4];
}

static int is_mine(const jack_client_t *client, const jack_port_t *port)
{
    (void)client;
    check(port);
    return next_byte(&choices) % 2;
}

static void free_list(void *list)
{
    free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rtj_libjack lib = {.jack_port_by_name = by_name,
                       .jack_port_name = name_of,
                       .jack_port_flags = flags_of,
                       .jack_port_type = type_of,
                       .jack_port_is_mine = is_mine,
                       .jack_free = free_list};
    rtj_error error;
    rtj_port_list *list;
    input from = {data, size};
    uint8_t how = next_byte(&from);
    lib.jack_port_by_id = how % 2 ? by_id : NULL;
    char *contained = how % 4 > 1 ? next_text(&from) : NULL;
    for (listed_count = 0; listed_count < PORTS && from.left > 0; listed_count++) {
        listed[listed_count] = next_text(&from);
    }
    const char **names = malloc((listed_count + 1) * sizeof *names);
    if (names == NULL) {
        abort();
    }
    for (size_t i = 0; i < listed_count; i++) {
        names[i] = listed[i];
    }
    names[listed_count] = NULL;
    choices = (input){data, size};
    if (make_list(&lib, NULL, names, contained, &list, &error) != RTJ_OK ||
        list->count > listed_count) {
        abort();
    }
    for (size_t i = 0; i < list->count; i++) {
        (void)strlen(list->ports[i].name);
        check(list->ports[i].handle);
    }
    rtj_port_list_free(list);
    for (size_t i = 0; i < listed_count; i++) {
        free(listed[i]);
    }
    free(contained);
    return 0;
}
