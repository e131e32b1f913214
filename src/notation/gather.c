#include "gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_LIMIT = 512 };
static const int64_t MEASURE_LIMIT = NEUME_WHOLE * 4096, SCORE_LIMIT = NEUME_WHOLE * 1000000;

neume_key neume__key_of_fifths(int fifths, neume_mode mode) {
    static const int8_t steps[7] = {3, 0, 4, 1, 5, 2, 6}; /* F C G D A E B */
    neume_key probe = neume_key_of(0, 0, mode);
    int tonic = fifths - neume_key_fifths(&probe) + 1; /* counted from F */
    int alter = tonic >= 0 ? tonic / 7 : -((6 - tonic) / 7);
    return neume_key_of(steps[tonic - 7 * alter], alter, mode);
}

neume_pitch neume__pitch_of_key(int key) {
    static const int8_t steps[12] = {0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 5, 6};
    static const int8_t alters[12] = {0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0};
    return (neume_pitch){steps[key % 12], alters[key % 12], (int8_t)(key / 12 - 1), false};
}

size_t neume__plain_syllable(char *text, bool *goes_on) {
    size_t start = 0, length = strlen(text);
    *goes_on = length > 1 && text[length - 1] == '-';
    length -= *goes_on;
    for (size_t i = 0; i < length; i++)
        if (strchr("_*|", text[i])) text[i] = ' ';
    while (length && text[length - 1] == ' ') length--;
    while (start < length && text[start] == ' ') start++;
    memmove(text, text + start, length - start);
    text[length - start] = '\0';
    return length - start;
}

/* --- gathering ---------------------------------------------------------------------------------------------------- */

neume_status neume__gather_begin(neume__gather *g) {
    *g = (neume__gather){0};
    return neume_score_new(&g->score);
}

neume_status neume__gather_add_part(neume__gather *g, neume__gather_part **out) {
    if (g->part_count >= PARTS_LIMIT) return neume_fail(NEUME_ELIMIT, "more than %d parts", PARTS_LIMIT);
    NEUME_TRY(neume__grow((void **)&g->parts, &g->part_capacity, g->part_count + 1, sizeof *g->parts));
    *out = &g->parts[g->part_count++];
    **out = (neume__gather_part){.program = -1, .channel = -1, .staves = 1};
    return NEUME_OK;
}

neume_status neume__gather_add_sign(neume__gather *g, int part, neume__gather_sign sign) {
    neume__gather_part *p = &g->parts[part];
    if (sign.measure < 0) return neume_fail(NEUME_EFORMAT, "a sign stands outside of any measure");
    NEUME_TRY(neume__grow((void **)&p->signs, &p->sign_capacity, p->sign_count + 1, sizeof *p->signs));
    sign.order = g->order++;
    p->signs[p->sign_count++] = sign;
    return NEUME_OK;
}

neume_status neume__gather_change_program(neume__gather *g, int part, neume__gather_sign where, int program) {
    char text[24];
    int length = snprintf(text, sizeof text, "MIDI program %d", program);
    where.kind = NEUME_ITEM_DIRECTIVE;
    where.voice = -1;
    NEUME_TRY(neume_score_string(g->score, text, (size_t)length, &where.text));
    return neume__gather_add_sign(g, part, where);
}

neume_status neume__gather_reach(neume__gather *g, int part, int32_t measure, int64_t ticks) {
    neume__gather_part *p = &g->parts[part];
    if (measure < 0) return neume_fail(NEUME_EFORMAT, "a note stands outside of any measure");
    if (measure >= NEUME__GATHER_MEASURES)
        return neume_fail(NEUME_ELIMIT, "more than %d measures", NEUME__GATHER_MEASURES);
    if (ticks > MEASURE_LIMIT) return neume_fail(NEUME_ELIMIT, "a measure is too long");
    NEUME_TRY(neume__grow((void **)&p->lengths, &p->measure_capacity, (size_t)measure + 1, sizeof *p->lengths));
    while (p->measure_count <= (size_t)measure) p->lengths[p->measure_count++] = 0;
    if (p->lengths[measure] < ticks) p->lengths[measure] = ticks;
    return NEUME_OK;
}

static bool is_free(const neume__gather_voice *v, int32_t measure, int64_t at, int64_t tolerance) {
    return v->measure < measure || (v->measure == measure && v->end <= at + tolerance);
}

