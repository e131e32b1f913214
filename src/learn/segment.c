#include "segment.h"

#include <string.h>

enum { PRESETS_HELD_OUT_OF = 12, KITS_HELD_OUT_OF = 6 };

/* FNV-1a with a final mix, so that near names fall apart. */
static uint64_t hash(const char *text, uint64_t salt) {
    uint64_t h = 0xcbf29ce484222325 ^ salt * 0x100000001b3;
    for (; *text; text++) h = (h ^ (unsigned char)*text) * 0x100000001b3;
    h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9;
    return h ^ h >> 32;
}

static bool preset_held_out(const neume_bank_preset *preset, size_t index) {
    if (preset->program == NEUME_PROGRAM_DRUMS) return hash(preset->source, 500 + index) % KITS_HELD_OUT_OF == 0;
    return hash(preset->source, (uint64_t)preset->program) % PRESETS_HELD_OUT_OF == 0;
}

static neume_status sort_pieces(neume_dataset *d) {
    for (int c = 0; c < NEUME_CORPUS_CLASSES; c++) {
        d->pieces[c] = neume__calloc(d->corpus.count + 1, sizeof *d->pieces[c]);
        if (!d->pieces[c]) return NEUME_ENOMEM;
    }
    for (size_t i = 0; i < d->corpus.count; i++) {
        const neume__corpus_piece *piece = &d->corpus.pieces[i];
        if (neume__corpus_held_out(piece->key) == d->options.validation)
            d->pieces[piece->class_][d->piece_count[piece->class_]++] = i;
    }
    return NEUME_OK;
}

static neume_status sort_presets(neume_dataset *d) {
    d->preset_count = neume_bank_preset_count(d->bank);
    d->presets = neume__calloc(d->preset_count + 1, sizeof *d->presets);
    d->in_split = neume__calloc(d->preset_count + 1, sizeof *d->in_split);
    if (!d->presets || !d->in_split) return NEUME_ENOMEM;
    for (size_t i = 0; i < d->preset_count; i++) {
        d->presets[i] = neume_bank_preset_at(d->bank, i);
        d->in_split[i] = d->options.all_presets || preset_held_out(&d->presets[i], i) == d->options.validation;
    }
    return d->preset_count ? NEUME_OK : neume_fail(NEUME_EFORMAT, "a bank without presets");
}

neume_status neume_dataset_open(const neume_dataset_options *options, neume_dataset **out) {
    neume_dataset *d = neume__calloc(1, sizeof *d);
    if (!d) return NEUME_ENOMEM;
    d->options = *options;
    neume_status status = NEUME_OK;
    NEUME_GO(neume__corpus_open(options->corpus_path, &d->corpus));
    NEUME_GO(neume_bank_open(options->bank_path, &d->bank));
    NEUME_GO(sort_pieces(d));
    NEUME_GO(sort_presets(d));
    *out = d;
    return NEUME_OK;
fail:
    neume_dataset_close(d);
    return status;
}

void neume_dataset_close(neume_dataset *d) {
    if (!d) return;
    for (int c = 0; c < NEUME_CORPUS_CLASSES; c++) neume__free(d->pieces[c]);
    neume__free(d->presets);
    neume__free(d->in_split);
    neume__corpus_close(&d->corpus);
    neume_bank_close(d->bank);
    neume__free(d);
}

void neume_segment_clear(neume_segment *segment) {
    neume_notes_clear(&segment->truth);
    neume__free(segment->heard_until_s);
    *segment = (neume_segment){0};
}
