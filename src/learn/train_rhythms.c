/* Counting how music divides its beats: the table that the quantiser prices its readings by (score/rhythm_patterns.h).
 *
 * A beat's pattern is a mask of 24 bits: bit k is set when a note begins k twenty-fourths into the beat. Masks are
 * counted over the whole beats of written music, all voices together, apart for beats that divide in two and in three;
 * each source counts by its share, however many beats it has. */
#include "neume/learn.h"
#include "neume/score_net.h"
#include "recipe.h"
#include "rhythm_pieces.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SOURCES = 6, PARTS = 24, MASKS = 1 << PARTS, KINDS = 2 };
#define OFF_GRID 0.004 /* in beats: further, and the beat is left out */
#define RAREST   3e-5  /* patterns less frequent are not printed */

typedef struct counting {
    double *share[KINDS]; /* (MASKS) */
    double unread[KINDS]; /* beats that are on no twenty-fourth */
} counting;

/* The beats of one piece, each worth @p weight. */
static void count_piece(const rhythm_piece *piece, double weight, counting *c) {
    size_t i = 0;
    for (size_t b = 0; b + 1 < piece->beat_count; b++) {
        uint32_t mask = 0;
        bool grid = true;
        for (; i < piece->note_count && (double)piece->notes[i].at < (double)(b + 1) - OFF_GRID; i++) {
            const double place = ((double)piece->notes[i].at - (double)b) * PARTS, to = round(place);
            grid &= fabs(place - to) < OFF_GRID * PARTS && to < PARTS;
            if (to >= 0 && to < PARTS) mask |= UINT32_C(1) << (int)to;
        }
        if (piece->beats[b].metre < 0) continue;
        const int kind = neume_metre_compound(neume_beat_class_metre(piece->beats[b].metre));
        if (grid)
            c->share[kind][mask] += weight;
        else
            c->unread[kind] += weight;
    }
}

static neume_status count_source(const char *path, double share, counting *c) {
    rhythm_pieces pieces = {0};
    size_t beats = 1;
    const neume_status status = rhythm_pieces_add_scores(&pieces, path);
    for (size_t i = 0; i < pieces.count; i++) beats += pieces.items[i].held_out ? 0 : pieces.items[i].beat_count;
    for (size_t i = 0; i < pieces.count && !status; i++)
        if (!pieces.items[i].held_out) count_piece(&pieces.items[i], share / (double)beats, c);
    rhythm_pieces_clear(&pieces);
    return status;
}

static neume_status print_table(const counting *c, neume_buffer *out) {
    static const char *const names[KINDS] = {"simple_patterns", "compound_patterns"};
    NEUME_TRY(neume_buffer_print(out,
                                 "/* How often music divides a beat so: {mask of twenty-fourths, -log share}, by mask. "
                                 "Counted by neume train rhythms. */\n"));
    for (int kind = 0; kind < KINDS; kind++) {
        double all = c->unread[kind];
        int column = 0;
        for (size_t m = 0; m < MASKS; m++) all += c->share[kind][m];
        NEUME_TRY(neume_buffer_print(out, "static const rhythm_pattern %s[] = {", names[kind]));
        for (size_t m = 0; m < MASKS; m++) {
            const double share = c->share[kind][m] / fmax(all, 1e-9);
            if (share < RAREST) continue;
            NEUME_TRY(neume_buffer_print(out, "%s{0x%06zx, %.2fF},", column++ % 6 ? " " : "\n    ", m, -log(share)));
        }
        NEUME_TRY(neume_buffer_print(out, "\n};\n"));
    }
    return NEUME_OK;
}

neume_status neume_train_rhythms(const char *recipe_path) {
    char path[RECIPE_TEXT_MAX] = "", source[SOURCES][RECIPE_TEXT_MAX] = {""};
    double share[SOURCES] = {1, 1, 1, 1, 1, 1};
    const recipe_key keys[] = {
        {"table", RECIPE_TEXT, path},         {"scores1", RECIPE_TEXT, source[0]},
        {"scores2", RECIPE_TEXT, source[1]},  {"scores3", RECIPE_TEXT, source[2]},
        {"scores4", RECIPE_TEXT, source[3]},  {"scores5", RECIPE_TEXT, source[4]},
        {"scores6", RECIPE_TEXT, source[5]},  {"share1", RECIPE_NUMBER, &share[0]},
        {"share2", RECIPE_NUMBER, &share[1]}, {"share3", RECIPE_NUMBER, &share[2]},
        {"share4", RECIPE_NUMBER, &share[3]}, {"share5", RECIPE_NUMBER, &share[4]},
        {"share6", RECIPE_NUMBER, &share[5]},
    };
    neume_status status = NEUME_OK;
    counting c = {0};
    neume_buffer text = {0};
    NEUME_TRY(recipe_read(recipe_path, keys, sizeof keys / sizeof *keys));
    if (!path[0]) return neume_fail(NEUME_EFORMAT, "%s: a recipe needs table = FILE", recipe_path);
    for (int kind = 0; kind < KINDS; kind++)
        if (!(c.share[kind] = calloc(MASKS, sizeof(double)))) status = neume_fail(NEUME_ENOMEM, "no memory to count");
    for (int i = 0; i < SOURCES && !status; i++)
        if (source[i][0]) status = count_source(source[i], share[i], &c);
    if (!status) status = print_table(&c, &text);
    if (!status) status = neume_file_write(path, text.data, text.size);
    neume_buffer_clear(&text);
    for (int kind = 0; kind < KINDS; kind++) free(c.share[kind]);
    return status;
}
