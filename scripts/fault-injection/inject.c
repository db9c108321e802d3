// Makes the n-th system call or allocation of a program fail; to be preloaded (LD_PRELOAD).
//
//   FAULT=CALL:N:ACTION     CALL is a name of the table below, or "any" for every call in it but the allocations
//                           N counts from 1; "N+" means the N-th and all that follow
//                           ACTION is an error number, or "short", "nothing", or a signal as "-9"
//   FAULT_REPORT=FILE       gets a line "CALL N FILE-OF-THE-CALL" when the fault happens
//   FAULT_MINIMUM=BYTES     allocations that are smaller are not counted
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum call {
  CALL_open, CALL_opendir, CALL_stat, CALL_read, CALL_write, CALL_pwrite, CALL_copy, CALL_fsync, CALL_fallocate,
  CALL_ftruncate, CALL_rename, CALL_link, CALL_unlink, CALL_close, CALL_mmap, CALL_mkdir, CALL_flock, CALL_chmod,
  CALL_thread, CALL_malloc, CALL_any,
};

static const char *const names[] = {
  "open", "opendir", "stat", "read", "write", "pwrite", "copy", "fsync", "fallocate",
  "ftruncate", "rename", "link", "unlink", "close", "mmap", "mkdir", "flock", "chmod",
  "thread", "malloc", "any",
};

enum { SHORT = 10000, NOTHING = 10001 };

static atomic_long counts[CALL_any + 1];
static enum call wanted = CALL_any;
static long first = 0;
static int is_lasting = 0;
static int action = 0;
static size_t minimum = 0;
static const char *report = NULL;

__attribute__((constructor)) static void configure(void) {
  const char *text = getenv("FAULT");
  const char *colon = text ? strchr(text, ':') : NULL;
  if (!colon) return;
  report = getenv("FAULT_REPORT");
  if (getenv("FAULT_MINIMUM")) minimum = strtoul(getenv("FAULT_MINIMUM"), NULL, 10);
  for (int call = 0; call <= CALL_any; call++)
    if (strlen(names[call]) == (size_t)(colon - text) && !strncmp(names[call], text, colon - text)) wanted = call;
  char *end;
  long number = strtol(colon + 1, &end, 10);
  if (*end == '+') {
    is_lasting = 1;
    end++;
  }
  if (*end != ':') return;
  if (!strcmp(end + 1, "short")) action = SHORT;
  else if (!strcmp(end + 1, "nothing")) action = NOTHING;
  else action = atoi(end + 1);
  first = number;
}

// Writes with system calls alone, so that it neither counts itself nor allocates.
static void tell(enum call call, long number, const char *file, int descriptor) {
  char place[4096] = "";
  char line[4400];
  if (!file && descriptor >= 0) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    long count = syscall(SYS_readlink, link, place, sizeof place - 1);
    if (count > 0) place[count] = 0;
    if (descriptor <= 2) snprintf(place, sizeof place, "<%d>", descriptor);
    file = place;
  }
  int length = snprintf(line, sizeof line, "%s %ld %s\n", names[call], number, file ? file : "");
  int output = (int)syscall(SYS_openat, AT_FDCWD, report, O_WRONLY | O_CREAT | O_APPEND, 0666);
  if (output < 0) return;
  syscall(SYS_write, output, line, (size_t)length);
  syscall(SYS_close, output);
}

// What to do instead of the call: 0 for the call itself, otherwise an error number, SHORT or NOTHING.
static int fault(enum call call, const char *file, int descriptor) {
  if (!first || (wanted != call && (wanted != CALL_any || call == CALL_malloc))) return 0;
  long number = atomic_fetch_add(&counts[wanted], 1) + 1;
  if (number != first && !(is_lasting && number > first)) return 0;
  if (report && number == first) tell(call, number, file, descriptor);
  if (action >= 0) return action;
  kill(getpid(), -action);
  // A signal that is awaited by another thread gets the time to be acted on.
  if (action != -SIGKILL) usleep(3000);
  return 0;
}

