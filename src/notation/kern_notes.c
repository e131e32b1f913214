/* Notes of a Humdrum file, and the words that hang on them. */
#include "gcd.h"
#include "kern_read.h"

#include <math.h>
#include <string.h>

#include "musicxml_words.h"

static const double QUARTERS_LIMIT = 16384;

/* What a note's token says beside its pitch and length. */
typedef struct signs {
    int opens, closes, beams_open, beams_close, reciprocal;
    bool hidden, long_grace;
    const char *marks[8];
    int mark_count;
} signs;

static signs read_signs(neume__kern_text t) {
    static const struct {
        char sign;
        const char *mark;
    } marks[] = {{'\'', "staccato"},    {'^', "accent"},       {'~', "tenuto"},       {';', "fermata"},
                 {'t', "trill"},        {'T', "trill"},        {'m', "lowermordent"}, {'M', "lowermordent"},
                 {'w', "uppermordent"}, {'W', "uppermordent"}, {'S', "turn"},         {'`', "wedge"},
                 {'$', "invertedturn"}, {',', "breath"},       {'z', "sfz"},          {'s', "wedge"},
                 {':', "arpeggio"},     {'v', "upbow"},        {'u', "downbow"}};
    signs s = {0};
    for (size_t i = 0; i < t.size; i++) {
        char c = t.at[i];
        s.opens += c == '(';
        s.closes += c == ')';
        s.beams_open += c == 'L';
        s.beams_close += c == 'J';
        s.hidden |= c == 'y' && i + 1 < t.size && t.at[i + 1] == 'y';
        s.long_grace |= c == 'q' && i + 1 < t.size && t.at[i + 1] == 'q';
        if (c >= '0' && c <= '9' && s.reciprocal < 100000) s.reciprocal = 10 * s.reciprocal + (c - '0');
        if (c == '%') s.reciprocal = 1000000;
        for (size_t k = 0; k < sizeof marks / sizeof *marks && s.mark_count < 8; k++)
            if (marks[k].sign == c) s.marks[s.mark_count++] = marks[k].mark;
    }
    return s;
}

/* Signs of a note that mean something and are left out. */
static void judge_token(neume__kern_reader *r, neume__kern_text t) {
    static const struct {
        char sign;
        const char *name;
    } lost[] = {{'{', "a phrase mark"}, {'H', "a glissando"}, {'h', "a glissando"}, {'O', "an ornament"},
                {'R', "a turn's end"},  {'"', "pizzicato"},   {'o', "a harmonic"},  {'I', "an articulation"}};
    for (size_t i = 0; i < t.size; i++)
        for (size_t k = 0; k < sizeof lost / sizeof *lost; k++)
            if (t.at[i] == lost[k].sign)
                neume__fault_add(&r->gather.faults, r->gather.place, "%s ('%c') is left out", lost[k].name, t.at[i]);
}

/* 12 is three in the time of two eighths. */
static neume_tuplet ratio_of(int reciprocal) {
    int power = 1;
    if (reciprocal < 3 || reciprocal > 1024) return (neume_tuplet){0};
    while (2 * power <= reciprocal) power *= 2;
    if (power == reciprocal) return (neume_tuplet){0};
    const int common = (int)neume__gcd(reciprocal, power);
    return (neume_tuplet){(int16_t)(reciprocal / common), (int16_t)(power / common), 0};
}

/* Which voice of its spine a column is, from 1. */
static long number_of(const neume__kern_reader *r, size_t column) {
    long number = 1;
    for (size_t i = 0; i < column; i++) number += r->columns[i].spine == r->columns[column].spine;
    return 1000 * (long)r->columns[column].spine + number;
}

static neume_status find_voice(neume__kern_reader *r, size_t column, bool grace, int64_t *at, size_t *voice) {
    const neume__kern_spine *s = &r->spines[r->columns[column].spine];
    *at = (grace ? neume__kern_next_time(r) : r->now) - r->measure_start;
    return neume__gather_find_voice(
        &r->gather,
        (neume__gather_voice){
            .part = s->part, .staff = s->staff, .number = number_of(r, column), .measure = r->measure},
        1, at, voice);
}

/* The spine's instrument as it is now: the part's, or a change of it. */
static neume_status follow_instrument(neume__kern_reader *r, neume__kern_spine *spine, int64_t at) {
    neume__gather_part *part = &r->gather.parts[spine->part];
    const int program = neume__kern_instrument_program(&spine->instrument);
    if (program == spine->program) return NEUME_OK;
    const bool first = part->program < 0 || part->program == program;
    spine->program = program;
    if (program == NEUME_PROGRAM_DRUMS) part->channel = 10;
    if (program == NEUME_PROGRAM_DRUMS || part->channel == 10) return NEUME_OK;
    if (part->program < 0) part->program = program;
    const neume__gather_sign here = {.measure = r->measure, .staff = spine->staff, .at = at};
    return first ? NEUME_OK : neume__gather_change_program(&r->gather, spine->part, here, program);
}

