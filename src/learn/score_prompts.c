/* Prompts against the slots that a reader filled in. */
#include "neume/learn_words.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 3 };
enum { PROMPT, LANGUAGE, SLOTS };

typedef struct span {
    const char *at;
    size_t count;
} span;

static span take(span *rest, char stop) {
    const char *found = rest->count ? memchr(rest->at, stop, rest->count) : NULL;
    span taken = {rest->at, found ? (size_t)(found - rest->at) : rest->count};
    const size_t passed = taken.count + (found ? 1 : 0);
    *rest = (span){rest->at + passed, rest->count - passed};
    if (taken.count && taken.at[taken.count - 1] == '\r') taken.count--;
    return taken;
}

static void add(neume_prompt_scores *sums, const neume_query_counts *counts) {
    sums->prompts++;
    sums->counts.both += counts->both;
    sums->counts.truth += counts->truth;
    sums->counts.estimate += counts->estimate;
}

static neume_prompt_scores *of_language(neume_prompt_scores *scores, size_t *count, span language) {
    char name[sizeof scores->language];
    snprintf(name, sizeof name, "%.*s", (int)(language.count < sizeof name ? language.count : sizeof name - 1),
             language.at);
    for (size_t i = 1; i < *count; i++)
        if (strcmp(scores[i].language, name) == 0) return &scores[i];
    if (*count > NEUME_PROMPT_LANGUAGES) return NULL;
    neume_prompt_scores *made = &scores[(*count)++];
    *made = (neume_prompt_scores){.prompts = 0};
    memcpy(made->language, name, sizeof name);
    return made;
}

/* What @p query has and @p other has not, as a query's line. */
static neume_status print_rest(const neume_query *query, const neume_query *other, neume_buffer *out) {
    neume_query rest = neume_query_none();
    neume_status status = NEUME_OK;
    for (size_t i = 0; i < query->count && !status; i++) {
        const neume_query one = {.wishes = &query->wishes[i], .count = 1};
        if (!neume_query_compare(other, &one).both) status = neume_query_add(&rest, &query->wishes[i]);
    }
    if (!status) status = neume_query_print(&rest, out);
    neume_query_clear(&rest);
    return status;
}

static neume_status tell_miss(span prompt, const neume_query *truth, const neume_query *estimate, neume_buffer *out) {
    NEUME_TRY(neume_buffer_append(out, prompt.at, prompt.count));
    NEUME_TRY(neume_buffer_print(out, "\tmissed: "));
    NEUME_TRY(print_rest(truth, estimate, out));
    NEUME_TRY(neume_buffer_print(out, "\tread into it: "));
    NEUME_TRY(print_rest(estimate, truth, out));
    return neume_buffer_print(out, "\n");
}

static neume_status score_prompt(const neume_words *words, const span *columns, neume_query_counts *counts,
                                 neume_buffer *misses) {
    neume_query truth = neume_query_none(), estimate = neume_query_none();
    neume_status status = neume_query_parse(columns[SLOTS].at, columns[SLOTS].count, &truth);
    if (!status) status = neume_words_understand(words, columns[PROMPT].at, columns[PROMPT].count, &estimate);
    if (!status) {
        *counts = neume_query_compare(&truth, &estimate);
        const bool right = counts->both == counts->truth && counts->both == counts->estimate;
        if (misses && !right) status = tell_miss(columns[PROMPT], &truth, &estimate, misses);
    }
    neume_query_clear(&truth);
    neume_query_clear(&estimate);
    return status;
}

neume_status neume_prompts_score(const neume_words *words, const char *table, size_t bytes, neume_prompt_scores *scores,
                                 size_t *count, neume_buffer *misses) {
    span rest = {table, bytes};
    *count = 1;
    scores[0] = (neume_prompt_scores){.prompts = 0};
    for (size_t line = 1; rest.count; line++) {
        span row = take(&rest, '\n'), columns[COLUMNS];
        neume_query_counts counts = {0};
        if (!row.count || (line == 1 && row.count > 6 && memcmp(row.at, "prompt", 6) == 0)) continue;
        for (int i = 0; i < COLUMNS; i++) columns[i] = take(&row, '\t');
        neume_prompt_scores *language = of_language(scores, count, columns[LANGUAGE]);
        if (!language) return neume_fail(NEUME_EFORMAT, "prompts in more than %d languages", NEUME_PROMPT_LANGUAGES);
        const neume_status status = score_prompt(words, columns, &counts, misses);
        if (status == NEUME_EFORMAT) {
            char reason[256];
            snprintf(reason, sizeof reason, "%s", neume_error_message());
            return neume_fail(status, "line %zu: %s", line, reason);
        }
        NEUME_TRY(status);
        add(&scores[0], &counts);
        add(language, &counts);
    }
    return NEUME_OK;
}
