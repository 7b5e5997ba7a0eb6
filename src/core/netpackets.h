/* What libjacknet hears when two ends agree on a session.
 *
 * It takes the sizes in such a packet as they come, and allocates for each channel so
 * many samples: with those of somebody else's packet the program ended, by an exception
 * of C++'s or for want of memory.  So what can't be is a packet of no kind to it, which
 * it passes over.
 */
#ifndef RTJ_CORE_NETPACKETS_H
#define RTJ_CORE_NETPACKETS_H

/* For a libjacknet that was just loaded.  Does nothing where it can't be done (not
 * ELF). */
void rtj_netpackets_watch(void *module);

#endif