neume_status neume__gather_find_voice(neume__gather *g, neume__gather_voice key, int64_t tolerance, int64_t *at,
                                      size_t *index) {
    neume__gather_voice *found = NULL;
    bool busy = false;
    for (size_t i = g->voice_count; i-- > 0;) {
        neume__gather_voice *v = &g->voices[i];
        if (v->part != key.part || v->number != key.number) continue;
        busy = true;
        if (!is_free(v, key.measure, *at, tolerance)) continue;
        if (!found || v->staff == key.staff) found = v;
    }
    if (!found && busy) neume__fault_add(&g->faults, g->place, "notes of one voice overlap: they become two voices");
    if (found) {
        if (found->measure == key.measure && found->end - *at < tolerance && *at - found->end < tolerance)
            *at = found->end;
        *index = (size_t)(found - g->voices);
        return NEUME_OK;
    }
    if (g->voice_count >= NEUME__GATHER_VOICES)
        return neume_fail(NEUME_ELIMIT, "more than %d voices", NEUME__GATHER_VOICES);
    NEUME_TRY(neume__grow((void **)&g->voices, &g->voice_capacity, g->voice_count + 1, sizeof *g->voices));
    g->voices[g->voice_count] =
        (neume__gather_voice){.part = key.part, .staff = key.staff, .number = key.number, .tuplet = -1};
    *index = g->voice_count++;
    return NEUME_OK;
}

neume_status neume__gather_add_item(neume__gather *g, size_t voice, int32_t measure, neume_item item) {
    neume__gather_voice *v = &g->voices[voice];
    if (item.ticks > MEASURE_LIMIT) return neume_fail(NEUME_ELIMIT, "a note is too long");
    NEUME_TRY(neume__grow((void **)&v->places, &v->place_capacity, v->raw.item_count + 1, sizeof *v->places));
    v->places[v->raw.item_count] = (neume__gather_place){measure, g->order++};
    NEUME_TRY(neume_voice_add_item(&v->raw, item));
    v->measure = measure;
    v->end = item.at + (item.grace ? 0 : item.ticks);
    return neume__gather_reach(g, v->part, measure, v->end);
}

static bool is_dyadic(int64_t ticks) {
    return ticks % (NEUME_WHOLE / 1024) == 0;
}

neume_status neume__gather_tuplet(neume__gather_voice *v, neume_tuplet ratio, bool starts, bool stops,
                                  neume_item *item) {
    item->tuplet = -1;
    if (!ratio.actual) {
        if (!item->grace) v->tuplet = -1;
        return NEUME_OK;
    }
    const neume_tuplet *open = v->tuplet >= 0 ? &v->raw.tuplets[v->tuplet] : NULL;
    if (starts || !open || open->actual != ratio.actual || open->normal != ratio.normal) {
        NEUME_TRY(neume_voice_add_tuplet(&v->raw, ratio));
        v->tuplet = (int32_t)v->raw.tuplet_count - 1;
        v->tuplet_ticks = 0;
    }
    item->tuplet = v->tuplet;
    v->raw.tuplets[v->tuplet].items++;
    v->tuplet_ticks += item->ticks;
    if (stops || is_dyadic(v->tuplet_ticks)) v->tuplet = -1;
    return NEUME_OK;
}

neume_status neume__gather_add_words(neume__gather_voice *v, neume_words words) {
    NEUME_TRY(neume_voice_add_words(&v->raw, words));
    neume_words *all = v->raw.words;
    for (size_t i = v->raw.words_count - 1; i > 0 && all[i - 1].item == words.item; i--) {
        bool later = all[i - 1].kind > words.kind || (all[i - 1].kind == words.kind && all[i - 1].verse > words.verse);
        if (!later) break;
        all[i] = all[i - 1];
        all[i - 1] = words;
    }
    return NEUME_OK;
}

/* --- weaving ------------------------------------------------------------------------------------------------------ */

typedef struct weaving {
    neume__gather *g;
    neume__gather_part *part;
    neume__gather_voice *from;
    neume_voice *to;
    const int64_t *starts; /* of measures */
    int32_t *moved;        /* where the items have gone */
    bool as_told, first;   /* first: of its part */
    int64_t at;
} weaving;

static int64_t place_of(const weaving *w, int32_t measure, int64_t at) {
    if (w->as_told) return w->at;
    int64_t start = w->starts[measure], length = w->starts[measure + 1] - start;
    return start + (at < 0 ? 0 : at < length ? at : length);
}