#define NEXT(name) \
  static __typeof__(&name) next; \
  if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define FAIL(call, file, descriptor, failure) \
  do { \
    int code_ = fault(CALL_##call, file, descriptor); \
    if (code_ > 0 && code_ < SHORT) { \
      errno = code_; \
      return failure; \
    } \
  } while (0)

// The count of bytes that a faulty transfer handles, or -1 for an error.
#define TRANSFER(call, descriptor, count) \
  do { \
    int code_ = fault(CALL_##call, NULL, descriptor); \
    if (code_ == NOTHING) return 0; \
    if (code_ == SHORT && count > 1) count /= 2; \
    else if (code_ > 0 && code_ < SHORT) { \
      errno = code_; \
      return -1; \
    } \
  } while (0)

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    NEXT(name); \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
      va_list rest; \
      va_start(rest, flags); \
      mode = va_arg(rest, mode_t); \
      va_end(rest); \
    } \
    FAIL(open, path, -1, -1); \
    return next(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

DIR *opendir(const char *path) {
  NEXT(opendir);
  FAIL(opendir, path, -1, NULL);
  return next(path);
}

#define STAT(name, type) \
  int name(const char *path, struct type *status) { \
    NEXT(name); \
    FAIL(stat, path, -1, -1); \
    return next(path, status); \
  }
STAT(stat, stat)
STAT(stat64, stat64)
STAT(lstat, stat)
STAT(lstat64, stat64)

#define FSTAT(name, type) \
  int name(int file, struct type *status) { \
    NEXT(name); \
    FAIL(stat, NULL, file, -1); \
    return next(file, status); \
  }
FSTAT(fstat, stat)
FSTAT(fstat64, stat64)

ssize_t read(int file, void *bytes, size_t count) {
  NEXT(read);
  TRANSFER(read, file, count);
  return next(file, bytes, count);
}

#define PREAD(name, offset_type) \
  ssize_t name(int file, void *bytes, size_t count, offset_type offset) { \
    NEXT(name); \
    TRANSFER(read, file, count); \
    return next(file, bytes, count, offset); \
  }
PREAD(pread, off_t)
PREAD(pread64, off64_t)

ssize_t write(int file, const void *bytes, size_t count) {
  NEXT(write);
  TRANSFER(write, file, count);
  return next(file, bytes, count);
}

#define PWRITE(name, offset_type) \
  ssize_t name(int file, const void *bytes, size_t count, offset_type offset) { \
    NEXT(name); \
    TRANSFER(pwrite, file, count); \
    return next(file, bytes, count, offset); \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define VECTOR(name, offset_type) \
  ssize_t name(int file, const struct iovec *parts, int count, offset_type offset) { \
    NEXT(name); \
    TRANSFER(pwrite, file, count); \
    return next(file, parts, count, offset); \
  }
VECTOR(pwritev, off_t)
VECTOR(pwritev64, off64_t)

ssize_t writev(int file, const struct iovec *parts, int count) {
  NEXT(writev);
  TRANSFER(write, file, count);
  return next(file, parts, count);
}

ssize_t copy_file_range(int from, off64_t *in, int to, off64_t *out, size_t count, unsigned flags) {
  NEXT(copy_file_range);
  TRANSFER(copy, to, count);
  return next(from, in, to, out, count, flags);
}

#define ON_DESCRIPTOR(name, call) \
  int name(int file) { \
    NEXT(name); \
    FAIL(call, NULL, file, -1); \
    return next(file); \
  }
ON_DESCRIPTOR(fsync, fsync)
ON_DESCRIPTOR(fdatasync, fsync)

#define ALLOCATE(name, offset_type) \
  int name(int file, offset_type offset, offset_type count) { \
    NEXT(name); \
    int code = fault(CALL_fallocate, NULL, file); \
    return code > 0 && code < SHORT ? code : next(file, offset, count); \
  }
ALLOCATE(posix_fallocate, off_t)
ALLOCATE(posix_fallocate64, off64_t)

#define TRUNCATE(name, offset_type) \
  int name(int file, offset_type count) { \
    NEXT(name); \
    FAIL(ftruncate, NULL, file, -1); \
    return next(file, count); \
  }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define TWO_PATHS(name, call) \
  int name(const char *from, const char *to) { \
    NEXT(name); \
    FAIL(call, to, -1, -1); \
    return next(from, to); \
  }
TWO_PATHS(rename, rename)
TWO_PATHS(link, link)

int unlink(const char *path) {
  NEXT(unlink);
  FAIL(unlink, path, -1, -1);
  return next(path);
}

int mkdir(const char *path, mode_t mode) {
  NEXT(mkdir);
  FAIL(mkdir, path, -1, -1);
  return next(path, mode);
}

// As on Linux, the descriptor is gone even if closing it fails.
int close(int file) {
  NEXT(close);
  int code = fault(CALL_close, NULL, file);
  int result = next(file);
  if (code > 0 && code < SHORT) {
    errno = code;
    return -1;
  }
  return result;
}

#define MAP(name, offset_type) \
  void *name(void *start, size_t count, int protection, int flags, int file, offset_type offset) { \
    NEXT(name); \
    if (file >= 0) FAIL(mmap, NULL, file, MAP_FAILED); \
    return next(start, count, protection, flags, file, offset); \
  }
MAP(mmap, off_t)
MAP(mmap64, off64_t)

int flock(int file, int operation) {
  NEXT(flock);
  FAIL(flock, NULL, file, -1);
  return next(file, operation);
}

int fchmod(int file, mode_t mode) {
  NEXT(fchmod);
  FAIL(chmod, NULL, file, -1);
  return next(file, mode);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
  NEXT(pthread_create);
  int code = fault(CALL_thread, NULL, -1);
  return code > 0 && code < SHORT ? code : next(thread, attributes, body, argument);
}

// The allocator's own names, since looking up the next one may allocate.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static int is_refused(size_t count) { return count >= minimum && fault(CALL_malloc, NULL, -1) > 0; }

#define ALLOCATED(count, call) \
  do { \
    if (first && is_refused(count)) { \
      errno = ENOMEM; \
      return NULL; \
    } \
    return call; \
  } while (0)

void *malloc(size_t count) { ALLOCATED(count, __libc_malloc(count)); }
void *calloc(size_t number, size_t size) { ALLOCATED(number * size, __libc_calloc(number, size)); }
void *realloc(void *old, size_t count) { ALLOCATED(count, __libc_realloc(old, count)); }
void *aligned_alloc(size_t alignment, size_t count) { ALLOCATED(count, __libc_memalign(alignment, count)); }

int posix_memalign(void **result, size_t alignment, size_t count) {
  if (first && is_refused(count)) return ENOMEM;
  *result = __libc_memalign(alignment, count);
  return *result ? 0 : ENOMEM;
}
