#include "neume_test.h"

#include "neume/history.h"

#include <string.h>

/* What a reading told, as text: one line an event or item. */
typedef struct page {
    neume_buffer text;
    neume_status refuse; /* what the sink answers */
} page;

static neume_status note_event(void *context, const neume_history_event *event) {
    page *at = context;
    if (at->refuse) return at->refuse;
    return neume_buffer_print(&at->text, "%s|%s|%s|%s|%s|%lld|%g\n", event->user ? event->user : "-", event->item,
                              event->artist ? event->artist : "-", event->name ? event->name : "-", event->kind,
                              (long long)event->time_s, event->value);
}

static neume_status note_item(void *context, const neume_history_item *item) {
    page *at = context;
    if (at->refuse) return at->refuse;
    NEUME_TRY(neume_buffer_print(&at->text, "%s|%s|%s|%d", item->id, item->name ? item->name : "-",
                                 item->artist ? item->artist : "-", item->year));
    for (size_t i = 0; i < item->tag_count; i++)
        NEUME_TRY(neume_buffer_print(&at->text, "|%s:%g", item->tags[i].name, item->tags[i].weight));
    for (size_t i = 0; i < item->feature_count; i++)
        NEUME_TRY(neume_buffer_print(&at->text, "|%g", (double)item->features[i]));
    return neume_buffer_print(&at->text, "%s\n", item->adds_tags ? "+" : "");
}

static neume_status note_feature(void *context, const char *name) {
    page *at = context;
    return neume_buffer_print(&at->text, "feature %s\n", name);
}

static neume_status read_text(const char *text, size_t count, const neume_history_options *options, page *told,
                              neume_history_tally *tally) {
    const neume_history_sink sink = {told, note_event, note_item, note_feature};
    return neume_history_read(text, count, options, &sink, tally);
}

/* The file reads as that, in that format, with so many entries left out. */
static void assert_reads(const char *text, const neume_history_options *options, neume_history_format format,
                         int64_t left_out, const char *expected) {
    page told = {0};
    neume_history_tally tally = {0};
    assert_ok(read_text(text, strlen(text), options, &told, &tally));
    assert_string_equal(told.text.data ? told.text.data : "", expected);
    assert_int_equal((int)tally.format, (int)format);
    assert_int_equal(tally.left_out, left_out);
    neume_buffer_clear(&told.text);
}

/* --- plays -------------------------------------------------------------------------------------------------------- */

static void test_plays_are_user_item_plays_and_perhaps_a_time(void **state) {
    (void)state;
    assert_reads("2\t51\t13883\n2\t52\t11690\t1700000000\n", NULL, NEUME_HISTORY_PLAYS, 0,
                 "2|51|-|-|play|0|13883\n2|52|-|-|play|1700000000|11690\n");
    assert_reads("ann,x,1\r\nann,y,2", NULL, NEUME_HISTORY_PLAYS, 0, "ann|x|-|-|play|0|1\nann|y|-|-|play|0|2\n");
}

static void test_a_heading_names_the_columns_of_plays(void **state) {
    (void)state;
    assert_reads("time,kind,item,user,rating\n2020-01-02,like,a,u1,\n,rating,b,u1,0.5\n,,c,u1,\n", NULL,
                 NEUME_HISTORY_PLAYS, 0, "u1|a|-|-|like|1577923200|1\nu1|b|-|-|rating|0|0.5\nu1|c|-|-|play|0|1\n");
}

static void test_lines_that_make_no_sense_are_left_out_and_counted(void **state) {
    static const char text[] =
        "u\ta\t1\nu\t\t1\nu\tb\tmany\nu\tc\t-3\nu\td\t1\tsoon\n\nu\te\t2\nalone\n\xFF\xFE\tx\t1\n";
    page told = {0};
    neume_history_tally tally = {0};
    (void)state;
    assert_ok(read_text(text, strlen(text), NULL, &told, &tally));
    assert_string_equal(told.text.data, "u|a|-|-|play|0|1\nu|e|-|-|play|0|2\n");
    assert_int_equal(tally.taken, 2);
    assert_int_equal(tally.left_out, 6);
    assert_int_equal(tally.first_bad_line, 2);
    assert_string_equal(tally.why, "it names no item, or too long a one");
    neume_buffer_clear(&told.text);
}

