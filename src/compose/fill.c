/* Filling bars, going on, finding titles: documents of which the model has a part. */
#include "gap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BARS_MOST = 64, OVERSAMPLING = 2, BAR_TOKENS = 32, SPARE_TOKENS = 64 };

/* --- prompts that fit --------------------------------------------------------------------------------------------- */

/* Parts of a document; what is too long loses lines at its far ends. */
typedef struct parts {
    const char *head, *before, *behind;
    size_t head_size, before_size, behind_size;
} parts;

static size_t first_line(const char *text, size_t size) {
    const char *end = memchr(text, '\n', size);
    return end ? (size_t)(end + 1 - text) : size;
}

/* What is behind the gap comes first, so that what is written follows what is before it. */
static neume_status encode_gap(const neume_composer *c, const parts *p, neume_tokens *out) {
    out->count = 0;
    NEUME_TRY(neume_tokens_add(out, NEUME_TOKEN_BEGIN));
    NEUME_TRY(neume__prompt_part(c, NEUME_TOKEN_SUFFIX, p->behind, p->behind_size, out));
    NEUME_TRY(neume__prompt_part(c, NEUME_TOKEN_PREFIX, p->head, p->head_size, out));
    NEUME_TRY(neume_vocabulary_encode(c->vocabulary, p->before, p->before_size, out));
    return neume_tokens_add(out, NEUME_TOKEN_MIDDLE);
}

static neume_status encode_beginning(const neume_composer *c, const parts *p, neume_tokens *out) {
    out->count = 0;
    NEUME_TRY(neume_tokens_add(out, NEUME_TOKEN_BEGIN));
    NEUME_TRY(neume_vocabulary_encode(c->vocabulary, p->head, p->head_size, out));
    return neume_vocabulary_encode(c->vocabulary, p->before, p->before_size, out);
}

typedef neume_status encoder(const neume_composer *c, const parts *p, neume_tokens *out);

static neume_status encode_fitting(const neume_composer *c, encoder *encode, parts *p, int bars, neume_tokens *out) {
    const int64_t context = neume_lm_model_shape(c->model)->context;
    const size_t room = (size_t)bars * BAR_TOKENS + SPARE_TOKENS;
    for (;;) {
        NEUME_TRY(encode(c, p, out));
        if ((int64_t)(out->count + room) <= context) return NEUME_OK;
        const size_t line = first_line(p->before, p->before_size);
        if (p->behind_size > p->before_size) {
            p->behind_size = p->behind_size * 3 / 4;
        } else if (line < p->before_size) {
            p->before += line;
            p->before_size -= line;
        } else if (p->before_size > 0) {
            p->before_size = 0;
        } else {
            return neume_fail(NEUME_ELIMIT, "the model's %lld tokens are too few for so many bars", (long long)context);
        }
    }
}

/* --- bars --------------------------------------------------------------------------------------------------------- */

typedef struct stretch {
    int64_t from, to;
    int bars;
    int64_t last_ticks; /* of a last bar that is not full; 0 = full */
} stretch;

/* Bars counted from 1; an upbeat is bar 0. */
static neume_status find_stretch(const neume_score *score, int first, int last, stretch *out) {
    score_bars bars = {0};
    NEUME_TRY(neume__bars_find(score, &score->voices[neume__melody_voice(score)], &bars));
    const size_t upbeat = bars.count && bars.items[0].lack > 0;
    const size_t count = bars.count - upbeat;
    neume_status status = NEUME_OK;
    if (first < 1 || last < first || (size_t)last > count)
        status = neume_fail(NEUME_EINVAL, "there are no bars %d-%d: it has %zu", first, last, count);
    else if (last - first + 1 > BARS_MOST)
        status = neume_fail(NEUME_EINVAL, "at most %d bars are filled at once", BARS_MOST);
    if (!status) {
        const score_bar *a = &bars.items[(size_t)first - 1 + upbeat], *b = &bars.items[(size_t)last - 1 + upbeat];
        const int64_t whole = neume_metre_ticks(b->metre);
        *out = (stretch){a->at, b->at + b->ticks, last - first + 1, b->ticks < whole ? b->ticks : 0};
    }
    neume__bars_clear(&bars);
    return status;
}

