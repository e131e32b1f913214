/* What the words of a prompt do to each other: what is denied, how far, and how strongly a thing is wished.
 *
 * A denial ("no", 不要) holds until its clause ends, until a word of contrast (但, but, 而是), or, once it has denied
 * something, until a soft end: 的 and most prepositions ("no drums in a calm piece"). A comma ends it too, unless the
 * list goes on with "or" ("without drums, bass or guitar"). "Except" denies in the same way, but 除了钢琴还要小提琴 and
 * "besides" turn out to include: an "also" behind takes the denial back. 除外 and "不要" at the end of a clause deny
 * what came before in it. */
#include "words_parse.h"

#include "words_values.h"

#include <stdio.h>
#include <string.h>

static const double STRONG = 1.5, SLIGHT = 0.6; /* weights of "very" and "a little"; ours */

neume_status neume__find(parser *p, const lexicon_row *row, neume_slot slot, const char *value) {
    if (!row && !neume__value_is_valid(slot, value)) return NEUME_OK;
    NEUME_TRY(neume__grow((void **)&p->found, &p->capacity, p->count + 1, sizeof *p->found));
    finding *f = &p->found[p->count++];
    *f = (finding){.row = row, .slot = slot, .denied = p->denying, .weight = p->weight, .clause = p->clause};
    if (!row) snprintf(f->value, sizeof f->value, "%s", value);
    if (p->denying) p->denied++;
    p->weight = 1;
    return NEUME_OK;
}

static void begin_denial(parser *p, bool except) {
    p->denying = true;
    p->excepting = except;
    p->denied = 0;
    if (except) p->except_from = p->count;
}

static void end_denial(parser *p) {
    p->denying = false;
}

/* Is there more in this clause that a denial at token @p at could be about? */
static bool has_object(const parser *p, size_t at) {
    for (size_t i = at + 1; i < p->t->count; i++) {
        const token *one = &p->t->items[i];
        if (token_unit(p, i)->kind == UNIT_BREAK) return false;
        if (one->measured.units || (one->row && (one->row->sense_count || one->row->denied_count))) return true;
        if (!one->row && token_unit(p, i)->kind != UNIT_CHARACTER) return true;
    }
    return false;
}

/* Denies what was said before in this clause. */
static void deny_back(parser *p) {
    for (size_t i = p->count; i-- > 0 && p->found[i].clause == p->clause;) p->found[i].denied = true;
}

/* "drums, bass or guitar": does the list that a comma interrupts here go on to an "or"? */
static bool list_goes_on(const parser *p, size_t comma) {
    for (size_t i = comma + 1; i < p->t->count; i++) {
        const token *one = &p->t->items[i];
        if (token_role(p, i) == ROLE_OR) return i > comma + 1;
        const bool plain = one->row && one->row->sense_count && one->row->role == ROLE_NONE;
        if (!plain && !(one->row && one->row->role == ROLE_NONE)) return false;
    }
    return false;
}

static void end_clause(parser *p, size_t at) {
    if (p->denying && p->denied && list_goes_on(p, at)) return;
    end_denial(p);
    p->weight = 1;
    p->clause++;
}

/* "除了钢琴还要小提琴": what seemed excepted is wanted as well. */
static void include_excepted(parser *p) {
    if (!p->excepting) return;
    for (size_t i = p->except_from; i < p->count; i++) p->found[i].denied = false;
    p->excepting = false;
    end_denial(p);
}

static void play_role(parser *p, size_t at, word_role role) {
    switch (role) {
    case ROLE_NOT:
        if (has_object(p, at))
            begin_denial(p, false);
        else if (!p->denying)
            deny_back(p);
        break;
    case ROLE_EXCEPT:
        begin_denial(p, true);
        break;
    case ROLE_NOT_BACK:
        deny_back(p);
        break;
    case ROLE_BUT:
        end_denial(p), p->excepting = false;
        break;
    case ROLE_SOFT:
        if (p->denied) end_denial(p);
        break;
    case ROLE_ALSO:
        include_excepted(p);
        break;
    case ROLE_STRONG:
        p->weight = STRONG;
        break;
    case ROLE_SLIGHT:
        p->weight = SLIGHT;
        break;
    default:
        break;
    }
}

/* A token that is no name. */
static neume_status interpret_token(parser *p, size_t at) {
    const token *one = &p->t->items[at];
    if (token_unit(p, at)->kind == UNIT_BREAK && !one->row) end_clause(p, at);
    if (one->measured.units) return neume__find(p, NULL, one->measured.slot, one->measured.value);
    if (!one->row) return NEUME_OK;
    play_role(p, at, one->row->role);
    return one->row->sense_count || (one->row->denied_count && p->denying) ? neume__find(p, one->row, NEUME_SLOTS, NULL)
                                                                           : NEUME_OK;
}

neume_status neume__interpret(parser *p) {
    p->weight = 1;
    for (size_t at = 0, next; at < p->t->count; at = next) {
        const word_role role = token_role(p, at);
        const bool compares = role == ROLE_LIKE || role == ROLE_BY || role == ROLE_NOT || role == ROLE_EXCEPT;
        if (compares) NEUME_TRY(interpret_token(p, at));
        const size_t from = compares ? at + 1 : at;
        NEUME_TRY(neume__find_name(p, from, compares ? role : ROLE_NONE, &next));
        if (next > from) continue;
        if (!compares) NEUME_TRY(interpret_token(p, at));
        next = at + 1;
    }
    return NEUME_OK;
}