static void test_a_file_without_sense_is_refused_with_its_first_line(void **state) {
    static const char text[] = "# readme\nthis is no table\n";
    page told = {0};
    neume_history_tally tally = {0};
    (void)state;
    assert_int_equal(read_text(text, strlen(text), NULL, &told, &tally), NEUME_EFORMAT);
    assert_non_null(strstr(neume_error_message(), "line that was not is 1"));
    assert_ok(read_text("", 0, NULL, &told, &tally));
    assert_int_equal(tally.taken + tally.left_out, 0);
}

/* --- Last.fm ------------------------------------------------------------------------------------------------------ */

static void test_lastfm_without_a_heading_is_artist_album_track_date(void **state) {
    (void)state;
    assert_reads(
        "Blur,The Magic Whip,New World Towers,22 Mar 2021 16:55\n\"Earth, Wind & Fire\",,\"Say \"\"September\"\"\",1 "
        "Jan 1970 00:01\n",
        NULL, NEUME_HISTORY_LASTFM, 0,
        "-|Blur - New World Towers|Blur|New World Towers|play|1616432100|1\n"
        "-|Earth, Wind & Fire - Say \"September\"|Earth, Wind & Fire|Say \"September\"|play|60|1\n");
}

static void test_lastfm_headings_may_have_any_order(void **state) {
    static const char same[] = "-|A - T|A|T|play|1616432100|1\n";
    (void)state;
    assert_reads("uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n"
                 "\"1616432100\",\"22 Mar 2021, 16:55\",\"A\",\"\",\"\",\"\",\"T\",\"\"\n",
                 NULL, NEUME_HISTORY_LASTFM, 0, same);
    assert_reads("Artist;Album;AlbumId;Track;Date#somebody\n\"A\";\"B\";\"\";\"T\";\"1616432100000\"\n", NULL,
                 NEUME_HISTORY_LASTFM, 0, same);
    assert_reads("artist,album,track,date\nA,B,T,2021-03-22 16:55\n", NULL, NEUME_HISTORY_LASTFM, 0, same);
}

static void test_by_artist_what_is_heard_is_the_artist(void **state) {
    const neume_history_options options = {.by_artist = true};
    (void)state;
    assert_reads("A,B,T,22 Mar 2021 16:55\n", &options, NEUME_HISTORY_LASTFM, 0, "-|A|A|A|play|1616432100|1\n");
    assert_reads("{\"listened_at\":5,\"track_metadata\":{\"artist_name\":\"A\",\"track_name\":\"T\"}}", &options,
                 NEUME_HISTORY_LISTENBRAINZ, 0, "-|A|A|A|play|5|1\n");
}

static void test_times_are_read_alike_however_written(void **state) {
    static const char *const ways[] = {"951827696",           "951827696000",         "29 Feb 2000 12:34:56",
                                       "2000-02-29 12:34:56", "2000-02-29T12:34:56Z", "29 February 2000, 12:34:56"};
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char text[128];
        snprintf(text, sizeof text, "u\tx\t1\t%s\n", ways[i]);
        assert_reads(text, NULL, NEUME_HISTORY_PLAYS, 0, "u|x|-|-|play|951827696|1\n");
    }
}

/* --- ListenBrainz ------------------------------------------------------------------------------------------------- */

#define LISTEN(time, track)                                                                                            \
    "{\"listened_at\": " time                                                                                          \
    ", \"track_metadata\": {\"artist_name\": \"Bj\\u00f6rk {\\\"}\", \"track_name\": \"" track                         \
    "\", \"additional_info\": {\"recording_mbid\": \"x\"}}, \"user_name\": \"rob\"}"
