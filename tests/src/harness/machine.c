/* The clock and the disk as a process sees them, set by the test that started it: loaded before the C library, driven
 * by a page that the test writes (MACHINE names the file).
 *
 * The time of day is moved by so many milliseconds; the clock that nobody sets stays as it is. A full disk takes what
 * overwrites and nothing that makes a file longer, on the file system where the page lies; standard output and error
 * go on, so that a test can read why. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct page {
    int64_t ahead; /* milliseconds */
    int64_t is_full;
};

static const volatile struct page *page;
static dev_t device;
static int (*next_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("MACHINE");
    struct stat about;
    next_clock_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    if (fstat(file, &about) == 0 && about.st_size >= (off_t)sizeof(struct page)) {
        void *at = mmap(NULL, sizeof(struct page), PROT_READ, MAP_SHARED, file, 0);
        device = about.st_dev;
        if (at != MAP_FAILED) page = at;
    }
    close(file);
}

static int64_t ahead(void) { return page ? page->ahead : 0; }

int clock_gettime(clockid_t clock, struct timespec *at) {
    int outcome = next_clock_gettime ? next_clock_gettime(clock, at) : (int)syscall(SYS_clock_gettime, clock, at);
    int64_t by = ahead();
    if (outcome == 0 && by != 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t nanos = at->tv_nsec + (by % 1000) * 1000000;
        at->tv_sec += by / 1000;
        if (nanos < 0) { nanos += 1000000000; at->tv_sec -= 1; }
        if (nanos >= 1000000000) { nanos -= 1000000000; at->tv_sec += 1; }
        at->tv_nsec = nanos;
    }
    return outcome;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}

/* Whether the file would have to grow to take so much at `from` (-1: where it stands), and cannot. */
static int has_no_room(int file, off_t from, int64_t length) {
    struct stat about;
    if (!page || !page->is_full || file <= 2 || length == 0) return 0;
    if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode) || about.st_dev != device) return 0;
    if (from < 0) {
        int flags = fcntl(file, F_GETFL);
        from = flags >= 0 && (flags & O_APPEND) ? about.st_size : lseek(file, 0, SEEK_CUR);
    }
    if (from + length <= about.st_size) return 0;
    errno = ENOSPC;
    return 1;
}

static int64_t sum(const struct iovec *parts, int count) {
    int64_t all = 0;
    for (int i = 0; i < count; i++) all += (int64_t)parts[i].iov_len;
    return all;
}

ssize_t write(int file, const void *bytes, size_t length) {
    return has_no_room(file, -1, (int64_t)length) ? -1 : syscall(SYS_write, file, bytes, length);
}
ssize_t writev(int file, const struct iovec *parts, int count) {
    return has_no_room(file, -1, sum(parts, count)) ? -1 : syscall(SYS_writev, file, parts, count);
}
ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t at) {
    return has_no_room(file, at, (int64_t)length) ? -1 : syscall(SYS_pwrite64, file, bytes, length, at);
}
ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t at) {
    return has_no_room(file, at, sum(parts, count)) ? -1 : syscall(SYS_pwritev, file, parts, count, at, 0);
}
int ftruncate64(int file, off64_t length) {
    return has_no_room(file, 0, length) ? -1 : (int)syscall(SYS_ftruncate, file, length);
}
int fallocate64(int file, int mode, off64_t at, off64_t length) {
    return has_no_room(file, at, length) ? -1 : (int)syscall(SYS_fallocate, file, mode, at, length);
}
int posix_fallocate64(int file, off64_t at, off64_t length) {
    if (has_no_room(file, at, length)) return ENOSPC;
    return syscall(SYS_fallocate, file, 0, at, length) == 0 ? 0 : errno;
}
/* Programs that were built for either name. */
ssize_t pwrite(int file, const void *bytes, size_t length, off_t at) { return pwrite64(file, bytes, length, at); }
ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at) { return pwritev64(file, parts, count, at); }
int ftruncate(int file, off_t length) { return ftruncate64(file, length); }
int fallocate(int file, int mode, off_t at, off_t length) { return fallocate64(file, mode, at, length); }
int posix_fallocate(int file, off_t at, off_t length) { return posix_fallocate64(file, at, length); }
