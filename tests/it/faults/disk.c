/* A disk that fails and a clock that jumps: loaded before libc into a process, it makes writes below a directory fail, or
 * the wall clock go wrong, as a file says.
 *
 * WEIBOX_FAULT_DIR names the directory, WEIBOX_FAULT_FILE the file. What that file says:
 *   full      writes fail with ENOSPC
 *   media     writes of media fail with ENOSPC, all others are done
 *   write     writes fail with EIO
 *   sync      fsync and fdatasync fail with EIO
 *   readonly  writes fail with EROFS
 *   short     writes write half of what they should
 *   stuck N   fsync and fdatasync take N milliseconds longer
 *   read END  reads of the files whose path ends so fail with EIO, and so does mapping them
 *   clock N   the wall clock is N seconds ahead
 *   sockets   no socket can have a name in the directory
 *   nosockets no socket can have a name anywhere
 *   broken    the main thread's wall clock says, once, what no calendar has
 *   accept    the clock fails, once, for whoever has just accepted a connection
 * Anything else, or no file: nothing fails. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void fault(char *words, size_t size) {
    words[0] = 0;
    const char *path = getenv("WEIBOX_FAULT_FILE");
    int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) return;
    long n = syscall(SYS_read, fd, words, size - 1);
    words[n > 0 ? n : 0] = 0;
    syscall(SYS_close, fd);
}

/* Whether a descriptor is that of a file below the directory, whose path it gives. */
static int path_below(int fd, char *path, size_t size) {
    char link[64];
    const char *directory = getenv("WEIBOX_FAULT_DIR");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, size - 1);
    if (n < 0 || !directory) return 0;
    path[n] = 0;
    return strncmp(path, directory, strlen(directory)) == 0;
}

/* The same with this in its path. */
static int is_below(int fd, const char *part) {
    char path[4096];
    return path_below(fd, path, sizeof path) && strstr(path, part) != NULL;
}

/* Whether it is the archive's. */
static int is_ours(int fd) { return is_below(fd, "weibox.db"); }

/* The error of a write, and how much of it is to be written; 0 when nothing fails. */
static int of_write(int fd, size_t *size) {
    char words[64];
    fault(words, sizeof words);
    if (!strncmp(words, "media", 5) && is_below(fd, "/media/")) return ENOSPC;
    if (!words[0] || !is_ours(fd)) return 0;
    if (!strncmp(words, "full", 4)) return ENOSPC;
    if (!strncmp(words, "write", 5)) return EIO;
    if (!strncmp(words, "readonly", 8)) return EROFS;
    if (!strncmp(words, "short", 5) && *size > 1) *size /= 2;
    return 0;
}

static int of_sync(int fd) {
    char words[64];
    fault(words, sizeof words);
    if (!words[0] || !is_ours(fd)) return 0;
    if (!strncmp(words, "sync", 4)) return EIO;
    if (!strncmp(words, "stuck", 5)) {
        long ms = atol(words + 5);
        struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
        nanosleep(&pause, NULL);
    }
    return 0;
}

/* The error of a read. */
static int of_read(int fd) {
    char words[64], path[4096];
    fault(words, sizeof words);
    if (strncmp(words, "read ", 5) || !path_below(fd, path, sizeof path)) return 0;
    size_t length = strlen(path), end = strlen(words + 5);
    return length >= end && !strcmp(path + length - end, words + 5) ? EIO : 0;
}

/* The error of giving a socket a name, as of a file system that has none. */
static int of_bind(const struct sockaddr *address) {
    char words[64];
    const char *directory = getenv("WEIBOX_FAULT_DIR");
    fault(words, sizeof words);
    if (address->sa_family != AF_UNIX || !directory) return 0;
    const char *path = ((const struct sockaddr_un *)address)->sun_path;
    if (!strncmp(words, "nosockets", 9)) return EPERM;
    return !strncmp(words, "sockets", 7) && !strncmp(path, directory, strlen(directory)) ? EPERM : 0;
}

#define FAIL(error) do { int e = (error); if (e) { errno = e; return -1; } } while (0)

int bind(int fd, const struct sockaddr *address, socklen_t size) {
    FAIL(of_bind(address));
    return syscall(SYS_bind, fd, address, size);
}
ssize_t pread(int fd, void *bytes, size_t size, off_t at) {
    FAIL(of_read(fd));
    return syscall(SYS_pread64, fd, bytes, size, at);
}
ssize_t pread64(int fd, void *bytes, size_t size, off64_t at) {
    FAIL(of_read(fd));
    return syscall(SYS_pread64, fd, bytes, size, at);
}
ssize_t read(int fd, void *bytes, size_t size) {
    FAIL(of_read(fd));
    return syscall(SYS_read, fd, bytes, size);
}
void *mmap(void *at, size_t size, int access, int flags, int fd, off_t from) {
    int error = fd < 0 ? 0 : of_read(fd);
    if (error) {
        errno = error;
        return MAP_FAILED;
    }
    return (void *)syscall(SYS_mmap, at, size, access, flags, fd, from);
}
void *mmap64(void *at, size_t size, int access, int flags, int fd, off64_t from) {
    return mmap(at, size, access, flags, fd, from);
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
    FAIL(of_write(fd, &size));
    return syscall(SYS_pwrite64, fd, bytes, size, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
    FAIL(of_write(fd, &size));
    return syscall(SYS_pwrite64, fd, bytes, size, at);
}
ssize_t write(int fd, const void *bytes, size_t size) {
    FAIL(of_write(fd, &size));
    return syscall(SYS_write, fd, bytes, size);
}
int ftruncate(int fd, off_t size) {
    size_t all = (size_t)size;
    FAIL(of_write(fd, &all));
    return (int)syscall(SYS_ftruncate, fd, size);
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }
int fsync(int fd) {
    FAIL(of_sync(fd));
    return (int)syscall(SYS_fsync, fd);
}
int fdatasync(int fd) {
    FAIL(of_sync(fd));
    return (int)syscall(SYS_fdatasync, fd);
}

/* Whether this thread's clock fails when it is next looked at. */
static __thread int has_accepted;

int accept4(int socket, struct sockaddr *address, socklen_t *size, int flags) {
    int accepted = (int)syscall(SYS_accept4, socket, address, size, flags);
    char words[64];
    fault(words, sizeof words);
    if (accepted >= 0 && !strncmp(words, "accept", 6)) {
        unlink(getenv("WEIBOX_FAULT_FILE"));
        has_accepted = 1;
    }
    return accepted;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (clock == CLOCK_MONOTONIC && has_accepted) {
        has_accepted = 0;
        FAIL(EINVAL);
    }
    int done = (int)syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME) {
        char words[64];
        fault(words, sizeof words);
        if (!strncmp(words, "clock", 5)) now->tv_sec += atol(words + 5);
        if (!strncmp(words, "broken", 6) && syscall(SYS_gettid) == getpid()) {
            unlink(getenv("WEIBOX_FAULT_FILE"));
            now->tv_sec = INT64_MAX / 2;
        }
    }
    return done;
}