#define TOLD(time, track) "rob|Björk {\"} - " track "|Björk {\"}|" track "|play|" time "|1\n"

static void test_listens_are_one_a_line_or_a_list_or_an_answer(void **state) {
    static const char expected[] = TOLD("7", "Jóga") TOLD("8", "Hunter");
    (void)state;
    assert_reads(LISTEN("7", "Jóga") "\n" LISTEN("8", "Hunter") "\n", NULL, NEUME_HISTORY_LISTENBRAINZ, 0, expected);
    assert_reads("[" LISTEN("7", "Jóga") ",\n " LISTEN("8", "Hunter") "]", NULL, NEUME_HISTORY_LISTENBRAINZ, 0,
                 expected);
    assert_reads("{\"payload\": {\"count\": 2, \"listens\": [" LISTEN("7", "Jóga") "," LISTEN("8", "Hunter") "]}}",
                 NULL, NEUME_HISTORY_LISTENBRAINZ, 0, expected);
}

static void test_scores_are_likes_and_bans(void **state) {
    (void)state;
    assert_reads("{\"score\":1,\"track_metadata\":{\"artist_name\":\"A\",\"track_name\":\"T\"}}\n"
                 "{\"score\":-1,\"created\":9,\"track_metadata\":{\"artist_name\":\"A\",\"track_name\":\"U\"}}\n"
                 "{\"score\":0,\"track_metadata\":{\"artist_name\":\"A\",\"track_name\":\"V\"}}\n",
                 NULL, NEUME_HISTORY_LISTENBRAINZ, 1, "-|A - T|A|T|like|0|1\n-|A - U|A|U|ban|9|1\n");
}

static void test_damaged_listens_are_left_out_and_the_others_stay(void **state) {
    (void)state;
    assert_reads("{\"listened_at\": oops}\n" LISTEN("7", "Jóga") "\n{}\n{\"listened_at\":1,\"track_meta", NULL,
                 NEUME_HISTORY_LISTENBRAINZ, 3, TOLD("7", "Jóga"));
}

/* --- items -------------------------------------------------------------------------------------------------------- */

static void test_items_have_tags_years_and_features(void **state) {
    (void)state;
    assert_reads("id,name,artist,year,tags,tempo,energy\n1,So What,Miles Davis,1959,jazz:3|calm|bad:0,136,0.25\n"
                 "2,\"A, b\",,,,,x\n",
                 NULL, NEUME_HISTORY_ITEMS, 0,
                 "feature tempo\nfeature energy\n1|So What|Miles Davis|1959|jazz:3|calm:1|136|0.25\n"
                 "2|A, b|-|0|nan|nan\n");
}

static void test_columns_of_words_are_no_features(void **state) {
    (void)state;
    assert_reads("id\tname\turl\tpictureURL\n1\tMALICE MIZER\thttp://a\thttp://b\n", NULL, NEUME_HISTORY_ITEMS, 0,
                 "1|MALICE MIZER|-|0\n");
}

static void test_a_table_of_tags_adds_one_a_line(void **state) {
    const neume_history_options options = {.format = NEUME_HISTORY_TAGS};
    (void)state;
    assert_reads("item\ttag\tcount\n1\tjazz\t5\n1\tcool\n2\tx\tmany\n", &options, NEUME_HISTORY_TAGS, 1,
                 "1|-|-|0|jazz:5+\n1|-|-|0|cool:1+\n");
}

/* --- strangers and misfortune ------------------------------------------------------------------------------------- */

