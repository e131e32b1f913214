/* What %%score says of parts: voices in one pair of braces share a part, a piano's, and those in one pair of
 * parentheses a staff of it; * before a voice puts it on the staff before. Only voices that sound alike are one part,
 * and none with a name of its own: two violins in braces stay two. An overlay (&) joins the staff of its owner, and the
 * layout says so. */
#include "abc.h"

#include <stdlib.h>
#include <string.h>

/* --- what a layout says --------------------------------------------------------------------------------------------- */

/* Where a voice stands; its part is the number of that part's first voice. */
typedef struct place {
    int part, staff, index;
} place;

/* Reading the layout: outside braces and parentheses every voice is a group, and within them they are. */
typedef struct groups {
    abc_reader *r;
    place *places;
    int leads;  /* the first voice of this group, -1 = none yet */
    int before; /* the voice before on this staff, -1 = none */
    int staff;
    bool braced, slurred;
} groups;

static bool is_id(char c) {
    return abc_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

static int find_id(const neume_score *score, abc_span id) {
    for (size_t i = 0; i < score->voice_count; i++) {
        const char *own = score->voices[i].id;
        if (strlen(own) == (size_t)(id.end - id.at) && memcmp(own, id.at, strlen(own)) == 0) return (int)i;
    }
    return -1;
}

static int program_of(const neume_voice *voice) {
    return voice->program < 0 ? 0 : voice->program;
}

static bool goes_with(const neume_voice *lead, const neume_voice *voice) {
    return program_of(lead) == program_of(voice) && lead->channel == voice->channel &&
           lead->transpose == voice->transpose &&
           (!voice->name || (lead->name && strcmp(lead->name, voice->name) == 0));
}

static void place_voice(groups *g, abc_span id, bool floats) {
    const neume_score *score = g->r->score;
    const int index = find_id(score, id);
    if (index < 0 || g->places[index].staff >= 0) return; /* unknown, or named twice */
    if (!g->braced && !g->slurred) g->leads = -1;
    if (!g->slurred && !(floats && g->leads >= 0)) g->staff++, g->before = -1;
    const int like[] = {g->before, g->leads};
    for (size_t i = 0; i < 2; i++) {
        if (like[i] < 0 || !goes_with(&score->voices[like[i]], &score->voices[index])) continue;
        g->places[index].part = g->places[like[i]].part;
        break;
    }
    g->places[index].staff = g->staff;
    if (g->leads < 0) g->leads = index;
    g->before = index;
}

static void read_layout(groups *g, abc_span text) {
    bool floats = false;
    for (; text.at < text.end; text.at++) {
        const char c = *text.at;
        if (c == '{' || c == '}') g->braced = c == '{', g->slurred = false, g->leads = -1;
        if ((c == '(' || c == ')') && !g->braced) g->leads = -1;
        if (c == '(') g->staff++, g->before = -1;
        if (c == '(' || c == ')') g->slurred = c == '(';
        if (c == '*') floats = true;
        if (!is_id(c)) continue;
        abc_span id = {text.at, text.at};
        while (id.end < text.end && is_id(*id.end)) id.end++;
        place_voice(g, id, floats);
        floats = false;
        text.at = id.end - 1;
    }
}

static int by_place(const void *a, const void *b) {
    const place *x = a, *y = b;
    if (x->part != y->part) return x->part - y->part;
    if (x->staff != y->staff) return x->staff - y->staff;
    return x->index - y->index;
}

/* A part has the place of the first of its voices that the tune names. */
static void lead_by_first(place *places, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const int lead = places[i].part;
        if (lead <= (int)i) continue;
        for (size_t k = i; k < count; k++)
            if (places[k].part == lead) places[k].part = (int)i;
    }
}

