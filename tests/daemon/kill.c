/* Preloaded into the daemon: kills it right before the N-th call that makes something durable or visible, counted over all threads.
 * (strace counts each thread for itself, and whose turn it is differs from life to life.) KILL_AT is N; with KILL_WRITES each write to
 * the database counts too. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static long calls, kill_at;
static int writes_count;

__attribute__((constructor)) static void prepare(void) {
    const char *at = getenv("KILL_AT");
    kill_at = at ? atol(at) : 0;
    writes_count = getenv("KILL_WRITES") != NULL;
}

static void count(void) {
    if (__atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST) == kill_at)
        syscall(SYS_kill, getpid(), SIGKILL);
}

static void count_write(void) {
    if (writes_count)
        count();
}

int fsync(int fd) { return count(), (int)syscall(SYS_fsync, fd); }
int fdatasync(int fd) { return count(), (int)syscall(SYS_fdatasync, fd); }
int unlink(const char *path) { return count(), (int)syscall(SYS_unlinkat, -100, path, 0); }
int rename(const char *from, const char *to) { return count(), (int)syscall(SYS_renameat2, -100, from, -100, to, 0); }
int ftruncate(int fd, off_t size) { return count_write(), (int)syscall(SYS_ftruncate, fd, size); }
int ftruncate64(int fd, off64_t size) { return count_write(), (int)syscall(SYS_ftruncate, fd, size); }
ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) { return count_write(), syscall(SYS_pwrite64, fd, bytes, n, at); }
ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) { return count_write(), syscall(SYS_pwrite64, fd, bytes, n, at); }
