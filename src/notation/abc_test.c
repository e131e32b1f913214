#include "neume_test.h"

#include <string.h>

#include "neume/notation.h"

static const int64_t EIGHTH = NEUME_WHOLE / 8;

static neume_score *read_tune(const char *text, neume_report *report) {
    neume_abc_place place = {0};
    neume_score *score = NULL;
    assert_ok(neume_abc_read(text, strlen(text), &place, report, &score));
    return score;
}

/* The notes of a body in C major, L:1/8, M:4/4, as "60@0+2" (pitch, onset and length in eighths; fractions as n/d). */
static void hear(const char *head, const char *body, char *out, size_t size) {
    char text[1024];
    snprintf(text, sizeof text, "X:1\nT:t\n%s%s\n", head, body);
    neume_score *score = read_tune(text, NULL);
    neume_played played = {0};
    size_t n = 0;
    assert_ok(neume_score_play(score, &played));
    out[0] = '\0';
    for (size_t i = 0; i < played.note_count && n < size; i++) {
        const neume_played_note *note = &played.notes[i];
        n += (size_t)snprintf(out + n, size - n, "%s%d@%.4g+%.4g", i ? " " : "", note->pitch,
                              (double)note->onset / (double)EIGHTH, (double)note->ticks / (double)EIGHTH);
    }
    neume_played_clear(&played);
    neume_score_free(score);
}

static void assert_hears(const char *head, const char *body, const char *expected) {
    char heard[2048];
    hear(head, body, heard, sizeof heard);
    if (strcmp(heard, expected) != 0) fail_msg("%s%s sounds %s instead of %s", head, body, heard, expected);
}

#define PLAIN "M:4/4\nL:1/8\nK:C\n"

