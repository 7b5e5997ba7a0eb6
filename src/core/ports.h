/* Ports and connections: asking libjack for them, and saying why it refused.
 *
 * All of this may block and is called without the GIL, never from the audio thread.
 * libjack's port handles stay readable when the port is gone, but then may stand for
 * another port (JACK2 uses a slot again); rtj_port_check() tells.
 */
#ifndef RTJ_CORE_PORTS_H
#define RTJ_CORE_PORTS_H

#include <stddef.h>

#include "core/client.h"

enum { RTJ_PORT_NAME = 512 }; /* bytes; more than any libjack's longest full name */

typedef struct rtj_port_info {
    jack_port_t *handle;
    const char *name; /* lives as long as the list, or the caller's name */
    int flags;        /* enum JackPortFlags */
    rtj_port_type type;
    int mine;
} rtj_port_info;

typedef struct rtj_port_list {
    char *place; /* for another name: behind the ports, up to `end` */
    char *end;
    size_t count;
    rtj_port_info ports[];
} rtj_port_list;

void rtj_port_list_free(rtj_port_list *list);

rtj_port_type rtj_port_type_of(const char *type_name);

/* Ports by pattern (an extended regular expression, or plain text to be contained in
 * the name when `literal`; "" for all), type name ("" for all) and flags.  RTJ_VALUE
 * for a bad pattern.  A port that vanishes meanwhile is left out. */
rtj_status rtj_ports_find(rtj_client *client, const char *pattern, int literal,
                          const char *type_name, unsigned long flags,
                          rtj_port_list **list, rtj_error *error);

/* The ports that `port` is connected to; `own`: by jack_port_get_connections(), which
 * needs no server but works for own ports only. */
rtj_status rtj_ports_connected(rtj_client *client, jack_port_t *port, int own,
                               rtj_port_list **list, rtj_error *error);

/* A port by its full name or alias; RTJ_FAILED when there is none. */
rtj_status rtj_port_find(rtj_client *client, const char *name, rtj_port_info *info,
                         rtj_error *error);

/* A port of another type than audio and MIDI is JACK's alone: no node, stream or
 * callback with lookahead has to do with it. */
typedef struct rtj_port_plan {
    const char *shortname;
    const char *type_name;
    unsigned long flags;
    unsigned long buffer_size; /* bytes; of other types than audio and MIDI */
} rtj_port_plan;
/* The port's name goes into `kept`, as which `info` has it. */
rtj_status rtj_port_register(rtj_client *client, const rtj_port_plan *plan,
                             char kept[RTJ_PORT_NAME], rtj_port_info *info,
                             rtj_error *error);
rtj_status rtj_port_unregister(rtj_client *client, jack_port_t *port, const char *name,
                               rtj_error *error);
rtj_status rtj_port_rename(rtj_client *client, jack_port_t *port, const char *shortname,
                           rtj_error *error);

/* The port's name now into `now`, when it still is the port known as `known`; renaming
 * is told from a new port in the same slot by the client's name, type and flags.
 * RTJ_GONE otherwise. */
rtj_status rtj_port_name_now(rtj_client *client, const rtj_port_info *known,
                             char now[RTJ_PORT_NAME], rtj_error *error);

/* The handle by which the client knows its own `port`.  JACK1 makes others for it where
 * it tells of ports and lists them. */
jack_port_t *rtj_own_handle(rtj_client *client, jack_port_t *port);

/* Whether JACK1 has given these two handles for one port; the other libraries never
 * give two. */
int rtj_same_port(rtj_client *client, jack_port_t *a, jack_port_t *b);

/* RTJ_OK when the port known by this handle and name still exists, else RTJ_GONE. */
rtj_status rtj_port_check(rtj_client *client, const rtj_port_info *known,
                          rtj_error *error);

rtj_status rtj_ports_connect(rtj_client *client, const char *source,
                             const char *destination, rtj_error *error);
rtj_status rtj_ports_disconnect(rtj_client *client, const char *source,
                                const char *destination, rtj_error *error);
/* All connections of an own port. */
rtj_status rtj_port_disconnect(rtj_client *client, jack_port_t *port, const char *name,
                               rtj_error *error);

#endif