static neume_status check_melody(const neume_score *score) {
    if (neume__melody_voice(score) < 0) return neume_fail(NEUME_EFORMAT, "there is no melody in it");
    if (neume_metre_ticks(score->metre) <= 0) return neume_fail(NEUME_EUNSUPPORTED, "it has no metre to count bars in");
    return NEUME_OK;
}

/* Of what was written, the bars go into a copy of the piece. */
static neume_status put_back(const neume_score *score, const stretch *s, neume_idea *idea) {
    neume_score *copy = NULL;
    NEUME_TRY(neume__score_copy(score, &copy));
    neume_voice *voice = &copy->voices[neume__melody_voice(copy)];
    neume_status status = neume__splice(copy, voice, idea->score->voices, s->from, s->to);
    if (status) {
        neume_score_free(copy);
        return status;
    }
    neume_score_free(idea->score);
    idea->score = copy;
    return NEUME_OK;
}

static neume_status write_gap(const neume_composer *c, const gap_text *gap, parts *p,
                              const neume_grammar_options *rules, const neume_writing_options *how,
                              neume_ideas *ideas) {
    const size_t count = (size_t)how->count * OVERSAMPLING;
    neume_grammar grammar;
    writing_task task = {.grammar = &grammar,
                         .end = rules->end == NEUME_GRAMMAR_END_TUNE ? NEUME_TOKEN_END : NEUME_TOKEN_FILLED};
    written *items = neume__calloc(count, sizeof *items);
    neume_status status = items ? NEUME_OK : NEUME_ENOMEM;
    neume_grammar_begin(&grammar, rules);
    if (!status) status = neume_grammar_prefix(&grammar, gap->text.data, gap->from);
    if (!status)
        status = encode_fitting(c, task.end == NEUME_TOKEN_END ? encode_beginning : encode_gap, p, rules->bars_max,
                                &task.prompt);
    if (!status) status = neume__write(c, &task, how, items, count);
    if (!status) status = neume__ideas_make(gap->text.data, gap->from, gap->text.data + gap->to, items, count, ideas);
    if (items) neume__written_clear(items, count);
    neume__free(items);
    neume_tokens_clear(&task.prompt);
    return status;
}

static parts parts_of(const gap_text *gap) {
    return (parts){gap->text.data, gap->text.data + gap->body, gap->text.data + gap->to,
                   gap->body,      gap->from - gap->body,      gap->text.size - gap->to};
}

static int grammar_ticks(int64_t ticks) {
    return (int)(ticks / (NEUME_WHOLE / NEUME_GRAMMAR_WHOLE));
}

neume_status neume_compose_fill(const neume_composer *composer, const neume_score *score, int first, int last,
                                const neume_writing_options *how, neume_ideas *out) {
    stretch s;
    gap_text gap = {0};
    bool plain = false;
    neume_ideas ideas = {0};
    NEUME_TRY(neume__writing_check(how));
    NEUME_TRY(check_melody(score));
    NEUME_TRY(find_stretch(score, first, last, &s));
    NEUME_TRY(neume__gap_text(score, s.from, s.to, &gap, &plain));
    const neume_grammar_options rules = {.bars_min = s.bars,
                                         .bars_max = s.bars,
                                         .end = plain ? NEUME_GRAMMAR_END_BAR : NEUME_GRAMMAR_END_NOTES,
                                         .last_bar_ticks = grammar_ticks(s.last_ticks)};
    parts p = parts_of(&gap);
    neume_status status = write_gap(composer, &gap, &p, &rules, how, &ideas);
    for (size_t i = 0; i < ideas.count && !status; i++) status = put_back(score, &s, &ideas.items[i]);
    neume__gap_text_clear(&gap);
    return neume__ideas_hand_out(status, &ideas, (size_t)how->count, out);
}

/* --- going on ----------------------------------------------------------------------------------------------------- */

/* The piece ends in a plain bar line now, unless it is a repeat. */
static neume_status open_end(neume_score *copy) {
    neume_voice *voice = &copy->voices[0];
    const int64_t end = neume__score_end(copy);
    bool line = false;
    for (size_t i = 0; i < voice->item_count; i++) {
        if (voice->items[i].kind != NEUME_ITEM_BAR || voice->items[i].at != end) continue;
        neume_bar *bar = &voice->bars[voice->items[i].first];
        if (!bar->repeat_end) bar->style = NEUME_BAR_SINGLE;
        line = true;
    }
    return line ? NEUME_OK : neume_voice_add_bar(voice, end, (neume_bar){0});
}

