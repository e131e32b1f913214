/* Prompts and what is read into them. */
#include "neume_test.h"

#include "neume/taste_words.h"

#include "words_data.h"
#include "words_text.h"

#include <string.h>

static neume_words *words;

static int make_words(void **state) {
    (void)state;
    return neume_words_new(&words);
}

static int free_words(void **state) {
    (void)state;
    neume_words_free(words);
    return 0;
}

static void understand(const char *prompt, neume_query *query) {
    *query = neume_query_none();
    assert_ok(neume_words_understand(words, prompt, strlen(prompt), query));
}

static void assert_means(const char *prompt, const char *expected) {
    neume_query query, told = neume_query_none();
    neume_buffer line = {0};
    understand(prompt, &query);
    assert_ok(neume_query_parse(expected, strlen(expected), &told));
    const neume_query_counts counts = neume_query_compare(&told, &query);
    assert_ok(neume_query_print(&query, &line));
    if (counts.both != counts.truth || counts.both != counts.estimate)
        fail_msg("'%s' is '%s', expected '%s'", prompt, line.data ? line.data : "", expected);
    neume_buffer_clear(&line);
    neume_query_clear(&query);
    neume_query_clear(&told);
}

static void assert_same_meaning(const char *a, const char *b) {
    neume_query first, second;
    understand(a, &first);
    understand(b, &second);
    const neume_query_counts counts = neume_query_compare(&first, &second);
    if (counts.both != counts.truth || counts.both != counts.estimate) fail_msg("'%s' is not '%s'", a, b);
    neume_query_clear(&first);
    neume_query_clear(&second);
}

typedef struct example {
    const char *prompt, *meaning;
} example;

static void assert_examples(const example *examples, size_t count) {
    for (size_t i = 0; i < count; i++) assert_means(examples[i].prompt, examples[i].meaning);
}
#define ASSERT_EXAMPLES(list) assert_examples(list, sizeof(list) / sizeof *(list))

/* --- what a denial reaches ---------------------------------------------------------------------------------------- */

static void test_a_denial_ends_where_its_clause_or_contrast_does(void **state) {
    (void)state;
    static const example examples[] = {
        {"no drums, piano", "not.instrument=drums;instrument=piano"},
        {"without drums or bass", "not.instrument=drums,bass"},
        {"without drums, bass or piano, slow", "not.instrument=drums,bass,piano;tempo=slow"},
        {"not jazz but rock", "not.style=jazz;style=rock"},
        {"no drums in a calm piece", "not.instrument=drums;mood=calm"},
        {"anything but country", "not.style=country"},
        {"I don't like pop", "not.style=pop"},
        {"不是流行而是摇滚", "not.style=pop;style=rock"},
        {"不要流行、摇滚，要爵士", "not.style=pop,rock;style=jazz"},
        {"没有鼓的钢琴曲", "not.instrument=drums;instrument=piano"},
        {"除了嘻哈都行", "not.style=hip-hop"},
        {"鼓就算了，要钢琴", "not.instrument=drums;instrument=piano"},
        {"爵士除外", "not.style=jazz"},
        {"爵士我不要", "not.style=jazz"},
    };
    ASSERT_EXAMPLES(examples);
}

static void test_an_exception_that_also_wants_is_no_denial(void **state) {
    (void)state;
    static const example examples[] = {{"除了钢琴还要小提琴", "instrument=piano,violin"},
                                       {"besides jazz also blues", "style=jazz,blues"},
                                       {"不能没有鼓", "instrument=drums"}};
    ASSERT_EXAMPLES(examples);
}

static void test_some_denials_are_wishes(void **state) {
    (void)state;
    static const example examples[] = {{"not too loud", "mood=calm"},      {"别太吵", "mood=calm"},
                                       {"no singing", "vocals=no"},        {"不要人声", "vocals=no"},
                                       {"not instrumental", "vocals=yes"}, {"no female vocals", "not.vocals=female"},
                                       {"特别安静", "mood=calm"},          {"离别的歌", "mood=sad"},
                                       {"有没有快乐的歌", "mood=happy"}};
    ASSERT_EXAMPLES(examples);
}

/* --- names -------------------------------------------------------------------------------------------------------- */