/* How a note is spelled, or a drum. */
static neume_pitch spelled(const neume__kern_spine *spine, const neume__kern_note *note) {
    const int key = spine->instrument.drum_key;
    neume_pitch pitch = spine->program == NEUME_PROGRAM_DRUMS && key >= 0 ? neume__pitch_of_key(key) : note->spelled;
    pitch.tied = note->tie == '[' || note->tie == '_';
    return pitch;
}

/* One field's first note or rest makes an item; the others of a chord join it. */
static neume_status add_item(neume__kern_reader *r, size_t column, const neume__kern_note *note, signs *s,
                             int64_t ticks, long *voice) {
    neume__kern_spine *spine = &r->spines[r->columns[column].spine];
    int64_t at;
    size_t index;
    NEUME_TRY(find_voice(r, column, note->grace, &at, &index));
    neume__gather_voice *v = &r->gather.voices[index];
    *voice = (long)index;
    neume_item item = {.at = at,
                       .ticks = ticks,
                       .kind = (uint8_t)(note->pitch < 0 ? NEUME_ITEM_REST : NEUME_ITEM_NOTES),
                       .tuplet = -1};
    item.grace = !note->grace ? NEUME_GRACE_NONE : s->long_grace ? NEUME_GRACE_LONG : NEUME_GRACE_SLASHED;
    item.slurs_open = (uint8_t)(s->opens < 8 ? s->opens : 8),
    item.slurs_close = (uint8_t)(s->closes < 8 ? s->closes : 8);
    item.hidden = item.kind == NEUME_ITEM_REST && s->hidden;
    item.bars = item.kind == NEUME_ITEM_REST && at == 0 && ticks == neume_metre_ticks(r->metre);
    if (!note->grace) {
        item.joined = spine->beams > 0;
        spine->beams += s->beams_open - s->beams_close;
        if (spine->beams < 0) spine->beams = 0;
        NEUME_TRY(neume__gather_tuplet(v, ratio_of(s->reciprocal), false, false, &item));
    }
    item.first = (int32_t)v->raw.pitch_count;
    item.count = item.kind == NEUME_ITEM_NOTES;
    if (item.count) NEUME_TRY(follow_instrument(r, spine, at));
    if (item.count) NEUME_TRY(neume_voice_add_pitch(&v->raw, spelled(spine, note)));
    NEUME_TRY(neume__gather_add_item(&r->gather, index, r->measure, item));
    for (int m = 0; m < s->mark_count; m++)
        NEUME_TRY(neume__gather_add_words(
            v, (neume_words){(int32_t)v->raw.item_count - 1, NEUME_WORDS_MARK, 0, s->marks[m]}));
    return NEUME_OK;
}

static neume_status add_to_chord(neume__kern_reader *r, size_t column, long voice, const neume__kern_note *note,
                                 signs *s, int64_t ticks) {
    neume__gather_voice *v = &r->gather.voices[voice];
    neume_item *item = &v->raw.items[v->raw.item_count - 1];
    if (s->opens < 8 && item->slurs_open < 100) item->slurs_open = (uint8_t)(item->slurs_open + s->opens);
    if (s->closes < 8 && item->slurs_close < 100) item->slurs_close = (uint8_t)(item->slurs_close + s->closes);
    if (note->pitch < 0 || item->kind != NEUME_ITEM_NOTES || item->count >= 128) return NEUME_OK;
    NEUME_TRY(neume_voice_add_pitch(&v->raw, spelled(&r->spines[r->columns[column].spine], note)));
    item->count++;
    if (!item->grace && ticks != item->ticks)
        neume__fault_add(&r->gather.faults, r->gather.place,
                         "notes of a chord have different lengths: the longest counts");
    if (!item->grace && ticks > item->ticks) { /* the longest counts */
        item->ticks = ticks;
        v->end = item->at + ticks;
        return neume__gather_reach(&r->gather, v->part, r->measure, v->end);
    }
    return NEUME_OK;
}

