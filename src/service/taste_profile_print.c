/* A listener's page as text and as JSON. */
#include "taste_profile.h"

#include "neume/base_json.h"

#include <math.h>
#include <time.h>

static const char *day_of(int64_t time_s, char out[16]) {
    const time_t time = (time_t)time_s;
    struct tm parts;
    if (!time_s || !gmtime_r(&time, &parts) || !strftime(out, 16, "%Y-%m-%d", &parts)) snprintf(out, 16, "-");
    return out;
}

/* --- JSON --------------------------------------------------------------------------------------------------------- */

static neume_status print_number(double value, neume_buffer *out) {
    return isfinite(value) ? neume_buffer_print(out, "%.4g", value) : neume_buffer_print(out, "null");
}

static neume_status print_shares(const profile_share *shares, size_t most, const char *key, const char *number,
                                 bool usual, neume_buffer *out) {
    for (size_t i = 0; i < most && shares[i].name; i++) {
        NEUME_TRY(neume_buffer_print(out, "%s{\"%s\": ", i ? ", " : "", key));
        NEUME_TRY(neume_json_quote(out, shares[i].name));
        NEUME_TRY(neume_buffer_print(out, ", \"%s\": %.4g", number, shares[i].value));
        if (usual) NEUME_TRY(neume_buffer_print(out, ", \"usual\": %.4g", shares[i].usual));
        NEUME_TRY(neume_buffer_print(out, "}"));
    }
    return NEUME_OK;
}

static neume_status print_hours_json(const taste_profile *profile, neume_buffer *out) {
    for (int hour = 0; hour < PROFILE_HOURS; hour++) {
        const profile_hour *at = &profile->hours[hour];
        NEUME_TRY(neume_buffer_print(out, "%s\n  {\"hour\": %d, \"plays\": %.9g, \"mood\": ", hour ? "," : "", hour,
                                     at->plays));
        NEUME_TRY(at->mood ? neume_json_quote(out, at->mood) : neume_buffer_print(out, "null"));
        NEUME_TRY(neume_buffer_print(out, ", \"valence\": "));
        NEUME_TRY(print_number(at->valence, out));
        NEUME_TRY(neume_buffer_print(out, ", \"arousal\": "));
        NEUME_TRY(print_number(at->arousal, out));
        NEUME_TRY(neume_buffer_print(out, "}"));
    }
    return NEUME_OK;
}

static neume_status print_json(const taste_profile *profile, neume_buffer *out) {
    char first[16], last[16];
    NEUME_TRY(neume_buffer_print(out, "{\"user\": \"%s\", \"counts\": {", profile->pseudonym));
    for (int kind = 0; kind < NEUME_EVENT_KINDS; kind++)
        NEUME_TRY(neume_buffer_print(out, "%s\"%s\": %lld", kind ? ", " : "",
                                     neume_event_kind_name((neume_event_kind)kind), (long long)profile->counts[kind]));
    NEUME_TRY(neume_buffer_print(out,
                                 "}, \"plays\": %.9g, \"items\": %lld, \"artists\": %lld, \"first\": \"%s\", "
                                 "\"last\": \"%s\",\n \"styles\": [",
                                 profile->plays, (long long)profile->items, (long long)profile->artists,
                                 day_of(profile->first_s, first), day_of(profile->last_s, last)));
    NEUME_TRY(print_shares(profile->styles, PROFILE_STYLES, "tag", "share", true, out));
    NEUME_TRY(neume_buffer_print(out, "],\n \"top_artists\": ["));
    NEUME_TRY(print_shares(profile->top_artists, PROFILE_ARTISTS, "artist", "plays", false, out));
    NEUME_TRY(neume_buffer_print(out, "],\n \"hours\": ["));
    NEUME_TRY(print_hours_json(profile, out));
    NEUME_TRY(neume_buffer_print(out, "],\n \"novelty\": {\"new_share\": "));
    NEUME_TRY(print_number(profile->new_share, out));
    return neume_buffer_print(out, ", \"surprise_bits\": %.4g}}\n", profile->surprise_bits);
}