static void test_names_are_found_by_what_introduces_them(void **state) {
    (void)state;
    static const example examples[] = {
        {"more like Miles Davis but calmer", "like=Miles Davis;mood=calm"},
        {"similar to Qwxyz Bandname, slow", "like=Qwxyz Bandname;tempo=slow"},
        {"in the style of Queens of the Qwxyz", "like=Queens of the Qwxyz"},
        {"像肖邦夜曲那样", "like=Chopin nocturnes"},
        {"肖邦的夜曲", "like=Chopin nocturnes"},
        {"想听《夜的钢琴曲》", "like=夜的钢琴曲"},
        {"like \"Blue in Green\" but faster", "like=Blue in Green;tempo=fast"},
        {"比贝多芬更安静", "like=Beethoven;mood=calm"},
        {"not Bach", "not.like=Bach"},
        {"not Qwxyz please", "not.like=Qwxyz"},
        {"不要巴赫", "not.like=Bach"},
        {"music by Qwxyz Zyx", "like=Qwxyz Zyx"},
        {"music by the sea", ""},
        {"like a rainy day", ""},
        {"something like jazz", "style=jazz"},
    };
    ASSERT_EXAMPLES(examples);
}

/* --- numbers ------------------------------------------------------------------------------------------------------ */

static void test_numbers_are_read_in_digits_words_and_chinese(void **state) {
    (void)state;
    static const example examples[] = {
        {"120bpm", "tempo_bpm=120"},
        {"at 120 beats per minute", "tempo_bpm=120"},
        {"a hundred and twenty bpm", "tempo_bpm=120"},
        {"one twenty bpm", "tempo_bpm=120"},
        {"每分钟一百二十拍", "tempo_bpm=120"},
        {"一分钟90下", "tempo_bpm=90"},
        {"速度一百四左右", "tempo_bpm=140"},
        {"BPM 95", "tempo_bpm=95"},
        {"100-120 bpm", "tempo_bpm=110"},
        {"9000 bpm", ""},
        {"my 120 friends", ""},
        {"the 80s", "decade=1980s"},
        {"music from 1985", "decade=1980s"},
        {"'90s", "decade=1990s"},
        {"nineties", "decade=1990s"},
        {"八十年代", "decade=1980s"},
        {"八〇年代", "decade=1980s"},
        {"上世纪七十年代", "decade=1970s"},
        {"2000年后", "decade=2000s"},
        {"一九九五年的歌", "decade=1990s"},
    };
    ASSERT_EXAMPLES(examples);
}

static void test_keys_are_told_from_articles(void **state) {
    (void)state;
    static const example examples[] = {{"in C minor", "key=C minor"}, {"in a minor key", "key=minor"},
                                       {"in A minor", "key=A minor"}, {"B-flat major", "key=Bb major"},
                                       {"F# minor", "key=F# minor"},  {"c♯ minor", "key=C# minor"},
                                       {"升C小调", "key=C# minor"},   {"降E大调", "key=Eb major"},
                                       {"D dorian", "key=D dorian"},  {"小调", "key=minor"}};
    ASSERT_EXAMPLES(examples);
}

/* --- laws --------------------------------------------------------------------------------------------------------- */

static void test_the_order_of_clauses_does_not_matter(void **state) {
    (void)state;
    static const char *const clauses[] = {"no drums",     "sad",        "from the 90s", "with piano",
                                          "for sleeping", "不要人声",   "像肖邦那样",   "like ABBA",
                                          "120 bpm",      "in C minor", "别太吵",       "not country",
                                          "slow",         "小提琴独奏", "but calmer",   "日语的"};
    enum { CLAUSES = sizeof clauses / sizeof *clauses };
    for_each_seed(seed, 200) {
        neume_rng rng = neume_rng_seeded(seed, 1);
        char texts[2][512] = {"", ""};
        size_t order[CLAUSES];
        for (size_t i = 0; i < CLAUSES; i++) order[i] = i;
        for (int version = 0; version < 2; version++) {
            for (size_t i = 0; i < CLAUSES; i++) {
                const size_t j = (size_t)neume_rng_below(&rng, CLAUSES), kept = order[i];
                order[i] = order[j], order[j] = kept;
            }
            for (size_t i = 0; i < CLAUSES; i++) {
                strcat(texts[version], i ? ", " : "");
                strcat(texts[version], clauses[order[i]]);
            }
        }
        assert_same_meaning(texts[0], texts[1]);
    }
}

/* A character whose simplified form is @p simple; itself when there is none. */
static uint32_t traditional(uint32_t simple) {
    static uint32_t forms[0xA000];
    for (uint32_t c = 0x3400; !forms['A'] && c < 0xA000; c++)
        if (neume__simplified(c) != c && neume__simplified(c) < 0xA000) forms[neume__simplified(c)] = c;
    forms['A'] = 'A'; /* made */
    return simple < 0xA000 && forms[simple] ? forms[simple] : simple;
}

