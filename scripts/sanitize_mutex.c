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

static lock next_lock;
static unlock next_unlock;
static mark acquire, release;

// Before the program begins: locks are also taken in handlers of signals, where nothing can be looked up.
__attribute__((constructor)) static void look_up(void) {
  next_lock = (lock)dlsym(RTLD_NEXT, LOCK);
  next_unlock = (unlock)dlsym(RTLD_NEXT, UNLOCK);
  acquire = (mark)dlsym(RTLD_DEFAULT, "__tsan_acquire");
  release = (mark)dlsym(RTLD_DEFAULT, "__tsan_release");
}

SWIFT void lock_slow(uint32_t thread, SELF void *handle) __asm__(LOCK);
SWIFT void lock_slow(uint32_t thread, SELF void *handle) {
  next_lock(thread, handle);
  if (acquire) acquire(handle);
}

SWIFT void unlock_slow(SELF void *handle) __asm__(UNLOCK);
SWIFT void unlock_slow(SELF void *handle) {
  if (release) release(handle);
  next_unlock(handle);
}