/* @return through *voice where it went, -1 when nowhere */
static neume_status read_token(neume__kern_reader *r, size_t column, neume__kern_text field, long *voice) {
    neume__kern_text piece;
    double quarters = -1, longest = 0;
    *voice = -1;
    while (neume__kern_cut(&field, ' ', &piece)) {
        neume__kern_note note = neume__kern_note_parse(piece);
        signs s = read_signs(piece);
        if (note.quarters >= 0) quarters = note.quarters;
        if (note.pitch < 0 && !note.rest) continue;
        judge_token(r, piece);
        double lasts = note.grace ? (note.quarters > 0 ? note.quarters : 0.5) : quarters;
        if (lasts <= 0 || (note.grace && note.pitch < 0)) continue;
        if (lasts > QUARTERS_LIMIT) return neume_fail(NEUME_ELIMIT, "line %ld: a note is too long", r->line);
        int64_t ticks = llround(lasts * (double)(NEUME_WHOLE / 4));
        if (!note.grace && lasts > longest) longest = lasts;
        NEUME_TRY(*voice < 0 ? add_item(r, column, &note, &s, ticks, voice)
                             : add_to_chord(r, column, *voice, &note, &s, ticks));
    }
    if (longest > 0) r->columns[column].end = r->now + llround(longest * (double)(NEUME_WHOLE / 4));
    return NEUME_OK;
}

/* "Cze-" goes on in "-go". */
static neume_status add_syllable(neume__kern_reader *r, neume__gather_voice *v, neume__kern_text field, int verse) {
    if (field.size > 1 && *field.at == '-') field.at++, field.size--;
    const neume_item *item = &v->raw.items[v->raw.item_count - 1];
    char text[NEUME__KERN_TEXT_MOST + 1];
    const char *kept;
    if (!field.size || field.size > NEUME__KERN_TEXT_MOST || item->kind != NEUME_ITEM_NOTES || item->grace)
        return NEUME_OK;
    if (neume__kern_equals(field, "|")) return NEUME_OK;
    memcpy(text, field.at, field.size);
    text[field.size] = '\0';
    bool goes_on;
    size_t length = neume__plain_syllable(text, &goes_on);
    if (!length) return NEUME_OK;
    if (goes_on) text[length++] = '-';
    NEUME_TRY(neume_score_string(r->gather.score, text, length, &kept));
    return neume__gather_add_words(
        v, (neume_words){(int32_t)v->raw.item_count - 1, NEUME_WORDS_LYRIC, (uint8_t)verse, kept});
}

static neume_status add_dynamic(neume__gather_voice *v, neume__kern_text field) {
    static const struct {
        const char *token, *mark;
    } wedges[] = {{"<", "crescendo("}, {"[", "crescendo)"}, {">", "diminuendo("}, {"]", "diminuendo)"}};
    neume__kern_text piece;
    while (neume__kern_cut(&field, ' ', &piece)) {
        char name[8] = "";
        if (piece.size < sizeof name) memcpy(name, piece.at, piece.size);
        const neume__mark *mark = *name ? neume__mark_by_name(name) : NULL;
        const char *text = mark && mark->place == NEUME__MARK_DYNAMIC ? mark->name : NULL;
        for (size_t i = 0; i < sizeof wedges / sizeof *wedges; i++)
            if (neume__kern_equals(piece, wedges[i].token)) text = wedges[i].mark;
        if (text)
            NEUME_TRY(
                neume__gather_add_words(v, (neume_words){(int32_t)v->raw.item_count - 1, NEUME_WORDS_MARK, 0, text}));
    }
    return NEUME_OK;
}

static bool takes_time(neume__kern_text field) {
    neume__kern_text piece;
    while (neume__kern_cut(&field, ' ', &piece)) {
        neume__kern_note token = neume__kern_note_parse(piece);
        if (!token.grace && token.quarters > 0) return true;
    }
    return false;
}

neume_status neume__kern_read_data(neume__kern_reader *r) {
    bool timed = false;
    long voice = -1;
    int verse = 0;
    NEUME_TRY(neume__kern_make_parts(r));
    for (size_t i = 0; i < r->field_count && !timed; i++)
        timed = r->columns[i].spine >= 0 && !neume__kern_equals(r->fields[i], ".") && takes_time(r->fields[i]);
    if (timed) {
        r->now = neume__kern_next_time(r);
        r->started = true;
    }
    for (size_t i = 0; i < r->field_count; i++) {
        const int spine = r->columns[i].spine;
        const bool null = neume__kern_equals(r->fields[i], ".");
        if (spine >= 0) {
            voice = -1;
            verse = 0;
            if (!null) NEUME_TRY(read_token(r, i, r->fields[i], &voice));
        } else if (spine == NEUME__KERN_SPINE_TEXT) {
            if (!null && voice >= 0) NEUME_TRY(add_syllable(r, &r->gather.voices[voice], r->fields[i], verse));
            verse += verse < 200;
        } else if (spine == NEUME__KERN_SPINE_DYNAM && !null && voice >= 0) {
            NEUME_TRY(add_dynamic(&r->gather.voices[voice], r->fields[i]));
        }
    }
    return NEUME_OK;
}