/* Puts the voices of a part side by side, in the order of its staves, and numbers parts and staves. */
static neume_status arrange(neume_score *score, place *places) {
    const size_t count = score->voice_count;
    neume_voice *voices = neume__calloc(count, sizeof *voices);
    if (!voices) return NEUME_ENOMEM;
    qsort(places, count, sizeof *places, by_place);
    int part = 0, staff = 0;
    for (size_t i = 0; i < count; i++) {
        const bool new_part = i && places[i].part != places[i - 1].part;
        part += new_part;
        staff += new_part || (i && places[i].staff != places[i - 1].staff);
        voices[i] = score->voices[places[i].index];
        voices[i].part = part;
        voices[i].staff = staff;
    }
    memcpy(score->voices, voices, count * sizeof *voices);
    neume__free(voices);
    return NEUME_OK;
}

/* --- overlays ----------------------------------------------------------------------------------------------------- */

static neume_status put_overlays(const abc_reader *r, int owner, bool floats, neume_buffer *out) {
    for (size_t i = 0; i < r->score->voice_count; i++)
        if (r->voices[i].overlay_of == owner)
            NEUME_TRY(neume_buffer_print(out, floats ? " *%s" : " %s", r->score->voices[i].id));
    return NEUME_OK;
}

static bool has_overlays(const abc_reader *r, int owner) {
    for (size_t i = 0; owner >= 0 && i < r->score->voice_count; i++)
        if (r->voices[i].overlay_of == owner) return true;
    return false;
}

/* The layout with every overlay on the staff of its owner. */
static neume_status put_layout(const abc_reader *r, abc_span text, neume_buffer *out) {
    bool floats = false, slurred = false;
    while (text.at < text.end) {
        abc_span id = {text.at, text.at};
        while (id.end < text.end && is_id(*id.end)) id.end++;
        const bool named = id.end > id.at;
        if (!named) id.end++;
        const int owner = named ? find_id(r->score, id) : -1, length = (int)(id.end - id.at);
        const bool over = has_overlays(r, owner), wraps = over && !slurred && !floats;
        NEUME_TRY(neume_buffer_print(out, wraps ? "(%.*s" : "%.*s", length, id.at));
        if (over) NEUME_TRY(put_overlays(r, owner, floats, out));
        if (wraps) NEUME_TRY(neume_buffer_print(out, ")"));
        if (!named && *id.at == '*') floats = true;
        if (!named && abc_in(*id.at, "(){}")) slurred = *id.at == '(';
        if (named) floats = false;
        text.at = id.end;
    }
    return NEUME_OK;
}

static neume_status lay_out_overlays(abc_reader *r) {
    neume_score *score = r->score;
    neume_buffer plain = {0}, full = {0};
    neume_status status = NEUME_OK;
    bool any = false;
    if (score->layout) status = neume_buffer_print(&plain, "%s", score->layout);
    for (size_t i = 0; i < score->voice_count && !status; i++) {
        any |= r->voices[i].overlay_of >= 0;
        if (score->layout || r->voices[i].overlay_of >= 0) continue;
        status = neume_buffer_print(&plain, plain.size ? " %s" : "%s", score->voices[i].id);
    }
    if (any && !status) status = put_layout(r, (abc_span){plain.data, plain.data + plain.size}, &full);
    if (any && !status) status = neume_score_string(score, full.data, full.size, &score->layout);
    neume_buffer_clear(&plain);
    neume_buffer_clear(&full);
    return status;
}

/* --- all ---------------------------------------------------------------------------------------------------------- */

neume_status abc_lay_out(abc_reader *r) {
    neume_score *score = r->score;
    const size_t count = score->voice_count;
    NEUME_TRY(lay_out_overlays(r));
    place *places = neume__calloc(count + 1, sizeof *places);
    if (!places) return NEUME_ENOMEM;
    for (size_t i = 0; i < count; i++) places[i] = (place){.part = (int)i, .staff = -1, .index = (int)i};
    groups g = {.r = r, .places = places, .leads = -1, .before = -1};
    if (score->layout) read_layout(&g, (abc_span){score->layout, score->layout + strlen(score->layout)});
    lead_by_first(places, count);
    neume_status status = count ? arrange(score, places) : NEUME_OK;
    neume__free(places);
    return status;
}