static void append_utf8(uint32_t c, char *out) {
    const char bytes[4] = {(char)(0xE0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3F)), (char)(0x80 | (c & 0x3F)), 0};
    strcat(out, bytes);
}

static void test_traditional_characters_mean_what_simplified_ones_do(void **state) {
    (void)state;
    neume_buffer table = {0};
    size_t compared = 0;
    assert_ok(neume_file_read("tests/data/prompts.tsv", 1 << 20, &table));
    for (char *line = strtok(table.data, "\n"); line; line = strtok(NULL, "\n")) {
        char other[1024] = "";
        char *tab = strchr(line, '\t');
        *tab = '\0';
        if (strstr(line, "《")) continue; /* titles stay as they are written */
        for (const char *at = line; *at;) {
            uint32_t c = 0;
            const size_t length = neume__utf8_read(at, strlen(at), &c);
            if (length == 3)
                append_utf8(traditional(c), other);
            else
                strncat(other, at, length);
            at += length;
        }
        compared += strcmp(line, other) != 0;
        assert_same_meaning(line, other);
    }
    assert_true(compared > 60);
    neume_buffer_clear(&table);
}

static void test_case_width_accents_and_endings_do_not_matter(void **state) {
    (void)state;
    assert_same_meaning("ROCK, Piano", "ｒｏｃｋ， ｐｉａｎｏ");
    assert_same_meaning("like dvořák", "like Dvorak");
    assert_same_meaning("calmer", "calm");
    assert_same_meaning("the drummer", "drums");
    assert_same_meaning("hip-hop", "hiphop");
    assert_same_meaning("R&B", "rnb");
    assert_means("blues", "style=blues"); /* no plural of what is blue */
    assert_means("feeling blue", "mood=sad");
}

static void test_one_slip_in_a_long_word_is_forgiven(void **state) {
    (void)state;
    assert_same_meaning("harpsicord", "harpsichord");
    assert_same_meaning("saxaphone", "saxophone");
    assert_same_meaning("clasiscal", "classical");
    assert_means("jass", ""); /* too short to tell */
}

/* Phrases, apart by commas and tabs, that must mean what the line of slots says; their number. */
static size_t assert_phrases_mean(const char *line, char *phrases) {
    size_t count = 0;
    char *next = NULL;
    for (char *phrase = strtok_r(phrases, ",\t", &next); phrase; phrase = strtok_r(NULL, ",\t", &next), count++) {
        neume_query meant = neume_query_none(), query;
        assert_ok(neume_query_parse(line, strlen(line), &meant));
        understand(phrase, &query);
        if (neume_query_compare(&meant, &query).both != meant.count) fail_msg("'%s' is not %s", phrase, line);
        neume_query_clear(&meant);
        neume_query_clear(&query);
    }
    return count;
}

/* Each phrase of the lexicon that stands for values means them when it stands alone. */
static void test_every_phrase_means_its_row(void **state) {
    (void)state;
    size_t phrases = 0;
    char *table = malloc(neume__lexicon_bytes + 1), *next_line = NULL;
    memcpy(table, neume__lexicon, neume__lexicon_bytes + 1);
    for (char *line = strtok_r(table, "\n", &next_line); line; line = strtok_r(NULL, "\n", &next_line)) {
        char *tab = strchr(line, '\t');
        if (*line == '#' || strstr(line, "op=") == line || *line == '-' || !tab) continue;
        *tab = '\0';
        line[strcspn(line, "!")] = '\0';
        phrases += assert_phrases_mean(line, tab + 1);
    }
    assert_true(phrases > 3000);
    free(table);
}

/* --- bad input ---------------------------------------------------------------------------------------------------- */

static void test_any_bytes_are_a_prompt(void **state) {
    (void)state;
    for_each_seed(seed, 300) {
        neume_rng rng = neume_rng_seeded(seed, 9);
        char bytes[400];
        neume_query query = neume_query_none(), again = neume_query_none();
        neume_buffer line = {0};
        for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)neume_rng_below(&rng, 256);
        memcpy(bytes + 100, "like \xE4\xB8\x80\xFF Qwxyz=;, not \xF0\x9F\x8E\xB5", 28);
        assert_ok(neume_words_understand(words, bytes, sizeof bytes, &query));
        assert_ok(neume_query_print(&query, &line));
        assert_ok(neume_query_parse(line.data ? line.data : "", line.size, &again));
        assert_int_equal(neume_query_compare(&query, &again).both, query.count);
        neume_buffer_clear(&line);
        neume_query_clear(&query);
        neume_query_clear(&again);
    }
}

