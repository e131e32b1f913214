#include "event_log.h"

#include <errno.h>
#include <string.h>
#include <sys/time.h>

/* Reflected polynomial 0x1EDC6F41 (RFC 3720 appendix B.4), bit by bit: records are a few dozen bytes. */
uint32_t event_log_crc32c(const void *bytes, size_t count) {
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < count; i++) {
        crc ^= ((const unsigned char *)bytes)[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return ~crc;
}

/* TFRecord stores checksums rotated and offset, so that a checksum of checksums is not weak. */
static uint32_t masked(uint32_t crc) {
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

typedef struct message {
    unsigned char bytes[512];
    size_t size;
} message;

static void put(message *m, const void *bytes, size_t count) {
    if (count > sizeof m->bytes - m->size) count = sizeof m->bytes - m->size;
    memcpy(m->bytes + m->size, bytes, count);
    m->size += count;
}

static void put_varint(message *m, uint64_t value) {
    do {
        unsigned char byte = (unsigned char)((value & 127) | (value > 127 ? 128 : 0));
        put(m, &byte, 1);
        value >>= 7;
    } while (value);
}

/* A field's key is its number and how its value is laid out: 0 varint, 1 eight bytes, 2 counted bytes, 5 four bytes. */
static void put_key(message *m, int field, int layout) {
    put_varint(m, (uint64_t)(field << 3 | layout));
}

static void put_counted(message *m, int field, const void *bytes, size_t count) {
    put_key(m, field, 2);
    put_varint(m, count);
    put(m, bytes, count);
}

static void begin_event(message *m, int64_t step) {
    struct timeval now;
    gettimeofday(&now, NULL);
    double wall_s = (double)now.tv_sec + 1e-6 * (double)now.tv_usec;
    put_key(m, 1, 1);
    put(m, &wall_s, sizeof wall_s);
    put_key(m, 2, 0);
    put_varint(m, (uint64_t)step);
}

static bool write_record(FILE *file, const message *m) {
    uint64_t length = m->size;
    uint32_t length_crc = masked(event_log_crc32c(&length, sizeof length)),
             crc = masked(event_log_crc32c(m->bytes, m->size));
    return fwrite(&length, sizeof length, 1, file) == 1 && fwrite(&length_crc, sizeof length_crc, 1, file) == 1 &&
           fwrite(m->bytes, 1, m->size, file) == m->size && fwrite(&crc, sizeof crc, 1, file) == 1;
}

neume_status event_log_scalar(const char *path, const char *tag, int64_t step, double value) {
    FILE *file = fopen(path, "ab");
    if (!file) return neume_fail(NEUME_EIO, "%s: %s", path, strerror(errno));
    bool good = true;
    if (ftell(file) == 0) {
        message version = {{0}, 0};
        begin_event(&version, 0);
        put_counted(&version, 3, "brain.Event:2", 13);
        good = write_record(file, &version);
    }
    message scalar = {{0}, 0}, summary = {{0}, 0}, event = {{0}, 0};
    float narrow = (float)value;
    put_counted(&scalar, 1, tag, strlen(tag));
    put_key(&scalar, 2, 5);
    put(&scalar, &narrow, sizeof narrow);
    put_counted(&summary, 1, scalar.bytes, scalar.size);
    begin_event(&event, step);
    put_counted(&event, 5, summary.bytes, summary.size);
    good = write_record(file, &event) && good;
    good = fclose(file) == 0 && good;
    return good ? NEUME_OK : neume_fail(NEUME_EIO, "%s: %s", path, strerror(errno));
}
