#include "cli_page.h"

#include <stdlib.h>

neume_status cli_page_read(const cli_page *page, neume_page_options *out) {
    neume_page_options read = {.title = page->title,
                               .composer = page->composer,
                               .beats_path = page->beats,
                               .model = page->beat_model,
                               .bar_model = page->bar_model,
                               .tempo_bpm = page->bpm,
                               .as_played = page->as_played,
                               .chords = page->chords};
    if (page->metre) NEUME_TRY(neume_metre_parse(page->metre, &read.metre));
    if (page->pickup) {
        char *end;
        const long beats = strtol(page->pickup, &end, 10);
        if (*end || end == page->pickup || beats < 0 || beats > 64)
            return neume_fail(NEUME_EINVAL, "--pickup is a number of beats, not '%s'", page->pickup);
        read.pickup = (int)beats, read.pickup_known = true;
    }
    *out = read;
    return NEUME_OK;
}
