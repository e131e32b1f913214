/* Requests and what they do: a table of the words that make an operation. The first row whose needed words are all
 * there, and which allows all the others, is taken. */
#include "revise.h"

#include "ask.h"

#include <string.h>

#define W(kind) (UINT64_C(1) << WORD_##kind)

typedef struct request {
    uint64_t needs, allows;
    operation *run;
} request;

#define MOVING (W(TRANSPOSE) | W(UP) | W(DOWN))
#define SPEED  (W(TEMPO) | W(FASTER) | W(SLOWER) | W(NUMBER) | W(PERCENT) | W(TWICE) | W(HALF))

static const request REQUESTS[] = {
    {W(INTERVAL), MOVING, neume__transpose_by_interval},
    {W(OCTAVE) | W(UP), MOVING | W(NUMBER) | W(TWICE), neume__transpose_octaves},
    {W(OCTAVE) | W(DOWN), MOVING | W(NUMBER) | W(TWICE), neume__transpose_octaves},
    {W(SEMITONE), MOVING | W(NUMBER), neume__transpose_semitones},
    {W(TONE), MOVING | W(NUMBER), neume__transpose_semitones},
    {W(KEY) | W(INSTRUMENT), 0, neume__write_for_instrument},
    {W(KEY), MOVING | W(MODE) | W(KEYNESS), neume__transpose_to_key},
    {W(RELATIVE) | W(MODE), W(KEYNESS), neume__change_to_relative},
    {W(MODE), W(KEYNESS), neume__change_mode},
    {W(METRE), W(KEYNESS), neume__change_metre},
    {W(VALUES) | W(TWICE), 0, neume__double_values},
    {W(VALUES) | W(HALF), 0, neume__halve_values},
    {W(AUGMENT), W(VALUES), neume__augment},
    {W(DIMINISH), W(VALUES), neume__diminish},
    {W(REVERSE), 0, neume__reverse},
    {W(INVERT), 0, neume__invert},
    {W(REMOVE) | W(ORNAMENTS), 0, neume__remove_ornaments},
    {W(REMOVE) | W(GRACES), 0, neume__remove_ornaments},
    {W(REMOVE) | W(TRILLS), 0, neume__remove_ornaments},
    {W(REMOVE) | W(CHORDS), 0, neume__remove_chords},
    {W(REMOVE) | W(LYRICS), 0, neume__remove_lyrics},
    {W(REMOVE) | W(DYNAMICS), 0, neume__remove_dynamics},
    {W(REMOVE) | W(SLURS), 0, neume__remove_slurs},
    {W(SWAP) | W(HANDS), 0, neume__swap_hands},
    {W(MERGE) | W(SHORT), 0, neume__merge_short_notes},
    {W(SIMPLIFY), W(BEGINNER), neume__simplify},
    {W(RANGE), W(OCTAVE) | W(NUMBER) | W(SEMITONE), neume__limit_range},
    {W(GRACES), W(ADD), neume__add_graces},
    {W(TRILLS), W(ADD), neume__add_trills},
    {W(PASSING), W(ADD), neume__add_passing_notes},
    {W(ORNAMENT), W(ADD), neume__ornament},
    {W(ORNAMENTS) | W(ADD), 0, neume__ornament},
    {W(TEMPO), SPEED, neume__tempo_change},
    {W(FASTER), SPEED, neume__tempo_change},
    {W(SLOWER), SPEED, neume__tempo_change},
    {W(INSTRUMENT), 0, neume__set_instrument},
};

static const request *find_request(uint64_t words) {
    words &= ~W(FILLER);
    for (size_t i = 0; i < sizeof REQUESTS / sizeof *REQUESTS; i++)
        if ((words & REQUESTS[i].needs) == REQUESTS[i].needs && !(words & ~(REQUESTS[i].needs | REQUESTS[i].allows)))
            return &REQUESTS[i];
    return NULL;
}

const char *neume_revise_help(void) {
    return "transpose to a key, up or down an interval, for B flat clarinet; to a mode; in a metre; simplify, merge "
           "short "
           "notes, limit the range; add or remove ornaments, grace notes, trills, passing notes; remove chords, "
           "lyrics, "
           "dynamics, slurs; for an instrument; swap hands; faster, slower, a tempo; augment, diminish, double or "
           "halve "
           "note values; backwards, invert";
}

neume_status neume_keep_parse(const char *text, unsigned *out) {
    static const char *const names[] = {"melody", "rhythm", "harmony"};
    unsigned keep = 0;
    for (const char *at = text; *at;) {
        const size_t length = strcspn(at, ",");
        size_t i = 0;
        while (i < 3 && (strlen(names[i]) != length || strncmp(at, names[i], length) != 0)) i++;
        if (i == 3)
            return neume_fail(NEUME_EINVAL, "what can be kept is melody, rhythm, harmony, not '%.*s'", (int)length, at);
        keep |= 1U << i;
        at += length + (at[length] == ',');
    }
    *out = keep;
    return NEUME_OK;
}

/* What was to be kept is compared, whatever an operation means to do. */
static neume_status run_checked(neume_score *score, const request *asked, const wish *wanted) {
    neume_buffer before = {0}, after = {0};
    neume_status status = neume__kept(score, wanted->keep, &before);
    if (!status) status = asked->run(score, wanted);
    if (!status) status = neume__kept(score, wanted->keep, &after);
    if (!status && (before.size != after.size || (before.size && memcmp(before.data, after.data, before.size) != 0)))
        status = neume_fail(NEUME_EUNSUPPORTED, "this would change what is to be kept");
    neume_buffer_clear(&before);
    neume_buffer_clear(&after);
    return status;
}

/* Reads the next clause. "remove chords and lyrics": the second clause has the first one's verb, where that makes
 * sense. @param verb  in: of the clause before; out: of this one */
static neume_status next_request(const char **ask, uint64_t *verb, wish *wanted, const request **out, bool *more) {
    const char *begin = *ask;
    NEUME_TRY(neume__ask_next(ask, wanted, more));
    if (!*more) return NEUME_OK;
    *out = find_request(wanted->words | *verb);
    if (*out)
        wanted->words |= *verb;
    else
        *out = find_request(wanted->words);
    if (!*out) return neume_fail(NEUME_EINVAL, "'%.60s' is no request; understood are: %s", begin, neume_revise_help());
    *verb = wanted->words & (W(REMOVE) | W(ADD));
    return NEUME_OK;
}

/* Without a score the clauses are only understood. */
static neume_status run_requests(neume_score *score, const char *ask, const neume_revise_options *options) {
    neume_rng rng = neume_rng_seeded(options->seed, 1);
    uint64_t verb = 0;
    for (int count = 0;; count++) {
        wish wanted;
        const request *found = NULL;
        bool more = false;
        NEUME_TRY(next_request(&ask, &verb, &wanted, &found, &more));
        if (!more && !count)
            return neume_fail(NEUME_EINVAL, "nothing is asked for; understood are: %s", neume_revise_help());
        if (!more) return NEUME_OK;
        wanted.keep = options->keep;
        wanted.rng = &rng;
        if (score) NEUME_TRY(run_checked(score, found, &wanted));
    }
}

neume_status neume_revise(neume_score *score, const char *ask, const neume_revise_options *options) {
    NEUME_TRY(run_requests(NULL, ask, options)); /* all is understood before the first is done */
    if (neume__melody_voice(score) < 0) return neume_fail(NEUME_EFORMAT, "there is no melody in it");
    return run_requests(score, ask, options);
}