/* --- text --------------------------------------------------------------------------------------------------------- */

static neume_status print_hours(const taste_profile *profile, neume_buffer *out) {
    double most = 0;
    for (int hour = 0; hour < PROFILE_HOURS; hour++) most = fmax(most, profile->hours[hour].plays);
    if (!(most > 0)) return NEUME_OK;
    NEUME_TRY(neume_buffer_print(out, "hour  plays\n"));
    for (int hour = 0; hour < PROFILE_HOURS; hour++) {
        const profile_hour *at = &profile->hours[hour];
        const int cells = (int)lround(24 * at->plays / most);
        if (!(at->plays > 0)) continue;
        NEUME_TRY(neume_buffer_print(out, "  %02d %6.0f  %-24.*s  %s\n", hour, at->plays, cells,
                                     "########################", at->mood ? at->mood : ""));
    }
    return NEUME_OK;
}

static neume_status print_text(const taste_profile *profile, neume_buffer *out) {
    char first[16], last[16];
    NEUME_TRY(
        neume_buffer_print(out, "listener  %s\nplays     %.0f of %lld items by %lld artists, %s .. %s\nelse      ",
                           profile->pseudonym, profile->plays, (long long)profile->items, (long long)profile->artists,
                           day_of(profile->first_s, first), day_of(profile->last_s, last)));
    for (int kind = NEUME_EVENT_LIKE; kind < NEUME_EVENT_KINDS; kind++)
        NEUME_TRY(neume_buffer_print(out, "%s%lld %ss", kind > NEUME_EVENT_LIKE ? ", " : "",
                                     (long long)profile->counts[kind], neume_event_kind_name((neume_event_kind)kind)));
    if (isfinite(profile->new_share))
        NEUME_TRY(neume_buffer_print(out, "\nnovelty   %.0f %% of the last month's plays were first ones",
                                     100 * profile->new_share));
    NEUME_TRY(
        neume_buffer_print(out, "\nsurprise  %.1f bits an item\nstyles    share  usual\n", profile->surprise_bits));
    for (int i = 0; i < PROFILE_STYLES && profile->styles[i].name; i++)
        NEUME_TRY(neume_buffer_print(out, "  %5.1f %% %5.1f %%  %s\n", 100 * profile->styles[i].value,
                                     100 * profile->styles[i].usual, profile->styles[i].name));
    NEUME_TRY(neume_buffer_print(out, "artists   plays\n"));
    for (int i = 0; i < PROFILE_ARTISTS && profile->top_artists[i].name; i++)
        NEUME_TRY(
            neume_buffer_print(out, "  %7.0f  %s\n", profile->top_artists[i].value, profile->top_artists[i].name));
    return print_hours(profile, out);
}

neume_status neume_listening_profile(neume_store *store, const char *user, const neume_profile_options *options,
                                     neume_buffer *out) {
    static const neume_profile_options defaults = {0};
    taste_profile profile = {0};
    taste_catalogue *catalogue = NULL;
    taste_events events = {0};
    neume_store_counts counts;
    int64_t row = 0;
    if (!options) options = &defaults;
    if (!(fabs(options->zone_hours) <= 14)) return neume_fail(NEUME_EINVAL, "a zone lies within 14 hours of Greenwich");
    NEUME_TRY(neume_store_find_user(store, user, &row));
    NEUME_TRY(neume_store_count(store, &counts));
    neume_store_pseudonym(store, user, profile.pseudonym);
    neume_status status = taste_catalogue_read(store, &catalogue);
    if (!status) status = taste_count_listeners(store, catalogue);
    if (!status) status = taste_events_read(store, row, 0, &events);
    if (!status) status = taste_profile_reckon(catalogue, &events, counts.users, options->zone_hours, &profile);
    if (!status) status = options->json ? print_json(&profile, out) : print_text(&profile, out);
    neume__free(events.at);
    taste_catalogue_free(catalogue);
    return status;
}