static void test_bytes_at_random_and_cut_files_never_crash(void **state) {
    static const char *const whole[] = {"id,name,tags,f\n1,a,b:2|c,3\n", "u\ta\t1\t2020-01-02\n",
                                        "[" LISTEN("7", "Jóga") "]", "A,B,T,22 Mar 2021 16:55\n"};
    (void)state;
    for_each_seed(seed, 400) {
        neume_rng rng = neume_rng_seeded(seed, 1);
        char text[512];
        const char *from = whole[seed % 4];
        size_t count = strlen(from);
        memcpy(text, from, count);
        for (int64_t i = neume_rng_below(&rng, 6); i > 0; i--)
            text[neume_rng_below(&rng, (int64_t)count)] = (char)neume_rng_u32(&rng);
        count = (size_t)neume_rng_below(&rng, (int64_t)count + 1);
        page told = {0};
        neume_history_tally tally;
        const neume_history_options options = {.format = (neume_history_format)neume_rng_below(&rng, 6)};
        const neume_status status = read_text(text, count, &options, &told, &tally);
        assert_true(status == NEUME_OK || status == NEUME_EFORMAT);
        neume_buffer_clear(&told.text);
    }
}

static void test_a_line_without_end_is_left_out(void **state) {
    const size_t count = 3 << 20;
    char *text = malloc(count);
    page told = {0};
    neume_history_tally tally = {0};
    (void)state;
    assert_non_null(text);
    memset(text, 'x', count);
    memcpy(text, "u\ta\t1\n", 6);
    assert_ok(read_text(text, count, NULL, &told, &tally));
    assert_int_equal(tally.taken, 1);
    assert_int_equal(tally.left_out, 1);
    neume_buffer_clear(&told.text);
    free(text);
}

static void test_what_the_sink_refuses_ends_the_reading(void **state) {
    page told = {.refuse = NEUME_EIO};
    neume_history_tally tally = {0};
    (void)state;
    assert_int_equal(read_text("u\ta\t1\n", 6, NULL, &told, &tally), NEUME_EIO);
    assert_int_equal(read_text("id,name\n1,a\n", 12, NULL, &told, &tally), NEUME_EIO);
}

static neume_status read_for_sweep(void *context) {
    page told = {0};
    neume_history_tally tally;
    const char *text = context;
    neume_status status = read_text(text, strlen(text), NULL, &told, &tally);
    neume_buffer_clear(&told.text);
    return status;
}

static void test_no_memory_is_said_and_leaks_nothing(void **state) {
    (void)state;
    sweep_allocation_failures(read_for_sweep, (void *)(uintptr_t) "id,name,tags,f\n1,a,b:2|c,3\n2,b,,\n");
    sweep_allocation_failures(read_for_sweep, (void *)(uintptr_t) "u\ta\t1\t2020-01-02\nu\tb\t1\n");
    sweep_allocation_failures(read_for_sweep, (void *)(uintptr_t) "A,B,T,22 Mar 2021 16:55\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plays_are_user_item_plays_and_perhaps_a_time),
        cmocka_unit_test(test_a_heading_names_the_columns_of_plays),
        cmocka_unit_test(test_lines_that_make_no_sense_are_left_out_and_counted),
        cmocka_unit_test(test_a_file_without_sense_is_refused_with_its_first_line),
        cmocka_unit_test(test_lastfm_without_a_heading_is_artist_album_track_date),
        cmocka_unit_test(test_lastfm_headings_may_have_any_order),
        cmocka_unit_test(test_by_artist_what_is_heard_is_the_artist),
        cmocka_unit_test(test_times_are_read_alike_however_written),
        cmocka_unit_test(test_listens_are_one_a_line_or_a_list_or_an_answer),
        cmocka_unit_test(test_scores_are_likes_and_bans),
        cmocka_unit_test(test_damaged_listens_are_left_out_and_the_others_stay),
        cmocka_unit_test(test_items_have_tags_years_and_features),
        cmocka_unit_test(test_columns_of_words_are_no_features),
        cmocka_unit_test(test_a_table_of_tags_adds_one_a_line),
        cmocka_unit_test(test_bytes_at_random_and_cut_files_never_crash),
        cmocka_unit_test(test_a_line_without_end_is_left_out),
        cmocka_unit_test(test_what_the_sink_refuses_ends_the_reading),
        cmocka_unit_test(test_no_memory_is_said_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
