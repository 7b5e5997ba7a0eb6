#include "core/connection.h"

#ifdef __linux__

#include <dirent.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static const char *file_of(const char *path)
{
    const char *last = strrchr(path, '/');
    return last != NULL ? last + 1 : path;
}

static const char *name_of(const char *server)
{
    if (server == NULL || server[0] == '\0') {
        server = getenv("PIPEWIRE_REMOTE");
    }
    return server != NULL && server[0] != '\0' ? file_of(server) : "pipewire-0";
}

static int leads_to(int descriptor, const char *name)
{
    struct sockaddr_un peer;
    socklen_t size = sizeof peer;
    memset(&peer, 0, sizeof peer);
    return getpeername(descriptor, (struct sockaddr *)&peer, &size) == 0 &&
           peer.sun_family == AF_UNIX && size < sizeof peer &&
           strcmp(file_of(peer.sun_path), name) == 0;
}

static unsigned long inode_of(int descriptor)
{
    struct stat status;
    return fstat(descriptor, &status) == 0 ? (unsigned long)status.st_ino : 0;
}

void rtj_connections_find(rtj_connections *found, const char *server)
{
    const char *name = name_of(server);
    found->count = 0;
    DIR *folder = opendir("/proc/self/fd");
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        int descriptor = (int)strtol(entry->d_name, NULL, 10);
        if (entry->d_name[0] != '.' && found->count < RTJ_CONNECTIONS &&
            leads_to(descriptor, name)) {
            found->list[found->count++] =
                (rtj_connection){descriptor, inode_of(descriptor), 0};
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
}

static int has(const rtj_connections *all, unsigned long inode)
{
    for (size_t i = 0; i < all->count; i++) {
        if (all->list[i].inode == inode) {
            return 1;
        }
    }
    return 0;
}

rtj_connection rtj_connections_new(const rtj_connections *now,
                                   const rtj_connections *before)
{
    rtj_connection found = {-1, 0, 0};
    for (size_t i = now->count; i-- > 0;) {
        if (!has(before, now->list[i].inode)) {
            int is_only = found.descriptor < 0;
            found = now->list[i];
            found.is_sure = is_only && now->count < RTJ_CONNECTIONS;
        }
    }
    return found;
}

static int is_there(const rtj_connection *connection)
{
    return connection->descriptor >= 0 &&
           inode_of(connection->descriptor) == connection->inode;
}

rtj_connection_state rtj_connection_look(const rtj_connection *connection)
{
    struct pollfd hangup = {connection->descriptor, 0, 0};
    if (!connection->is_sure) {
        return RTJ_MAY_BE;
    }
    return is_there(connection) && poll(&hangup, 1, 0) == 0 ? RTJ_OPEN_STILL
                                                            : RTJ_ENDED;
}

void rtj_connection_cut(const rtj_connection *connection)
{
    if (is_there(connection)) {
        (void)shutdown(connection->descriptor, SHUT_RDWR);
    }
}

#else

void rtj_connections_find(rtj_connections *found, const char *server)
{
    (void)server;
    found->count = 0;
}

rtj_connection rtj_connections_new(const rtj_connections *now,
                                   const rtj_connections *before)
{
    (void)now;
    (void)before;
    return (rtj_connection){-1, 0, 0};
}

rtj_connection_state rtj_connection_look(const rtj_connection *connection)
{
    (void)connection;
    return RTJ_MAY_BE;
}

void rtj_connection_cut(const rtj_connection *connection)
{
    (void)connection;
}

#endif