static void test_prompts_have_a_limit(void **state) {
    (void)state;
    const size_t count = 1 << 20;
    char *long_prompt = malloc(count);
    memset(long_prompt, 'a', count);
    neume_query query = neume_query_none();
    assert_int_equal(neume_words_understand(words, long_prompt, count, &query), NEUME_ELIMIT);
    assert_ok(neume_words_understand(words, long_prompt, NEUME_PROMPT_LONGEST_BYTES, &query));
    for (size_t i = 0; i < NEUME_PROMPT_LONGEST_BYTES; i++) long_prompt[i] = "rock "[i % 5];
    assert_ok(neume_words_understand(words, long_prompt, NEUME_PROMPT_LONGEST_BYTES, &query));
    assert_int_equal(query.count, 1);
    neume_query_clear(&query);
    free(long_prompt);
}

static void test_rows_that_are_none_are_named(void **state) {
    (void)state;
    static const char *const tables[] = {"mood=greenish\ta\t", "colour=red\tb\t", "op=maybe\tc\t", "tempo_bpm=x\td\t"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        neume_words *own = NULL;
        assert_ok(neume_words_new(&own));
        assert_int_equal(neume_words_add(own, tables[i], strlen(tables[i])), NEUME_EFORMAT);
        assert_non_null(strstr(neume_error_message(), "line 1"));
        neume_words_free(own);
    }
}

static void test_rows_of_the_callers_come_first(void **state) {
    (void)state;
    static const char table[] = "# ours\nstyle=house-blend\tjazz,flumph\t花火\n";
    neume_words *own = NULL;
    neume_query query = neume_query_none();
    assert_ok(neume_words_new(&own));
    assert_ok(neume_words_add(own, table, sizeof table - 1));
    assert_ok(neume_words_understand(own, "jazz 花火", 11, &query));
    assert_int_equal(query.count, 1);
    assert_string_equal(query.wishes[0].value, "house-blend");
    assert_string_equal(neume_words_name(own, NEUME_SLOT_STYLE, "house-blend", true), "花火");
    neume_query_clear(&query);
    neume_words_free(own);
}

/* --- want of memory ----------------------------------------------------------------------------------------------- */

static neume_status make_and_free(void *context) {
    (void)context;
    neume_words *own = NULL;
    const neume_status status = neume_words_new(&own);
    neume_words_free(own);
    return status;
}

static neume_status understand_and_clear(void *context) {
    const char *prompt = context;
    neume_query query = neume_query_none();
    const neume_status status = neume_words_understand(words, prompt, strlen(prompt), &query);
    neume_query_clear(&query);
    return status;
}

static void test_want_of_memory_is_told(void **state) {
    (void)state;
    neume_words *own = NULL;
    for (int64_t n = 1; n < 20000;
         n += n < 40 ? 1 : 997) { /* some thousand allocations: every one would take minutes */
        neume__alloc_fail_after(n);
        const neume_status status = neume_words_new(&own);
        neume__alloc_fail_after(0);
        if (status == NEUME_OK) break;
        assert_int_equal(status, NEUME_ENOMEM);
    }
    neume_words_free(own);
    assert_ok(make_and_free(NULL));
    sweep_allocation_failures(understand_and_clear,
                              (void *)(uintptr_t) "no drums, like \"Qwxyz\" but calmer, 120 bpm 像肖邦那样");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_denial_ends_where_its_clause_or_contrast_does),
        cmocka_unit_test(test_an_exception_that_also_wants_is_no_denial),
        cmocka_unit_test(test_some_denials_are_wishes),
        cmocka_unit_test(test_names_are_found_by_what_introduces_them),
        cmocka_unit_test(test_numbers_are_read_in_digits_words_and_chinese),
        cmocka_unit_test(test_keys_are_told_from_articles),
        cmocka_unit_test(test_the_order_of_clauses_does_not_matter),
        cmocka_unit_test(test_traditional_characters_mean_what_simplified_ones_do),
        cmocka_unit_test(test_case_width_accents_and_endings_do_not_matter),
        cmocka_unit_test(test_one_slip_in_a_long_word_is_forgiven),
        cmocka_unit_test(test_every_phrase_means_its_row),
        cmocka_unit_test(test_any_bytes_are_a_prompt),
        cmocka_unit_test(test_prompts_have_a_limit),
        cmocka_unit_test(test_rows_that_are_none_are_named),
        cmocka_unit_test(test_rows_of_the_callers_come_first),
        cmocka_unit_test(test_want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, make_words, free_words);
}
