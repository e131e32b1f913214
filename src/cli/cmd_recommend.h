/* What neume recommend is told. */
#ifndef NEUME_CLI_RECOMMEND_H
#define NEUME_CLI_RECOMMEND_H

#include "cli_store.h"

typedef struct recommend_settings {
    cli_common common;
    cli_store store;
    const char *model;
    const char *user, *like, *prompt, *session, *from, *to;
    const char *rewrite, *rewrite_model;
    const char *users; /* a batch: a file of users */
    int most, seed;    /* most 0: a radio without end */
    double diversity, novelty, not_again_days;
    bool explain, radio, tsv;
} recommend_settings;

/* Answers from a store. @return the exit status */
int cli_recommend_from_store(const recommend_settings *at);

#endif
