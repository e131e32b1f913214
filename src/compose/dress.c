/* What a piece has beside its notes: a title, a tempo. */
#include "neume/compose.h"

#include <string.h>
#include <strings.h>

neume_status neume_score_set_title(neume_score *score, const char *title) {
    const char *copy = NULL;
    NEUME_TRY(neume_score_string(score, title, strlen(title), &copy));
    for (size_t f = 0; f < score->field_count; f++) {
        if (score->fields[f].letter != 'T') continue;
        score->fields[f].text = copy;
        return NEUME_OK;
    }
    NEUME_TRY(neume_score_add_field(score, 'T', title, strlen(title)));
    for (size_t f = score->field_count - 1; f > 0; f--) { /* titles come first */
        const neume_score_field field = score->fields[f];
        score->fields[f] = score->fields[f - 1];
        score->fields[f - 1] = field;
    }
    return NEUME_OK;
}

/* Beats a minute at which these are usually played at a session; the beat is a half in 2/2 and 4/4 dances, a dotted
 * quarter in compound metres. (The Session's and folk teachers' common figures, rounded.) */
static const struct {
    const char *rhythm;
    int eighths; /* of the beat */
    double per_minute;
} DANCES[] = {{"reel", 4, 96},        {"jig", 3, 108},         {"slip jig", 3, 108}, {"slide", 3, 126},
              {"hornpipe", 4, 76},    {"polka", 2, 120},       {"waltz", 2, 132},    {"march", 4, 60},
              {"strathspey", 2, 126}, {"air", 2, 72},          {"barndance", 4, 76}, {"mazurka", 2, 132},
              {"three-two", 4, 84},   {"schottische", 2, 132}, {"slow air", 2, 60},  {"lullaby", 2, 66},
              {"hymn", 2, 88},        {"chorale", 2, 76},      {"minuet", 2, 116},   {"polonaise", 2, 96}};

void neume_score_set_usual_tempo(neume_score *score) {
    const char *rhythm = neume_score_text(score, 'R');
    if (score->tempo.beat || score->tempo.text) return;
    const bool compound = neume_metre_compound(score->metre);
    score->tempo.beat = compound ? NEUME_WHOLE / 8 * 3 : NEUME_WHOLE / 4;
    score->tempo.per_minute = compound ? 92 : 108;
    for (size_t i = 0; i < sizeof DANCES / sizeof *DANCES && rhythm; i++) {
        if (strcasecmp(rhythm, DANCES[i].rhythm) != 0) continue;
        score->tempo.beat = NEUME_WHOLE / 8 * DANCES[i].eighths;
        score->tempo.per_minute = DANCES[i].per_minute;
    }
}
