/* The socket behind a client of PipeWire, which alone can end its libjack's waiting. */
#ifndef RTJ_CORE_CONNECTION_H
#define RTJ_CORE_CONNECTION_H

#include <stddef.h>

/* A socket of this process; `inode` tells it from a later one with its number. */
typedef struct rtj_connection {
    int descriptor; /* -1: none */
    unsigned long inode;
    int is_sure; /* that it is the client's, and not one that came at the same time */
} rtj_connection;

enum { RTJ_CONNECTIONS = 256 };

typedef struct rtj_connections {
    rtj_connection list[RTJ_CONNECTIONS];
    size_t count;
} rtj_connections;

/* Those that lead to PipeWire's server called `server` ("": the usual one).  Reads
 * /proc; never the audio thread. */
void rtj_connections_find(rtj_connections *found, const char *server);

/* The first of `now` that is not among `before`; the only one, if it is sure. */
rtj_connection rtj_connections_new(const rtj_connections *now,
                                   const rtj_connections *before);

/* Open at both ends or not; unknown unless it is sure. */
typedef enum rtj_connection_state {
    RTJ_MAY_BE,
    RTJ_OPEN_STILL,
    RTJ_ENDED
} rtj_connection_state;
rtj_connection_state rtj_connection_look(const rtj_connection *connection);

/* Have both ends find it closed.  Nothing is done when it is another by now. */
void rtj_connection_cut(const rtj_connection *connection);

#endif