static neume_status fill(weaving *w, int64_t until) {
    if (until <= w->at) return NEUME_OK;
    neume_item rest = {.at = w->at, .ticks = until - w->at, .kind = NEUME_ITEM_REST, .hidden = true, .tuplet = -1};
    w->at = until;
    return neume_voice_add_item(w->to, rest);
}

static neume_status weave_sign(weaving *w, const neume__gather_sign *s) {
    if (s->staff >= 0 && s->staff != w->from->staff) return NEUME_OK;
    if (s->kind == NEUME_ITEM_REST) return NEUME_OK;
    const long here = w->from - w->g->voices + 1;
    if (s->kind == NEUME_ITEM_TEMPO || s->kind == NEUME_ITEM_DIRECTIVE)
        if (s->voice ? s->voice > 0 && s->voice != here : !w->first) return NEUME_OK;
    NEUME_TRY(fill(w, place_of(w, s->measure, s->at)));
    switch (s->kind) {
    case NEUME_ITEM_BAR:
        return neume_voice_add_bar(w->to, w->at, s->bar);
    case NEUME_ITEM_KEY:
        return neume_voice_add_key(w->to, w->at, s->key);
    case NEUME_ITEM_METRE:
        return neume_voice_add_metre(w->to, w->at, s->metre);
    case NEUME_ITEM_TEMPO:
        return neume_voice_add_tempo(w->to, w->at, s->tempo);
    case NEUME_ITEM_CLEF:
        return neume_voice_add_clef(w->to, w->at, s->clef);
    case NEUME_ITEM_BREAK:
        return neume_voice_add_item(w->to, (neume_item){.at = w->at, .kind = NEUME_ITEM_BREAK, .tuplet = -1});
    default:
        return neume_voice_add_text(w->to, w->at, (neume_item_kind)s->kind, s->text);
    }
}

static neume_status weave_item(weaving *w, size_t i) {
    neume_item item = w->from->raw.items[i];
    NEUME_TRY(fill(w, place_of(w, w->from->places[i].measure, item.at)));
    item.at = w->at;
    w->moved[i] = (int32_t)w->to->item_count;
    if (!item.grace) w->at += item.ticks;
    return neume_voice_add_item(w->to, item);
}

static bool sign_first(const weaving *w, const neume__gather_sign *s, size_t item) {
    const neume__gather_place *place = &w->from->places[item];
    if (w->as_told) return s->order < place->order;
    return s->measure != place->measure ? s->measure < place->measure : s->at <= w->from->raw.items[item].at;
}

static neume_status weave(weaving *w) {
    size_t i = 0;
    for (size_t s = 0; s < w->part->sign_count; s++) {
        const neume__gather_sign *sign = &w->part->signs[s];
        while (i < w->from->raw.item_count && !sign_first(w, sign, i)) NEUME_TRY(weave_item(w, i++));
        NEUME_TRY(weave_sign(w, sign));
    }
    while (i < w->from->raw.item_count) NEUME_TRY(weave_item(w, i++));
    return NEUME_OK;
}

/* Clefs, keys, metres: so they stand on paper, whoever told them first. */
static int rank_of(const neume__gather_sign *s) {
    return s->kind == NEUME_ITEM_CLEF ? 0 : s->kind == NEUME_ITEM_KEY ? 1 : s->kind == NEUME_ITEM_METRE ? 2 : 3;
}

static int by_time(const void *a, const void *b) {
    const neume__gather_sign *x = a, *y = b;
    if (x->measure != y->measure) return x->measure < y->measure ? -1 : 1;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    if (rank_of(x) != rank_of(y)) return rank_of(x) - rank_of(y);
    return x->order < y->order ? -1 : 1;
}

/* Pitches, tuplets and words go over as they are. */
static void hand_over(neume__gather_voice *from, neume_voice *to, const int32_t *moved) {
    neume_voice *raw = &from->raw;
    for (size_t i = 0; i < raw->words_count; i++) raw->words[i].item = moved[raw->words[i].item];
    to->pitches = raw->pitches, to->pitch_count = raw->pitch_count, to->pitch_capacity = raw->pitch_capacity;
    to->tuplets = raw->tuplets, to->tuplet_count = raw->tuplet_count, to->tuplet_capacity = raw->tuplet_capacity;
    to->words = raw->words, to->words_count = raw->words_count, to->words_capacity = raw->words_capacity;
    raw->pitches = NULL;
    raw->tuplets = NULL;
    raw->words = NULL;
}

