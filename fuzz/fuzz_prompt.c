/* Any bytes as a prompt, as a query's line, as a query's JSON and as rows of a lexicon: refused or understood; what is
 * understood prints, and reads back as the same query. */
#include "neume/taste_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const neume_query *a, const neume_query *b) {
    const neume_query_counts counts = neume_query_compare(a, b);
    if (counts.both != counts.truth || counts.both != counts.estimate) __builtin_trap();
}

static void print_and_parse(const neume_query *query) {
    neume_buffer line = {0}, json = {0};
    neume_query again = neume_query_none();
    if (neume_query_print(query, &line) || neume_query_print_json(query, &json)) __builtin_trap();
    if (neume_query_parse(line.data ? line.data : "", line.size, &again)) __builtin_trap();
    same(query, &again);
    if (neume_query_parse_json(json.data, json.size, &again)) __builtin_trap();
    same(query, &again);
    neume_query_clear(&again);
    neume_buffer_clear(&line);
    neume_buffer_clear(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static neume_words *words;
    const char *text = (const char *)data;
    neume_query query = neume_query_none();
    if (!words && neume_words_new(&words)) __builtin_trap();
    if (neume_words_understand(words, text, size, &query) == NEUME_OK) print_and_parse(&query);
    if (neume_query_parse(text, size, &query) == NEUME_OK) print_and_parse(&query);
    if (neume_query_parse_json(text, size, &query) == NEUME_OK) print_and_parse(&query);
    neume_query_clear(&query);
    return 0;
}
