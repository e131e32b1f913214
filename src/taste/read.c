/* Tables of plays and of tags: a line a row, columns apart by tabs (or, without any, by commas). */
#include "neume/taste.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MOST = 8, TABLE_LIMIT_BYTES = 1 << 30 };

typedef struct table_row {
    char *cells[COLUMNS_MOST];
    int count;
} table_row;

typedef neume_status take_row(neume_taste_data *data, const table_row *row);

/* Cuts a line into its cells where they lie. */
static void cut(char *line, table_row *row) {
    const char mark = strchr(line, '\t') ? '\t' : ',';
    row->count = 0;
    while (line && row->count < COLUMNS_MOST) {
        row->cells[row->count++] = line;
        line = strchr(line, mark);
        if (line) *line++ = '\0';
    }
}

static bool read_number(const char *text, double *out) {
    char *end;
    errno = 0;
    const double value = strtod(text, &end);
    if (end == text || *end || errno) return false;
    *out = value;
    return true;
}

/* A heading has words where every other line has a number. */
static bool is_heading(const table_row *row) {
    double number;
    return row->count >= 3 && !read_number(row->cells[2], &number);
}

static neume_status take_play(neume_taste_data *data, const table_row *row) {
    neume_taste_event event = {row->cells[0], row->cells[1], 1, 0};
    if (row->count < 2) return neume_fail(NEUME_EFORMAT, "fewer than two columns");
    if (row->count > 2 && !read_number(row->cells[2], &event.weight))
        return neume_fail(NEUME_EFORMAT, "'%.40s' is no number of plays", row->cells[2]);
    if (row->count > 3 && !read_number(row->cells[3], &event.time_s))
        return neume_fail(NEUME_EFORMAT, "'%.40s' is no time in seconds", row->cells[3]);
    return event.weight == 0 ? NEUME_OK : neume_taste_data_add(data, &event);
}

static neume_status take_tag(neume_taste_data *data, const table_row *row) {
    double weight = 1;
    if (row->count < 2) return neume_fail(NEUME_EFORMAT, "fewer than two columns");
    if (row->count > 2 && !read_number(row->cells[2], &weight))
        return neume_fail(NEUME_EFORMAT, "'%.40s' is no weight of a tag", row->cells[2]);
    return weight == 0 ? NEUME_OK : neume_taste_data_add_tag(data, row->cells[0], row->cells[1], weight);
}

static neume_status take_lines(neume_taste_data *data, char *text, take_row *take) {
    long long number = 0;
    for (char *line = text, *next; line && *line; line = next) {
        table_row row;
        next = strchr(line, '\n');
        if (next) *next++ = '\0';
        line[strcspn(line, "\r")] = '\0';
        number++;
        if (!*line) continue;
        cut(line, &row);
        if (number == 1 && is_heading(&row)) continue;
        const neume_status status = take(data, &row);
        if (status == NEUME_ENOMEM) return status;
        if (status) {
            char why[300];
            snprintf(why, sizeof why, "%s", neume_error_message());
            return neume_fail(NEUME_EFORMAT, "line %lld: %s", number, why);
        }
    }
    return NEUME_OK;
}

static neume_status read_table(neume_taste_data *data, const char *path, take_row *take) {
    neume_buffer file = {0};
    NEUME_TRY(neume_file_read(path, TABLE_LIMIT_BYTES, &file));
    const neume_status status = file.size ? take_lines(data, file.data, take) : NEUME_OK;
    neume_buffer_clear(&file);
    return status;
}

neume_status neume_taste_data_read_plays(neume_taste_data *data, const char *path) {
    return read_table(data, path, take_play);
}

neume_status neume_taste_data_read_tags(neume_taste_data *data, const char *path) {
    return read_table(data, path, take_tag);
}