static neume_status weave_voice(neume__gather *g, size_t voice, const int64_t *starts, const char *id, int staff) {
    neume__gather_voice *from = &g->voices[voice];
    const neume_score *score = g->score;
    const bool first = !score->voice_count || score->voices[score->voice_count - 1].part != from->part;
    size_t same = 0;
    for (size_t i = 0; i < g->voice_count; i++) same += g->voices[i].part == from->part;
    weaving w = {.g = g, .part = &g->parts[from->part], .from = from, .starts = starts};
    w.as_told = g->as_told && same == 1;
    w.first = first;
    NEUME_TRY(neume_score_add_voice(g->score, id, strlen(id), &w.to));
    w.to->part = from->part;
    w.to->staff = staff + from->staff;
    w.to->name = first ? w.part->name : NULL;
    w.to->short_name = first ? w.part->short_name : NULL;
    w.to->program = w.part->program, w.to->channel = w.part->channel, w.to->transpose = w.part->transpose;
    w.to->clef = w.part->clefs[from->staff];
    w.moved = neume__calloc(from->raw.item_count + 1, sizeof *w.moved);
    if (!w.moved) return NEUME_ENOMEM;
    if (!w.as_told && w.part->sign_count) qsort(w.part->signs, w.part->sign_count, sizeof *w.part->signs, by_time);
    neume_status status = weave(&w);
    if (!status) hand_over(from, w.to, w.moved);
    neume__free(w.moved);
    return status;
}

/* Where the measures of a part begin; measures of all parts are as long as the longest unless they do not correspond.
 */
static neume_status find_starts(const neume__gather *g, size_t part, int64_t *starts) {
    const neume__gather_part *p = &g->parts[part];
    bool together = !g->as_told;
    for (size_t i = 0; i < g->part_count; i++) together &= g->parts[i].measure_count == p->measure_count;
    starts[0] = 0;
    for (size_t m = 0; m < p->measure_count; m++) {
        int64_t length = p->lengths[m];
        for (size_t i = 0; together && i < g->part_count; i++)
            if (g->parts[i].lengths[m] > length) length = g->parts[i].lengths[m];
        starts[m + 1] = starts[m] + length;
        if (starts[m + 1] > SCORE_LIMIT) return neume_fail(NEUME_ELIMIT, "the score is too long");
    }
    return NEUME_OK;
}

/* --- tempi -------------------------------------------------------------------------------------------------------- */

/* Does something of the voice begin there? */
static bool begins_at(const neume__gather_voice *v, int32_t measure, int64_t at) {
    size_t low = 0, high = v->raw.item_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int32_t m = v->places[middle].measure;
        if (m < measure || (m == measure && v->raw.items[middle].at < at))
            low = middle + 1;
        else
            high = middle;
    }
    return low < v->raw.item_count && v->places[low].measure == measure && v->raw.items[low].at == at;
}

/* A tempo cannot stand inside a note: it goes to the first voice where something begins with it. */
static neume_status place_tempo(neume__gather *g, size_t part, size_t sign) {
    neume__gather_sign tempo = g->parts[part].signs[sign];
    for (size_t k = 0; k < g->part_count; k++) {
        const size_t p = (part + k) % g->part_count; /* its own first */
        if (k && (g->as_told || g->parts[p].measure_count != g->parts[part].measure_count)) continue;
        for (size_t i = 0; i < g->voice_count; i++) {
            if (g->voices[i].part != (int)p || !begins_at(&g->voices[i], tempo.measure, tempo.at)) continue;
            g->parts[part].signs[sign].voice = tempo.voice = (long)i + 1;
            if (p == part) return NEUME_OK;
            g->parts[part].signs[sign].kind = NEUME_ITEM_REST; /* gone */
            return neume__gather_add_sign(g, (int)p, tempo);
        }
    }
    if (!g->as_told) neume__fault_add(&g->faults, (neume__place){0}, "a tempo inside a note begins with the next");
    return NEUME_OK;
}

