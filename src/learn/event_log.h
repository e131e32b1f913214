/* TensorBoard's event files, so that runs can be watched with the tool people know. Private to the room.
 *
 * A file is a row of records: length (8 bytes), its masked CRC-32C, the bytes, their masked CRC-32C; each record is a
 * protocol-buffer message Event {1: wall time, 2: step, 3: file version | 5: Summary {1: Value {1: tag, 2: value}}}.
 * Sources: tensorflow/core/util/event.proto, summary.proto, lib/io/record_writer. */
#ifndef NEUME_LEARN_EVENT_LOG_H
#define NEUME_LEARN_EVENT_LOG_H

#include "neume/base.h"

/* Appends one scalar to the file, which is begun with its version record when it does not exist or is empty. */
neume_status event_log_scalar(const char *path, const char *tag, int64_t step, double value);

/* CRC-32C (Castagnoli), for tests. */
uint32_t event_log_crc32c(const void *bytes, size_t count);

#endif