static void test_notes_sound_as_the_standard_says(void **state) {
    (void)state;
    static const struct {
        const char *body, *heard;
    } rows[] = {
        {"C D c d", "60@0+1 62@1+1 72@2+1 74@3+1"},
        {"C,, c'", "36@0+1 84@1+1"},
        {"A2 A/ A/2 A3/2 A// A/4", "69@0+2 69@2+0.5 69@2.5+0.5 69@3+1.5 69@4.5+0.25 69@4.75+0.25"},
        {"^C _E =F ^^G __B", "61@0+1 63@1+1 65@2+1 69@3+1 69@4+1"},
        {"^F F f|F", "66@0+1 66@1+1 78@2+1 65@3+1"}, /* in all octaves, until the bar ends */
        {"_/E ^3/2F", "64@0+1 66@1+1"},
        {"z2 C x D", "60@2+1 62@4+1"},
        {"C2-C D", "60@0+3 62@3+1"},
        {"C4-|C4", "60@0+8"},
        {"[CEG]2 [C2E2]", "60@0+2 64@0+2 67@0+2 60@2+2 64@2+2"},
        {"[CE]-[CG]", "60@0+2 64@0+1 67@1+1"},
        {"(3CDE F", "60@0+0.6667 62@0.6667+0.6667 64@1.333+0.6667 65@2+1"},
        {"(2CD", "60@0+1.5 62@1.5+1.5"},
        {"(3:2:2C2D E", "60@0+1.333 62@1.333+0.6667 64@2+1"},
        {"(CD) ((3EFG)", "60@0+1 62@1+1 64@2+0.6667 65@2.667+0.6667 67@3.333+0.6667"},
        {"C>D E<F G>>A", "60@0+1.5 62@1.5+0.5 64@2+0.5 65@2.5+1.5 67@4+1.75 69@5.75+0.25"},
        {"(3C>DE F", "60@0+1 62@1+0.3333 64@1.333+0.6667 65@2+1"},
        {"Z C", "60@8+1"},
        {"Z2 C", "60@16+1"},
        {"C y D `E", "60@0+1 62@1+1 64@2+1"},
        {"[K:G]F [K:F]B", "66@0+1 70@1+1"},
        {"[L:1/4]C [M:3/4]Z D", "60@0+2 62@8+2"},
        {"|:C:|D", "60@0+1 60@1+1 62@2+1"},
        {"C::D:|", "60@0+1 60@1+1 62@2+1 62@3+1"},
        {"C|1D:|2E|F", "60@0+1 62@1+1 60@2+1 64@3+1 65@4+1"},
        {"C|[1D:|[2E|]F", "60@0+1 62@1+1 60@2+1 64@3+1 65@4+1"},
        {"C4 & E2 G2|D4", "60@0+4 64@0+2 67@2+2 62@4+4"},
        {"\"Am7\"C \"^text\"D !trill!E .F ~G", "60@0+1 62@1+1 64@2+1 65@3+0.5 67@4+1"},
        {"+CE+ D", "60@0+1 64@0+1 62@1+1"},
        {"C D!\nE F", "60@0+1 62@1+1 64@2+1 65@3+1"},
        {"C% comment\nD", "60@0+1 62@1+1"},
        {"C\\\nD", "60@0+1 62@1+1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) assert_hears(PLAIN, rows[i].body, rows[i].heard);
}

static void test_fields_say_key_metre_unit_and_voices(void **state) {
    (void)state;
    static const struct {
        const char *head, *body, *heard;
    } rows[] = {
        {"M:2/4\nK:C\n", "C", "60@0+0.5"}, /* short metres count in sixteenths */
        {"M:3/4\nK:C\n", "C", "60@0+1"},
        {"K:Bb\n", "B E", "70@0+1 63@1+1"},
        {"L:1/8\nK:F#m\n", "F C G", "66@0+1 61@1+1 68@2+1"},
        {"L:1/8\nK:Edor\n", "C F", "61@0+1 66@1+1"},
        {"L:1/8\nK:D exp ^f\n", "C F", "60@0+1 66@1+1"},
        {"L:1/8\nK:Am ^g\n", "G F", "68@0+1 65@1+1"},
        {"L:1/8\nK:HP\n", "C F", "60@0+1 65@1+1"},
        {"L:1/8\nK:C clef=bass octave=-1\n", "C", "48@0+1"},
        {"L:1/8\nK:C treble-8\n", "C", "48@0+1"},
        {"L:1/8\nK:C transpose=2\n", "C", "62@0+1"},
        {"L:1/8\nM:6/8\nK:C\n", "(5CDEFG A", "60@0+0.6 62@0.6+0.6 64@1.2+0.6 65@1.8+0.6 67@2.4+0.6 69@3+1"},
        {"L:1/8\nV:1\nV:2 clef=bass\nK:C\n", "[V:1]C D\n[V:2]E F", "60@0+1 64@0+1 62@1+1 65@1+1"},
        {"L:1/8\nP:AAB\nK:C\n", "P:A\nC|\nP:B\nD|", "60@0+1 60@1+1 62@2+1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) assert_hears(rows[i].head, rows[i].body, rows[i].heard);
}

static void test_tempo_is_counted_in_its_own_note(void **state) {
    (void)state;
    static const struct {
        const char *field;
        double quarters;
    } rows[] = {{"1/4=120", 120}, {"3/8=60", 90}, {"\"Allegro\" 1/2=60", 120},
                {"120", 60},      {"C=120", 60},  {"1/4 1/8=60", 90}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128];
        snprintf(text, sizeof text, "X:1\nT:\nL:1/8\nQ:%s\nK:C\nC\n", rows[i].field);
        neume_score *score = read_tune(text, NULL);
        neume_played played = {0};
        assert_ok(neume_score_play(score, &played));
        assert_int_equal(played.tempo_count, 1);
        assert_true(fabs(played.tempi[0].quarters_a_minute - rows[i].quarters) < 1e-9);
        neume_played_clear(&played);
        neume_score_free(score);
    }
}

static void test_words_find_their_notes(void **state) {
    (void)state;
    neume_score *score =
        read_tune("X:1\nT:\nL:1/4\nK:C\nC D z E {g}F|\"Am\"!mf!G A\nw: Hal- le_ lu|jah~so \\'e\\-x\nw: two *\n", NULL);
    static const struct {
        int item;
        neume_words_kind kind;
        int verse;
        const char *text;
    } rows[] = {{0, NEUME_WORDS_LYRIC, 0, "Hal-"},      {0, NEUME_WORDS_LYRIC, 1, "two"},
                {1, NEUME_WORDS_LYRIC, 0, "le"},        {3, NEUME_WORDS_LYRIC, 0, "_"},
                {5, NEUME_WORDS_LYRIC, 0, "lu"},        {7, NEUME_WORDS_CHORD, 0, "Am"},
                {7, NEUME_WORDS_MARK, 0, "mf"},         {7, NEUME_WORDS_LYRIC, 0, "jah so"},
                {8, NEUME_WORDS_LYRIC, 0, "\xc3\xa9-x"}};
    const neume_voice *v = &score->voices[0];
    assert_int_equal(v->words_count, sizeof rows / sizeof *rows);
    for (size_t i = 0; i < v->words_count; i++) {
        assert_int_equal(v->words[i].item, rows[i].item);
        assert_int_equal(v->words[i].kind, rows[i].kind);
        assert_int_equal(v->words[i].verse, rows[i].verse);
        assert_string_equal(v->words[i].text, rows[i].text);
    }
    neume_score_free(score);
}

static void test_texts_lose_their_escapes(void **state) {
    (void)state;
    static const struct {
        const char *written, *meant;
    } rows[] = {{"Caf\\'e", "Caf\xc3\xa9"},
                {"\\\"Uber", "\xc3\x9c"
                             "ber"},
                {"&eacute;t&eacute;", "\xc3\xa9t\xc3\xa9"},
                {"\\u0041b", "Ab"},
                {"Rock & Roll", "Rock & Roll"},
                {"50\\% off % comment", "50% off"},
                {"Fr\xfchling", "Fr\xc3\xbchling"},
                {"M\xc3\xbcsli", "M\xc3\xbcsli"},
                {"a\\\\b", "a\\b"},
                {"&#233;", "\xc3\xa9"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128];
        snprintf(text, sizeof text, "X:1\nT:%s\nK:C\nC\n", rows[i].written);
        neume_score *score = read_tune(text, NULL);
        assert_string_equal(neume_score_text(score, 'T'), rows[i].meant);
        neume_score_free(score);
    }
}

static const char *const TUNES[] = {
    "X:1\nT:Plain\nC:Trad.\nR:reel\nM:4/4\nL:1/8\nQ:1/4=100\nK:Gmix\n|:\"G\"G>A B2 {cd}c2 (3ded|[1 [Bdg]4 z4:|[2 "
    "x8|]\nW:after\n",
    "X:2\nT:Voices\nM:3/4\nL:1/4\n%%score (S A) {T B}\nV:S name=\"Soprano\" snm=\"S\"\nV:A\nV:T clef=treble-8\nV:B "
    "clef=bass\n%%MIDI program 48\nK:Eb\n"
    "[V:S] E F G|A3|\nw: one two three four\nw: un deux trois quatre\n[V:A] B,2 C|[M:2/4]D2-|\n[V:T] G,2 "
    "G,|F,3|\n[V:B] E,,3|[K:C clef=alto]C,3|\n",
    "X:3\nT:Odd\nM:(2+3)/8\nL:1/16\nK:D exp _b ^c\nP:A\n(5:4:5abcde !fermata!f2-f2|P:B\n",
    "X:4\nT:Odd signs\nM:C|\nK:none\nC,,2 ^^c'_e|[|]D2.|E2|:F2::G2||H2|]Z3|[Q:\"slower\" 3/8=40.5][I:MIDI=program "
    "3]C2|\n",
    "X:5\nT:Overlay\nM:2/4\nL:1/8\nK:Hp\nA2 c2 & E4|(d (e) f)g & z2 B2|\n",
    "X:6\nT:Accidentals\nL:1/8\nK:F#m\n=F ^F f' =f, _B|B ^^F F|{^g}a G ^E-|E e|\n",
    "X:7\nT:Tuplets\nL:1/8\nM:9/8\nK:C\n(3abc (2ab (4abcd (6abcdef (5abcde (7:8:3abc (9abcdefgab|(3a2b2c2\n",
    "X:8\nT:No bars\nK:C\nCDEF\n\n",
    "X:9\nT:Percent \\% and \\& amp\nK:C\n\"a\\%b\"C\nw: 50\\%\n",
    "X:11\nT:Two instruments before any note\nK:Eb\n%%MIDI program 40\n[I:MIDI program 48][K:C]CDE[I:MIDI program "
    "9]F|\n",
    "X:12\nT:Bars in the head\nC::anon\nF:|\nL:1/8\nK:C\n|:cdef|g4\nd:|\n",
    "X:13\nT:Broken in tuplets\nL:1/8\nK:C\n(7A>B c<<d e>f g|(9:2:4C/>>>>D/ C27777>D2|(9:2:2C27777D//////>>4E|"
    "(3[CE]//////[DF][C//////E]//////|\n",
    "X:14\nT:Over a long tuplet\nL:1/8\nK:C\n(8:2:2C27777D//////&E|\n",
    "X:10\nT:Slurs and slashes\nL:1/4\nK:C\n({/a}b (c)) {a(bc)}d|[\"last time\"e|!crescendo(!f!crescendo)!|$g*a\n",
};

/* Before K: no music can stand, so that a field's text may begin with a bar line there; behind it "d:|" is music. */
static void test_a_field_of_the_head_may_begin_with_a_bar_line(void **state) {
    (void)state;
    neume_report report = {0};
    neume_abc_place place = {0};
    static const char tune[] = "X:1\nT:t\nC::anon\nF:|\nL:1/8\nK:C\n|:c2\nd:|\n";
    neume_score *score = NULL;
    assert_ok(neume_abc_read(tune, sizeof tune - 1, &place, &report, &score));
    assert_string_equal(neume_score_text(score, 'C'), ":anon");
    assert_string_equal(neume_score_text(score, 'F'), "|");
    assert_int_equal(report.warnings, 0);
    neume_score_free(score);
    neume_report_clear(&report);
    assert_hears("C:|\n" PLAIN, "|:c2\nd:|", "72@0+2 74@2+1 72@3+2 74@5+1");
}

/* Which part and staff voices get, in their order: "id:part.staff". */
static void assert_laid_out(const char *layout, const char *voices, const char *expected) {
    char tune[1024], found[512];
    snprintf(tune, sizeof tune, "X:1\nT:t\nL:1/4\nM:2/4\n%s%s%s%sK:C\n", *layout ? "%%score " : "", layout,
             *layout ? "\n" : "", voices);
    size_t size = strlen(tune), used = 0;
    for (const char *v = voices; *v; v = strchr(v, '\n') + 1) {
        if (*v != 'V') continue;
        const int length = (int)strcspn(v + 2, " \n");
        size += (size_t)snprintf(tune + size, sizeof tune - size, "[V:%.*s]C2|D2 & E2|\n", length, v + 2);
    }
    neume_abc_place place = {0};
    neume_score *score = NULL;
    assert_ok(neume_abc_read(tune, size, &place, NULL, &score));
    for (size_t i = 0; i < score->voice_count; i++)
        used += (size_t)snprintf(found + used, sizeof found - used, "%s%s:%d.%d", i ? " " : "", score->voices[i].id,
                                 score->voices[i].part, score->voices[i].staff);
    assert_string_equal(found, expected);
    neume_score_free(score);
}

static void test_a_layout_says_which_voices_are_one_part(void **state) {
    (void)state;
    static const char two[] = "V:A\nV:B\n", three[] = "V:A\nV:B\nV:C\n";
    assert_laid_out("", two, "A:0.0 Ao1:0.0 B:1.1 Bo1:1.1");
    assert_laid_out("A B", two, "A:0.0 Ao1:0.0 B:1.1 Bo1:1.1");
    assert_laid_out("{A B}", two, "A:0.0 Ao1:0.0 B:0.1 Bo1:0.1");
    assert_laid_out("{B | A}", two, "B:0.0 Bo1:0.0 A:0.1 Ao1:0.1");
    assert_laid_out("[(A B)]", two, "A:0.0 B:0.0 Ao1:0.0 Bo1:0.0");
    assert_laid_out("{(A C) | B}", three, "A:0.0 C:0.0 Ao1:0.0 Co1:0.0 B:0.1 Bo1:0.1");
    assert_laid_out("{A *B | C}", three, "A:0.0 B:0.0 Ao1:0.0 Bo1:0.0 C:0.1 Co1:0.1");
    assert_laid_out("{B C} A", three, "A:0.0 Ao1:0.0 B:1.1 Bo1:1.1 C:1.2 Co1:1.2");
    assert_laid_out("A {B X B} C", three, "A:0.0 Ao1:0.0 B:1.1 Bo1:1.1 C:2.2 Co1:2.2");
    assert_laid_out("{A B}", "V:A nm=\"Violin 1\"\nV:B nm=\"Violin 2\"\n", "A:0.0 Ao1:0.0 B:1.1 Bo1:1.1");
    assert_laid_out("{A B}", "V:A\n%%MIDI program 40\nV:B\n%%MIDI program 41\n", "A:0.0 Ao1:0.0 B:1.1 Bo1:1.1");
}

/* What is printed reads back as the same music, without a warning, and prints the same again. */
static void test_parse_of_print_is_the_same_music(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof TUNES / sizeof *TUNES; i++) {
        neume_report report = {0};
        neume_score *first = read_tune(TUNES[i], NULL), *second;
        neume_buffer once = {0}, twice = {0};
        char difference[256];
        assert_ok(neume_abc_write(first, 1, &once));
        second = read_tune(once.data, &report);
        neume_score_difference(first, second, difference, sizeof difference);
        if (*difference || report.warnings)
            fail_msg("tune %zu: %s %s\n%s", i + 1, difference, report.text.data, once.data);
        assert_ok(neume_abc_write(second, 1, &twice));
        assert_string_equal(once.data, twice.data);
        neume_report_clear(&report);
        neume_buffer_clear(&once);
        neume_buffer_clear(&twice);
        neume_score_free(first);
        neume_score_free(second);
    }
}

/* abc2midi takes letters behind everything else before a note, and misreads "||:" and ":||". */
static void test_signs_are_written_as_abc2midi_takes_them(void **state) {
    (void)state;
    static const struct {
        const char *body, *written;
    } rows[] = {
        {".!trill!C4|]", "!trill!.C4 |]"}, {"!segno!\"Am\".!p!C4|]", "\"Am\"!p!S.C4 |]"}, {"C4||:D4:|", "C4 |: D4 :|"},
        {"|:C4:||", "|: C4 :|"},           {"|:C4:||:D4:|", "|: C4 :||: D4 :|"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128];
        neume_buffer out = {0};
        snprintf(text, sizeof text, "X:1\nT:\nL:1/4\nK:C\n%s\n", rows[i].body);
        neume_score *score = read_tune(text, NULL);
        assert_ok(neume_abc_write(score, 1, &out));
        if (!strstr(out.data, rows[i].written)) fail_msg("%s is written %s", rows[i].body, out.data);
        neume_buffer_clear(&out);
        neume_score_free(score);
    }
}

static void test_faults_are_told_with_their_lines(void **state) {
    (void)state;
    static const struct {
        const char *body, *warning;
    } rows[] = {{"C D ? E h", "line 4: 'h' stands for nothing\n"},
                {"C \"Am", "line 4: a quotation without its end\n"},
                {"[CE2]", "line 4: the notes of a chord have different lengths: the first counts\n"},
                {">C", "line 4: '>' without a note before it\n"},
                {"m:~n=n", "line 4: macros are not known: the m: line is left out\n"},
                {"C : D", "line 4: ':' alone is not understood\n"},
                {"C [] D", NULL},
                {"C\nw:a b", "line 5: more syllables than notes\n"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128];
        neume_report report = {0};
        snprintf(text, sizeof text, "X:1\nT:\nK:C\n%s\n", rows[i].body);
        neume_score *score = read_tune(text, &report);
        assert_int_equal(report.warnings, rows[i].warning ? 1 : 0);
        if (rows[i].warning) assert_string_equal(report.text.data, rows[i].warning);
        neume_report_clear(&report);
        neume_score_free(score);
    }
}

static void test_a_file_is_read_tune_by_tune(void **state) {
    (void)state;
    static const char file[] = "%abc-2.1\nM:6/8\n\nX:1\nT:one\nK:C\nC\n\nfree text\n\nX:2\nT:no "
                               "key\n\nX:3\nT:three\nK:G\nF\nX:4\nT:four\nK:C\nC\n";
    neume_abc_place place = {0};
    neume_score *score = NULL;
    assert_ok(neume_abc_read(file, strlen(file), &place, NULL, &score));
    assert_string_equal(neume_score_text(score, 'T'), "one");
    assert_int_equal(score->metre.beats, 6);
    neume_score_free(score);
    score = NULL;
    assert_int_equal(neume_abc_read(file, strlen(file), &place, NULL, &score), NEUME_EFORMAT);
    assert_non_null(strstr(neume_error_message(), "line 11"));
    assert_null(score);
    static const char *const titles[] = {"three", "four"};
    for (int i = 0; i < 2; i++) {
        assert_ok(neume_abc_read(file, strlen(file), &place, NULL, &score));
        assert_string_equal(neume_score_text(score, 'T'), titles[i]);
        neume_score_free(score);
    }
    assert_int_equal(neume_abc_read(file, strlen(file), &place, NULL, &score), NEUME_ENOTFOUND);
    neume_abc_place start = {0};
    assert_ok(neume_abc_read("T:no number\nK:C\nC", 17, &start, NULL, &score));
    neume_score_free(score);
}

/* Eight bars of so many notes in each of the voices, without line ends of their own: kern has none.
 * @return lines of music of the first voice */
static int lines_of(int voices, int notes_a_bar) {
    enum { BARS = 8 };
    neume_buffer kern = {0}, abc = {0};
    neume_score *score = NULL;
    for (int v = 0; v < voices; v++) assert_ok(neume_buffer_print(&kern, "%s**kern", v ? "\t" : ""));
    for (int v = 0; v < voices; v++) assert_ok(neume_buffer_print(&kern, "%s*M4/4", v ? "\t" : "\n"));
    for (int bar = 1; bar <= BARS; bar++) {
        for (int v = 0; v < voices; v++) assert_ok(neume_buffer_print(&kern, "%s=%d", v ? "\t" : "\n", bar));
        for (int i = 0; i < notes_a_bar; i++)
            for (int v = 0; v < voices; v++)
                assert_ok(neume_buffer_print(&kern, "%s%dc", v ? "\t" : "\n", notes_a_bar));
    }
    for (int v = 0; v < voices; v++) assert_ok(neume_buffer_print(&kern, "%s*-", v ? "\t" : "\n"));
    assert_ok(neume_kern_read(kern.data, kern.size, NULL, &score));
    assert_ok(neume_abc_write(score, 1, &abc));
    int lines = 0;
    const char *music = strstr(abc.data, "\nK:");
    assert_non_null(music);
    for (const char *at = music; (at = strchr(at + 1, '\n')) != NULL;)
        lines += voices > 1 ? strncmp(at, "\n[V:", 4) == 0 : at[1] != '\0' && at[1] != '%';
    neume_score_free(score);
    neume_buffer_clear(&kern), neume_buffer_clear(&abc);
    return lines / voices;
}

static void test_full_bars_are_fewer_in_a_line(void **state) {
    (void)state;
    assert_int_equal(lines_of(1, 4), 2);
    assert_int_equal(lines_of(1, 8), 2); /* a reel */
    assert_int_equal(lines_of(1, 16), 4);
    assert_int_equal(lines_of(1, 64), 8);
    assert_int_equal(lines_of(2, 4), 2);
    assert_int_equal(lines_of(2, 8), 3);
    assert_int_equal(lines_of(3, 16), 8);
}

/* Bytes changed by chance: refused or read, and what is read prints and plays. */
static void test_damaged_tunes_are_survived(void **state) {
    (void)state;
    neume_rng rng = neume_rng_seeded(4, 4);
    for (int k = 0; k < 8000; k++) {
        char text[1024];
        snprintf(text, sizeof text, "%s", TUNES[neume_rng_below(&rng, (int64_t)(sizeof TUNES / sizeof *TUNES))]);
        size_t length = strlen(text);
        for (int64_t n = neume_rng_below(&rng, 8); n >= 0; n--)
            text[neume_rng_below(&rng, (int64_t)length)] =
                "ABc|:[](){}<>!\"+-'&%\\/0123456789\n~^_=zZxVKMLQ"[neume_rng_below(&rng, 46)];
        neume_abc_place place = {0};
        neume_score *score = NULL, *again = NULL;
        if (neume_abc_read(text, length, &place, NULL, &score)) continue;
        neume_buffer printed = {0}, midi = {0};
        char difference[256] = "";
        neume_abc_place start = {0};
        assert_ok(neume_abc_write(score, 1, &printed));
        assert_ok(neume_abc_read(printed.data, printed.size, &start, NULL, &again));
        neume_score_difference(score, again, difference, sizeof difference);
        if (*difference) fail_msg("case %d: %s\n%s\n---\n%s", k, difference, text, printed.data);
        assert_ok(neume_midi_write_score(score, &midi));
        neume_buffer_clear(&printed);
        neume_buffer_clear(&midi);
        neume_score_free(score);
        neume_score_free(again);
    }
}

static neume_status read_write_play(void *context) {
    neume_abc_place place = {0};
    neume_report report = {0};
    neume_score *score = NULL;
    neume_buffer out = {0};
    neume_status status;
    NEUME_GO(neume_abc_read(context, strlen(context), &place, &report, &score));
    NEUME_GO(neume_abc_write(score, 1, &out));
    NEUME_GO(neume_midi_write_score(score, &out));
fail:
    neume_buffer_clear(&out);
    neume_report_clear(&report);
    neume_score_free(score);
    return status;
}

static void test_every_failing_allocation_is_survived(void **state) {
    (void)state;
    for (size_t i = 0; i < 5; i++) sweep_allocation_failures(read_write_play, (void *)(uintptr_t)TUNES[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notes_sound_as_the_standard_says),
        cmocka_unit_test(test_fields_say_key_metre_unit_and_voices),
        cmocka_unit_test(test_tempo_is_counted_in_its_own_note),
        cmocka_unit_test(test_words_find_their_notes),
        cmocka_unit_test(test_texts_lose_their_escapes),
        cmocka_unit_test(test_a_field_of_the_head_may_begin_with_a_bar_line),
        cmocka_unit_test(test_a_layout_says_which_voices_are_one_part),
        cmocka_unit_test(test_parse_of_print_is_the_same_music),
        cmocka_unit_test(test_signs_are_written_as_abc2midi_takes_them),
        cmocka_unit_test(test_faults_are_told_with_their_lines),
        cmocka_unit_test(test_a_file_is_read_tune_by_tune),
        cmocka_unit_test(test_full_bars_are_fewer_in_a_line),
        cmocka_unit_test(test_damaged_tunes_are_survived),
        cmocka_unit_test(test_every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
