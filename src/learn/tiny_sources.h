/* Sources for trainings as small as they get: a tiny font's bank and a corpus of scales, in the test's own folder. */
#ifndef NEUME_LEARN_TINY_SOURCES_H
#define NEUME_LEARN_TINY_SOURCES_H

#include "own_folder.h"
#include "tiny_soundfont.h"

#include "corpus.h"

enum {
    PIECES_A_CLASS = 60, /* about three are held out */
    PIECE_NOTES = 24,
};

static char font_path[OWN_PATH_BYTES], bank_path[OWN_PATH_BYTES], corpus_path[OWN_PATH_BYTES],
    recipe_path[OWN_PATH_BYTES];

static inline neume_status make_corpus(void) {
    static neume__corpus_piece pieces[NEUME_CORPUS_CLASSES * PIECES_A_CLASS];
    static neume__corpus_note notes[NEUME_CORPUS_CLASSES * PIECES_A_CLASS * PIECE_NOTES];
    size_t note_count = 0;
    for (int i = 0; i < NEUME_CORPUS_CLASSES * PIECES_A_CLASS; i++) {
        int class_ = i % NEUME_CORPUS_CLASSES;
        char name[24];
        snprintf(name, sizeof name, "work %d a", i);
        pieces[i] = (neume__corpus_piece){.key = neume__corpus_key(name),
                                          .first = note_count,
                                          .count = PIECE_NOTES,
                                          .end_s = PIECE_NOTES / 2.0f + 1,
                                          .class_ = (uint8_t)class_};
        for (int k = 0; k < PIECE_NOTES; k++) {
            bool drum = class_ == NEUME_CORPUS_DRUMS || (class_ == NEUME_CORPUS_BAND && k % 2);
            notes[note_count++] = (neume__corpus_note){.onset_s = (float)k / 2,
                                                       .duration_s = 0.5f,
                                                       .pitch = (uint8_t)(drum ? 36 + 2 * (k % 3) : 66 + (i + k) % 7),
                                                       .velocity = 80,
                                                       .program = (uint8_t)(drum    ? NEUME_PROGRAM_DRUMS
                                                                            : k % 2 ? TINY_SUSTAINED_PROGRAM
                                                                                    : TINY_DECAYING_PROGRAM),
                                                       .part = (uint8_t)(k % 2)};
        }
    }
    return neume__corpus_write(corpus_path, pieces, NEUME_CORPUS_CLASSES * PIECES_A_CLASS, notes, note_count);
}

/* Makes both, and leaves room for a recipe. */
static inline int tiny_sources_make(void **state) {
    neume_threads_set(1); /* so small a net is faster on one; more would wait for each other on a busy machine */
    if (own_folder_make(state) != 0) return -1;
    own_path_print("tiny.sf2", font_path);
    own_path_print("tiny.nbk", bank_path);
    own_path_print("tiny.corpus", corpus_path);
    own_path_print("tiny.recipe", recipe_path);
    neume_bank_source source = {font_path, NEUME_BANK_FONT, 0};
    if (tiny_soundfont_write(font_path) == NEUME_OK && neume_bank_build(&source, 1, NULL, bank_path) == NEUME_OK &&
        make_corpus() == NEUME_OK)
        return 0;
    print_error("%s\n", neume_error_message());
    return -1;
}

#endif
