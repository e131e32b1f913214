/* The table of verbs. */
#include "cli.h"

#include <string.h>

/* One more verb: its file, its row here, its declaration in cli.h. docs/adding-a-verb.md walks through it. */
/* clang-format off */
const cli_verb *const cli_verbs[] = {
    &cli_transcribe,
    &cli_analyse,
    &cli_convert,
    &cli_engrave,
    &cli_render,
    &cli_compose_theme,
    &cli_compose_inspire,
    &cli_compose_continue,
    &cli_compose_fill,
    &cli_compose_vary,
    &cli_compose_title,
    &cli_compose_revise,
    &cli_compose_harmonise,
    &cli_eval_notes,
    &cli_eval_score,
    &cli_eval_taste,
    &cli_eval_lm,
    &cli_eval_themes,
    &cli_eval_grammar,
    &cli_eval_prompts,
    &cli_eval_captions,
    &cli_eval_harmony,
    &cli_taste_ask,
    &cli_taste_import,
    &cli_taste_export,
    &cli_taste_forget,
    &cli_taste_profile,
    &cli_taste_stats,
    &cli_taste_demo,
    &cli_data_bank,
    &cli_data_corpus,
    &cli_data_perform,
    &cli_data_tunes,
    &cli_data_render,
    &cli_train_taste,
    &cli_train,
    &cli_recommend,
    &cli_models_info,
    &cli_models_verify,
    &cli_models_quantise,
    &cli_models_random,
    &cli_store_key,
    &cli_store_backup,
    &cli_store_migrate,
    &cli_completion,
    &cli_help,
    &cli_version,
    NULL,
};
/* clang-format on */

/* "eval notes" is named by two words, "transcribe" by one. */
const cli_verb *cli_find_verb(int argc, char **argv, int *words) {
    for (const cli_verb *const *verb = cli_verbs; *verb; verb++) {
        const char *name = (*verb)->name, *space = strchr(name, ' ');
        const size_t first = space ? (size_t)(space - name) : strlen(name);
        if (argc < 1 || strlen(argv[0]) != first || strncmp(argv[0], name, first) != 0) continue;
        if (space && (argc < 2 || strcmp(argv[1], space + 1) != 0)) continue;
        *words = space ? 2 : 1;
        return *verb;
    }
    return NULL;
}
