// Tells the thread sanitizer of contended locks: where Swift's Mutex has to wait it takes and gives the lock inside a
// library that is not instrumented, so that what one holder wrote seems to race with what the next one reads. The two
// functions of that library are wrapped here, under the names that Swift gives them; scripts/sanitize preloads this.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

typedef SWIFT void (*lock)(uint32_t, SELF void *);
typedef SWIFT void (*unlock)(SELF void *);
typedef void (*mark)(void *);

static void tell(const char *name, void *handle) {
  mark function = (mark)dlsym(RTLD_DEFAULT, name);
  if (function) function(handle);
}

SWIFT void lock_slow(uint32_t thread, SELF void *handle) __asm__(LOCK);
SWIFT void lock_slow(uint32_t thread, SELF void *handle) {
  ((lock)dlsym(RTLD_NEXT, LOCK))(thread, handle);
  tell("__tsan_acquire", handle);
}

SWIFT void unlock_slow(SELF void *handle) __asm__(UNLOCK);
SWIFT void unlock_slow(SELF void *handle) {
  tell("__tsan_release", handle);
  ((unlock)dlsym(RTLD_NEXT, UNLOCK))(handle);
}