static neume_status place_tempi(neume__gather *g) {
    for (size_t p = 0; p < g->part_count; p++)
        for (size_t i = 0; i < g->parts[p].sign_count; i++) {
            const neume__gather_sign *s = &g->parts[p].signs[i];
            if (s->kind == NEUME_ITEM_TEMPO && !s->voice && s->at > 0 && s->at < NEUME__GATHER_LAST)
                NEUME_TRY(place_tempo(g, p, i));
        }
    return NEUME_OK;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

/* A part that says nothing still is a voice. */
static neume_status add_silent_voices(neume__gather *g) {
    for (size_t p = 0; p < g->part_count; p++) {
        bool found = false;
        for (size_t i = 0; i < g->voice_count; i++) found |= g->voices[i].part == (int)p;
        size_t index;
        int64_t at = 0;
        if (!found) NEUME_TRY(neume__gather_find_voice(g, (neume__gather_voice){.part = (int)p}, 0, &at, &index));
    }
    return NEUME_OK;
}

/* The voices of a part in the order of its staves, weaved. */
static neume_status weave_part(neume__gather *g, size_t part, const char *const *ids, size_t id_count, int staff) {
    int64_t *starts = neume__calloc(g->parts[part].measure_count + 2, sizeof *starts);
    if (!starts) return NEUME_ENOMEM;
    neume_status status = find_starts(g, part, starts);
    for (int s = 0; s < NEUME__GATHER_STAVES && !status; s++) {
        for (size_t i = 0; i < g->voice_count && !status; i++) {
            char number[16];
            size_t voice = g->score->voice_count;
            if (g->voices[i].part != (int)part || g->voices[i].staff != s) continue;
            snprintf(number, sizeof number, "%zu", voice + 1);
            status = weave_voice(g, i, starts, voice < id_count ? ids[voice] : number, staff);
        }
    }
    neume__free(starts);
    return status;
}

/* Several voices or staves of one part stand together: "1 {(2 3) 4}". */
static neume_status lay_out(neume_score *score) {
    neume_buffer text = {0};
    neume_status status = NEUME_OK;
    bool together = false;
    for (size_t i = 0; i < score->voice_count && !status; i++) {
        const neume_voice *v = score->voices;
        bool in_part = i && v[i].part == v[i - 1].part, in_staff = in_part && v[i].staff == v[i - 1].staff;
        bool to_part = i + 1 < score->voice_count && v[i].part == v[i + 1].part;
        bool to_staff = to_part && v[i].staff == v[i + 1].staff;
        bool braced = false;
        for (size_t k = 0; k < score->voice_count; k++) braced |= v[k].part == v[i].part && v[k].staff != v[i].staff;
        together |= in_part;
        status = neume_buffer_print(&text, "%s%s%s%s%s%s", i ? " " : "", braced && !in_part ? "{" : "",
                                    to_staff && !in_staff ? "(" : "", v[i].id, in_staff && !to_staff ? ")" : "",
                                    braced && !to_part ? "}" : "");
    }
    if (!status && together) status = neume_score_string(score, text.data, text.size, &score->layout);
    neume_buffer_clear(&text);
    return status;
}

neume_status neume__gather_finish(neume__gather *g, const char *const *ids, size_t id_count, neume_score **out) {
    int staff = 0;
    NEUME_TRY(add_silent_voices(g));
    NEUME_TRY(place_tempi(g));
    for (size_t p = 0; p < g->part_count; p++) {
        NEUME_TRY(weave_part(g, p, ids, id_count, staff));
        staff += g->parts[p].staves;
    }
    if (!g->as_told) NEUME_TRY(lay_out(g->score));
    if (!g->as_told) neume__judge_score(&g->faults, g->score);
    *out = g->score;
    g->score = NULL;
    return NEUME_OK;
}

void neume__gather_clear(neume__gather *g) {
    for (size_t i = 0; i < g->part_count; i++) {
        neume__free(g->parts[i].signs);
        neume__free(g->parts[i].lengths);
    }
    for (size_t i = 0; i < g->voice_count; i++) {
        neume_voice *raw = &g->voices[i].raw;
        void *tables[] = {raw->items, raw->pitches, raw->tuplets, raw->words, g->voices[i].places};
        for (size_t k = 0; k < sizeof tables / sizeof *tables; k++) neume__free(tables[k]);
    }
    neume__free(g->parts);
    neume__free(g->voices);
    neume_score_free(g->score);
    *g = (neume__gather){0};
}