/* What the copy is called and by whom comes from the piece. */
static neume_status take_fields(const neume_score *from, neume_score *to) {
    to->field_count = 0;
    for (size_t f = 0; f < from->field_count; f++)
        NEUME_TRY(
            neume_score_add_field(to, from->fields[f].letter, from->fields[f].text, strlen(from->fields[f].text)));
    return NEUME_OK;
}

neume_status neume_compose_continue(const neume_composer *composer, const neume_score *score, int bars,
                                    const neume_writing_options *how, neume_ideas *out) {
    neume_score *copy = NULL;
    gap_text gap = {0};
    bool plain = false;
    neume_ideas ideas = {0};
    NEUME_TRY(neume__writing_check(how));
    NEUME_TRY(check_melody(score));
    if (score->voice_count > 1) return neume_fail(NEUME_EUNSUPPORTED, "only pieces of one voice are continued");
    if (bars < 1 || bars > BARS_MOST) return neume_fail(NEUME_EINVAL, "1 to %d bars more, not %d", BARS_MOST, bars);
    NEUME_TRY(neume__score_copy(score, &copy));
    neume_status status = open_end(copy);
    if (!status) status = neume__gap_text(copy, neume__score_end(copy), neume__score_end(copy), &gap, &plain);
    const neume_grammar_options rules = {.bars_min = bars, .bars_max = bars, .pickup_ticks = 0};
    if (!status) {
        parts p = parts_of(&gap);
        status = write_gap(composer, &gap, &p, &rules, how, &ideas);
    }
    for (size_t i = 0; i < ideas.count && !status; i++) status = take_fields(score, ideas.items[i].score);
    neume__gap_text_clear(&gap);
    neume_score_free(copy);
    return neume__ideas_hand_out(status, &ideas, (size_t)how->count, out);
}

/* --- titles ------------------------------------------------------------------------------------------------------- */

static int by_probability(const void *left, const void *right) {
    const neume_title *a = left, *b = right;
    return a->probability > b->probability ? -1 : a->probability < b->probability;
}

/* Distinct titles, each with its probability. */
static size_t collect_titles(const written *items, size_t count, neume_title *out) {
    size_t titles = 0;
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        neume_title title = {.probability = exp(items[i].log_probability)};
        size_t t = 0;
        neume__text_clean(items[i].text.data ? items[i].text.data : "", items[i].text.size, title.text,
                          sizeof title.text);
        while (t < titles && strcmp(out[t].text, title.text) != 0) t++;
        if (!title.text[0] || t < titles) continue;
        out[titles++] = title;
        sum += title.probability;
    }
    for (size_t t = 0; t < titles && sum > 0; t++) out[t].probability /= sum;
    if (titles) qsort(out, titles, sizeof *out, by_probability);
    return titles;
}

static neume_status write_titles(const neume_composer *c, const neume_buffer *text, const neume_writing_options *how,
                                 neume_title *out, size_t *found) {
    const size_t count = (size_t)how->count * OVERSAMPLING, title = first_line(text->data, text->size);
    writing_task task = {.end = NEUME_TOKEN_FILLED};
    parts p = {"T:", "", text->data + title - 1, 2, 0, text->size - title + 1};
    written *items = neume__calloc(count, sizeof *items);
    neume_title *titles = neume__calloc(count, sizeof *titles);
    neume_status status = items && titles ? encode_fitting(c, encode_gap, &p, 1, &task.prompt) : NEUME_ENOMEM;
    if (!status) status = neume__write(c, &task, how, items, count);
    if (!status) {
        *found = collect_titles(items, count, titles);
        if (*found > (size_t)how->count) *found = (size_t)how->count;
        memcpy(out, titles, *found * sizeof *titles);
    }
    if (items) neume__written_clear(items, count);
    neume__free(items);
    neume__free(titles);
    neume_tokens_clear(&task.prompt);
    return status;
}

neume_status neume_compose_titles(const neume_composer *composer, const neume_score *score,
                                  const neume_writing_options *how, neume_title *out, size_t *count) {
    neume_buffer text = {0};
    NEUME_TRY(neume__writing_check(how));
    if (neume__melody_voice(score) < 0) return neume_fail(NEUME_EFORMAT, "there is no melody in it");
    neume_status status = neume__tune_text(score, &text);
    if (!status) status = write_titles(composer, &text, how, out, count);
    neume_buffer_clear(&text);
    return status;
}
