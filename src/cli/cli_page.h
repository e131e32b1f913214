/* What a user may say beforehand of the page that is written: options shared by several verbs. */
#ifndef NEUME_CLI_PAGE_H
#define NEUME_CLI_PAGE_H

#include "cli.h"
#include "neume/service.h"

typedef struct cli_page {
    const char *metre, *beats, *title, *composer, *beat_model, *bar_model, *pickup;
    double bpm;
    bool chords, as_played;
} cli_page;

/* NEUME_EINVAL with a message when something was said wrongly. */
NEUME_MUST neume_status cli_page_read(const cli_page *page, neume_page_options *out);

/* NOLINTBEGIN(bugprone-macro-parentheses): a type and a member's name cannot stand in parentheses */
#define CLI_PAGE_OPTIONS(type, field)                                                                                  \
    {"bpm", 0, CLI_NUMBER, offsetof(type, field.bpm), "N", "the tempo, in beats a minute", NULL, 10, 400},             \
        {"metre", 0, CLI_TEXT, offsetof(type, field.metre), "N/N", "the metre, like 3/4 or 6/8", NULL, 0, 0},          \
        {"pickup", 0, CLI_TEXT, offsetof(type, field.pickup), "N", "beats before the first downbeat", NULL, 0, 0},     \
        {"beats",  0,                                                                                                  \
         CLI_TEXT, offsetof(type, field.beats),                                                                        \
         "FILE",   "the beats themselves: lines 'seconds number-in-bar'",                                              \
         NULL,     0,                                                                                                  \
         0},                                                                                                           \
        {"title", 0, CLI_TEXT, offsetof(type, field.title), "TEXT", "the title printed", NULL, 0, 0},                  \
        {"composer", 0, CLI_TEXT, offsetof(type, field.composer), "TEXT", "the composer printed", NULL, 0, 0},         \
        {"chords", 0, CLI_FLAG, offsetof(type, field.chords), NULL, "print chord symbols", NULL, 0, 0},                \
        {"beat-model",                                                                                                 \
         0,                                                                                                            \
         CLI_TEXT,                                                                                                     \
         offsetof(type, field.beat_model),                                                                             \
         "FILES",                                                                                                      \
         "find beats with this network instead of those that ship, or by the mean of several: A,B",                    \
         NULL,                                                                                                         \
         0,                                                                                                            \
         0},                                                                                                           \
    {                                                                                                                  \
        "bar-model", 0, CLI_TEXT, offsetof(type, field.bar_model), "FILES",                                            \
            "read bars with this network instead of those that ship; with A,B,C by B in songs that a sequencer laid "  \
            "under a recording, and the metre of a tune by C",                                                         \
            NULL, 0, 0                                                                                                 \
    }

/* Where notes may come from a MIDI file. */
#define CLI_PAGE_AS_PLAYED(type, field)                                                                                \
    {                                                                                                                  \
        "as-played", 0, CLI_FLAG, offsetof(type, field.as_played), NULL,                                               \
            "find beats and bars in the notes alone, whatever tempo and metre a MIDI file tells", NULL, 0, 0           \
    }

/* NOLINTEND(bugprone-macro-parentheses) */

#endif
