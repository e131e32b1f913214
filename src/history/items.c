/* Tables of what is known of items: a heading names the columns, and what has no known name is a feature. */
#include "history.h"

#include <math.h>
#include <string.h>

typedef struct item_table {
    history_reading *reading;
    char separator;
    int id, name, artist, year, tags;
    char *heading_line;
    history_fields heading; /* into heading_line */
    bool begun;
    int *features; /* columns, in the order in which they were told */
    float *values;
    size_t feature_count, feature_capacity;
    history_fields fields;
    neume_history_tag *list;
    size_t list_capacity;
    neume_buffer tag_text;
} item_table;

/* --- the heading -------------------------------------------------------------------------------------------------- */

static bool is_named(const item_table *table, int column) {
    return column == table->id || column == table->name || column == table->artist || column == table->year ||
           column == table->tags;
}

static neume_status add_feature(item_table *table, int column) {
    char name[NEUME_HISTORY_TEXT_BYTES];
    if (!history_clean(table->heading.at[column], name)) return NEUME_OK; /* nobody could ask for it */
    NEUME_TRY(neume__grow((void **)&table->features, &table->feature_capacity, table->feature_count + 1,
                          sizeof *table->features));
    table->features[table->feature_count++] = column;
    return table->reading->sink->feature(table->reading->sink->context, name);
}

static neume_status read_heading(item_table *table) {
    history_reading *reading = table->reading;
    history_fields *fields = &table->heading;
    const char *line = reading->line.data;
    if (strncmp(line, "\xEF\xBB\xBF", 3) == 0) line += 3; /* a mark of byte order */
    table->heading_line = neume__strdup(line);
    if (!table->heading_line) return NEUME_ENOMEM;
    table->separator = history_separator(line);
    NEUME_TRY(history_split(table->heading_line, table->separator, fields));
    table->id = history_column(fields, "id item item_id itemid");
    table->name = history_column(fields, "name title track");
    table->artist = history_column(fields, "artist artist_name");
    table->year = history_column(fields, "year date released");
    table->tags = history_column(fields, "tags genres genre styles");
    if (table->id >= 0) return NEUME_OK;
    return neume_fail(NEUME_EFORMAT, "%s: its heading has no column 'id'", reading->path);
}

static const char *field_of(const item_table *table, int column) {
    return column >= 0 && (size_t)column < table->fields.count ? table->fields.at[column] : "";
}

/* The first item decides: a column without a known name is a feature if a number, or nothing, stands in it. */
static neume_status begin(item_table *table) {
    double number = 0;
    table->begun = true;
    for (int column = 0; column < (int)table->heading.count; column++) {
        const char *field = field_of(table, column);
        if (!is_named(table, column) && (!*field || history_number(field, &number)))
            NEUME_TRY(add_feature(table, column));
    }
    table->values = neume__calloc(table->feature_count + 1, sizeof *table->values);
    return table->values ? NEUME_OK : NEUME_ENOMEM;
}

/* --- one line ----------------------------------------------------------------------------------------------------- */

/* "jazz:3" -> 3, and the name loses its weight; "jazz" -> 1; not above 0: left out */
static double take_weight(char *tag) {
    char *colon = strrchr(tag, ':');
    double weight = 1;
    if (!colon || !history_number(colon + 1, &weight)) return 1;
    *colon = '\0';
    return weight;
}

static neume_status read_tags(item_table *table, char *text, size_t *count) {
    size_t found = 0;
    table->tag_text.size = 0;
    /* Room for all names at once, so that they do not move. */
    NEUME_TRY(neume__grow((void **)&table->tag_text.data, &table->tag_text.capacity, strlen(text) + 16, 1));
    char *to = table->tag_text.data;
    for (char *tag = text, *next = NULL; tag; tag = next) {
        char name[NEUME_HISTORY_TEXT_BYTES];
        next = strchr(tag, '|');
        if (next) *next++ = '\0';
        const double weight = take_weight(tag);
        if (!(weight > 0) || !history_clean(tag, name)) continue;
        NEUME_TRY(neume__grow((void **)&table->list, &table->list_capacity, found + 1, sizeof *table->list));
        table->list[found++] = (neume_history_tag){strcpy(to, name), weight};
        to += strlen(name) + 1;
    }
    *count = found;
    return NEUME_OK;
}

