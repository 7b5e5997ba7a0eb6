/* For the thread sanitizer alone: the order in which JACK hands a block from one client
 * to the next.
 *
 * It is made by futexes in memory that processes share, which the sanitizer does not
 * see: to it, who reads a port's buffer races with who wrote it, at each of its frames.
 * Told here is more than that, each client's block after all that have ended; so what
 * it says of two audio threads of one program is not the whole truth, and what it says
 * of an audio thread and any other is.
 */
#ifndef RTJ_RT_HANDED_H
#define RTJ_RT_HANDED_H

#ifdef __SANITIZE_THREAD__

void __tsan_acquire(void *address);
void __tsan_release(void *address);

extern char rtj_handed;

#define RTJ_BLOCK_COMES() __tsan_acquire(&rtj_handed)
#define RTJ_BLOCK_GOES() __tsan_release(&rtj_handed)

#else

#define RTJ_BLOCK_COMES() ((void)0)
#define RTJ_BLOCK_GOES() ((void)0)

#endif

#endif
