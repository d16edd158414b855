/* Preloaded into the program, it records how long SQLite's log was each time it was synced: the file that SYNCED names gets a
   line for each. A power cut may lose what the log has beyond the last of these. With SYNC_DELAY_US each of these
   syncs takes so many microseconds longer, as on a slower disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int is_log(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path);
    return length > 4 && memcmp(path + length - 4, "-wal", 4) == 0;
}

static void take_longer(void) {
    const char *microseconds = getenv("SYNC_DELAY_US");
    long delay = microseconds ? atol(microseconds) : 0;
    struct timespec longer = {delay / 1000000, delay % 1000000 * 1000};
    if (delay > 0) nanosleep(&longer, NULL);
}

static int sync_and_tell(const char *name, int file) {
    int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    struct stat before;
    int is_measured = is_log(file) && fstat(file, &before) == 0;
    if (is_measured) take_longer();
    int outcome = sync(file);
    if (outcome == 0 && is_measured) {
        int synced = open(getenv("SYNCED"), O_WRONLY | O_CREAT | O_APPEND, 0644);
        dprintf(synced, "%lld\n", (long long)before.st_size);
        close(synced);
    }
    return outcome;
}

int fsync(int file) { return sync_and_tell("fsync", file); }
int fdatasync(int file) { return sync_and_tell("fdatasync", file); }