static int read_year(const char *text) {
    int year = 0;
    return sscanf(text, "%4d", &year) == 1 && year >= 1 && year <= 9999 ? year : 0;
}

static void read_features(item_table *table) {
    for (size_t i = 0; i < table->feature_count; i++) {
        double number = 0;
        const bool known = history_number(field_of(table, table->features[i]), &number);
        table->values[i] = known ? (float)number : NAN;
    }
}

static neume_status take_line(item_table *table) {
    history_reading *reading = table->reading;
    char id[NEUME_HISTORY_TEXT_BYTES], name[NEUME_HISTORY_TEXT_BYTES], artist[NEUME_HISTORY_TEXT_BYTES];
    if (reading->line_too_long) return history_leave_out(reading, "it is longer than a million bytes");
    if (!reading->line.size) return NEUME_OK;
    NEUME_TRY(history_split(reading->line.data, table->separator, &table->fields));
    if (!history_clean(field_of(table, table->id), id))
        return history_leave_out(reading, "it names no item, or too long a one");
    if (!table->begun) NEUME_TRY(begin(table));
    neume_history_item item = {
        .id = id,
        .name = history_clean(field_of(table, table->name), name) ? name : NULL,
        .artist = history_clean(field_of(table, table->artist), artist) ? artist : NULL,
        .year = read_year(field_of(table, table->year)),
        .features = table->values,
        .feature_count = table->feature_count,
    };
    if (table->tags >= 0 && (size_t)table->tags < table->fields.count)
        NEUME_TRY(read_tags(table, table->fields.at[table->tags], &item.tag_count));
    item.tags = table->list;
    read_features(table);
    reading->tally.taken++;
    return reading->sink->item(reading->sink->context, &item);
}

neume_status history_read_items(history_reading *reading) {
    item_table table = {.reading = reading};
    bool more = true;
    neume_status status = read_heading(&table);
    if (!status) status = history_line(reading, &more);
    while (!status && more) {
        status = take_line(&table);
        if (!status) status = history_line(reading, &more);
    }
    neume__free(table.heading_line);
    neume__free(table.heading.at);
    neume__free(table.features);
    neume__free(table.values);
    neume__free(table.fields.at);
    neume__free(table.list);
    neume_buffer_clear(&table.tag_text);
    return status;
}

/* --- tables of tags ----------------------------------------------------------------------------------------------- */

static neume_status take_tag(history_reading *reading, char separator, history_fields *fields, bool first) {
    char id[NEUME_HISTORY_TEXT_BYTES], name[NEUME_HISTORY_TEXT_BYTES];
    neume_history_tag tag = {.name = name, .weight = 1};
    if (reading->line_too_long) return history_leave_out(reading, "it is longer than a million bytes");
    if (!reading->line.size) return NEUME_OK;
    NEUME_TRY(history_split(reading->line.data, separator, fields));
    const bool weighed = fields->count < 3 || history_number(fields->at[2], &tag.weight);
    if (first && !weighed) return NEUME_OK; /* a heading */
    if (!weighed || !(tag.weight > 0)) return history_leave_out(reading, "its weight is no number above 0");
    if (fields->count < 2 || !history_clean(fields->at[0], id) || !history_clean(fields->at[1], name))
        return history_leave_out(reading, "it names no item and tag, or too long ones");
    const neume_history_item item = {.id = id, .tags = &tag, .tag_count = 1, .adds_tags = true};
    reading->tally.taken++;
    return reading->sink->item(reading->sink->context, &item);
}

neume_status history_read_tags(history_reading *reading) {
    const char separator = history_separator(reading->line.data);
    history_fields fields = {0};
    neume_status status = NEUME_OK;
    for (bool more = true, first = true; !status && more; first = false) {
        status = take_tag(reading, separator, &fields, first);
        if (!status) status = history_line(reading, &more);
    }
    neume__free(fields.at);
    return status;
}
