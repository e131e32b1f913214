#include "neume_test.h"

#include <string.h>

#include "neume/notation.h"

static neume_score *read_abc(const char *text) {
    neume_abc_place place = {0};
    neume_score *score = NULL;
    assert_ok(neume_abc_read(text, strlen(text), &place, NULL, &score));
    return score;
}

static const char *const TUNES[] = {
    ("X:1\nT:Plain\nC:Trad.\nR:reel\nM:4/4\nL:1/8\nQ:1/4=100\nK:Gmix\n|:\"G\"G>A B2 {cd}c2 (3ded|[1 [Bdg]4 z4:|[2 "
     "x8|]\nW:after\n"),
    ("X:2\nT:Voices\nM:3/4\nL:1/4\n%%score (S A) {T B}\nV:S name=\"Soprano\" snm=\"S\"\nV:A\nV:T clef=treble-8\nV:B "
     "clef=bass\n%%MIDI program 48\nK:Eb\n"
     "[V:S] E F G|A3|\nw: one two three four\nw: un deux trois quatre\n[V:A] B,2 C|[M:2/4]D2-|\n[V:T] G,2 "
     "G,|F,3|\n[V:B] E,,3|[K:C clef=alto]C,3|\n"),
    "X:3\nT:Odd\nM:(2+3)/8\nL:1/16\nK:D exp _b ^c\nP:A\n(5:4:5abcde !fermata!f2-f2|P:B\n",
    ("X:4\nT:Odd signs\nM:C|\nK:none\nC,,2 ^^c'_e|[|]D2.|E2|:F2::G2||H2|]Z3|[Q:\"slower\" 3/8=40.5][I:MIDI=program "
     "3]C2|\n"),
    "X:5\nT:Overlay\nM:2/4\nL:1/8\nK:Hp\nA2 c2 & E4|(d (e) f)g & z2 B2|\n",
    "X:6\nT:Accidentals\nL:1/8\nK:F#m\n=F ^F f' =f, _B|B ^^F F|{^g}a G ^E-|E e|\n",
    "X:7\nT:Tuplets\nL:1/8\nM:9/8\nK:C\n(3abc (2ab (4abcd (6abcdef (5abcde (7:8:3abc (9abcdefgab|(3a2b2c2\n",
    "X:8\nT:No bars\nK:C\nCDEF\n\n",
    "X:9\nT:Percent & amp <tag>\nK:C\n\"a\\%b\"C\nw: 50\\%\n",
    "X:10\nT:Slurs and slashes\nL:1/4\nK:C\n({/a}b (c)) {a(bc)}d|[\"last time\"e|!crescendo(!f!crescendo)!|$g*a\n",
    "X:11\nT:Long\nL:1/8\nM:4/4\nK:C\nC5 D5-|D7 z9|(3C5D3E4 c/3|!f!.!ff!c !crescendo(!d!fine! e|| |:f|1 g:|2-3 a||\n",
    "X:12\nT:Chords\nK:C\n\"Am7/C\"C \"F#\"D \"N.C.\"E \"G7sus4\"F \"_dolce\"\"^up\"G \"<l\"A \">r\"B \"@c\"c|Z|X2|\n",
    "X:13\nT:Drums\nM:4/4\nL:1/8\nK:none clef=perc\n%%MIDI channel 10\nC,,2 _E,2 [C,,^F,]2 z2|\n",
    "X:14\nT:Instruments\nV:1 transpose=-14\nV:2\nK:C\n[V:1]%%MIDI program 66\n[V:1] C8|[V:2] C,8|\n",
    ("X:16\nT:Clefs\nK:C "
     "clef=alto1\nC|[K:clef=alto2]D|[K:clef=bass3]E|[K:clef=treble1]F|[K:clef=tenor]G|[K:clef=none]A|\n"),
    "X:15\nT:17\nL:1/8\nK:C\n(17:16:17cdefgabcdefgabcde | (11:8:11abcdefgabcd|\n",
};

/* What is written reads back as the same music. */
static void assert_same_through(const char *abc, bool zipped) {
    neume_score *first = read_abc(abc), *second = NULL;
    neume_buffer xml = {0};
    char difference[256];
    assert_ok(zipped ? neume_mxl_write(first, &xml) : neume_musicxml_write(first, &xml));
    assert_ok(neume_musicxml_read(xml.data, xml.size, NULL, &second));
    neume_score_difference(first, second, difference, sizeof difference);
    if (*difference) fail_msg("%s\n%s\n%s", difference, abc, zipped ? "" : xml.data);
    neume_buffer_clear(&xml);
    neume_score_free(first);
    neume_score_free(second);
}

static void test_read_of_write_is_the_same_music(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof TUNES / sizeof *TUNES; i++) assert_same_through(TUNES[i], false);
    assert_same_through(TUNES[0], true);
}

static neume_score *read_xml(const char *measures) {
    neume_buffer xml = {0};
    neume_score *score = NULL;
    assert_ok(neume_buffer_print(&xml,
                                 "<score-partwise><part-list><score-part id='P1'><part-name>Piano</part-name>"
                                 "</score-part></part-list><part id='P1'>%s</part></score-partwise>",
                                 measures));
    assert_ok(neume_musicxml_read(xml.data, xml.size, NULL, &score));
    neume_buffer_clear(&xml);
    return score;
}

static void assert_prints(neume_score *score, const char *body) {
    neume_buffer abc = {0};
    assert_ok(neume_abc_write(score, 1, &abc));
    if (!strstr(abc.data, body)) fail_msg("no '%s' in\n%s", body, abc.data);
    neume_buffer_clear(&abc);
    neume_score_free(score);
}

#define NOTE(step, octave, rest_of_it)                                                                                 \
    "<note><pitch><step>" step "</step><octave>" octave "</octave></pitch>" rest_of_it "</note>"

static void test_staves_and_voices_become_voices_silent_where_nothing_is_said(void **state) {
    (void)state;
    const char *measures =
        "<measure><attributes><divisions>2</divisions><key><fifths>-1</fifths><mode>minor</mode></key>"
        "<time><beats>2</beats><beat-type>4</beat-type></time><staves>2</staves><clef number='1'><sign>G</sign>"
        "<line>2</line></clef><clef number='2'><sign>F</sign><line>4</line></clef></attributes>"
        "<barline location='left'><bar-style>heavy-light</bar-style><repeat direction='forward'/></barline>"
        "<direction><direction-type><dynamics><p/></dynamics></direction-type></direction>" NOTE(
            "C", "5", "<duration>4</duration><voice>1</voice><staff>1</staff><lyric><text>la</text></lyric>")
            NOTE("E", "5", "<chord/><duration>4</duration><voice>1</voice><staff>1</staff>") "<backup><duration>4</"
                                                                                             "duration></"
                                                                                             "backup><forward><"
                                                                                             "duration>2</duration></"
                                                                                             "forward>" NOTE(
                                                                                                 "F", "3",
                                                                                                 "<duration>2</"
                                                                                                 "duration><voice>5</"
                                                                                                 "voice><staff>2</"
                                                                                                 "staff>") "<barline "
                                                                                                           "location='"
                                                                                                           "right'><"
                                                                                                           "bar-style>"
                                                                                                           "light-"
                                                                                                           "heavy</"
                                                                                                           "bar-style><"
                                                                                                           "repeat "
                                                                                                           "direction='"
                                                                                                           "backward'/"
                                                                                                           "></"
                                                                                                           "barline></"
                                                                                                           "measure>"
                                                                                                           "<measure><"
                                                                                                           "note><rest "
                                                                                                           "measure='"
                                                                                                           "yes'/"
                                                                                                           "><duration>"
                                                                                                           "4</"
                                                                                                           "duration><"
                                                                                                           "voice>1</"
                                                                                                           "voice></"
                                                                                                           "note></"
                                                                                                           "measure>";
    assert_prints(read_xml(measures), "K:Dm");
    assert_prints(read_xml(measures), "%%score {1 2}");
    assert_prints(read_xml(measures), "[V:1] |: !p![ce]2 :| Z");
    assert_prints(read_xml(measures), "[V:2] |: x F, :|");
}

static void test_kern_becomes_written_music(void **state) {
    (void)state;
    static const char kern[] =
        "!!!COM: Nobody\n!!!OTL: Song\n**kern\t**kern\t**text\n*clefF4\t*clefG2\t*\n*k[f#]\t*k[f#]\t*\n"
        "*e:\t*e:\t*\n*M2/4\t*M2/4\t*\n*MM90\t*MM90\t*\n=1-\t=1-\t=1-\n2EE\t12e/L\tLa-\n.\t12f#/\t-la\n"
        ".\t12g'/J\t.\n.\t[4b;\t.\n=2\t=2\t=2\n*^\t*\t*\n4E\t4G\t2b]\t.\n4F#\t4A\t.\t.\n*v\t*v\t*\t*\n"
        "=:|!\t=:|!\t=:|!\n.\tqa\t.\n2r\t2ccn 2ee\t.\n==\t==\t==\n*-\t*-\t*-\n";
    static const char *const bodies[] = {"T:Song\nC:Nobody",
                                         "M:2/4",
                                         "Q:1/4=90",
                                         "K:Em",
                                         "(3EF.G !fermata!B2- | B4 :| {/A}[ce]4 |]",
                                         "K:Em",
                                         "w: La- la",
                                         "E,,4 | E,2 F,2 :| Z |]",
                                         "x4 | G,2 A,2 :| x4 |]"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        neume_score *score = NULL;
        assert_ok(neume_kern_read(kern, sizeof kern - 1, NULL, &score));
        assert_prints(score, bodies[i]);
    }
}

/* Every cut and 4,000 changed bytes: refused with a status or read, and what is read can be written. */
static void test_damage_is_refused_or_read(void **state) {
    (void)state;
    neume_score *score = read_abc(TUNES[1]);
    neume_buffer xml = {0};
    assert_ok(neume_musicxml_write(score, &xml));
    neume_score_free(score);
    neume_rng rng = neume_rng_seeded(7, 7);
    for (size_t i = 0; i < xml.size + 4000; i++) {
        neume_buffer bent = {0}, again = {0};
        score = NULL;
        assert_ok(neume_buffer_append(&bent, xml.data, i < xml.size ? i : xml.size));
        for (int n = 0; n < 3 && i >= xml.size; n++)
            bent.data[neume_rng_below(&rng, (int64_t)bent.size)] = "0123456789-.<>/ab"[neume_rng_below(&rng, 17)];
        neume_status status = neume_musicxml_read(bent.data ? bent.data : "", bent.size, NULL, &score);
        if (i < xml.size - 1) assert_int_equal(status, NEUME_EFORMAT);
        if (status == NEUME_OK) assert_ok(neume_musicxml_write(score, &again));
        neume_score_free(score);
        neume_buffer_clear(&bent);
        neume_buffer_clear(&again);
    }
    neume_buffer_clear(&xml);
}

static neume_status write_and_read(void *context) {
    neume_score *again = NULL;
    neume_buffer xml = {0};
    neume_status status = neume_musicxml_write(context, &xml);
    if (!status) status = neume_musicxml_read(xml.data, xml.size, NULL, &again);
    neume_buffer_clear(&xml);
    neume_score_free(again);
    return status;
}

static neume_status read_kern(void *context) {
    neume_score *score = NULL;
    neume_status status = neume_kern_read(context, strlen(context), NULL, &score);
    neume_score_free(score);
    return status;
}

static void test_every_failing_allocation_is_survived(void **state) {
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        neume_score *score = read_abc(TUNES[i]);
        sweep_allocation_failures(write_and_read, score);
        neume_score_free(score);
    }
    static char kern[] = "!!!OTL: a\n**kern\t**text\n*I\"Fl\t*\n*k[b-]\t*\n=1\t=1\n[4c' 4e\tla\n=\t=\n4c]\t.\n*-\t*-\n";
    sweep_allocation_failures(read_kern, kern);
}

static void test_huge_numbers_are_limits(void **state) {
    (void)state;
    static const char *const kern[] = {"**kern\n0001%99999c\n", "**kern\n*M999/1\n000....c\n1%999999d\n"};
    for (size_t i = 0; i < 2; i++) {
        neume_score *score = NULL;
        neume_status status = neume_kern_read(kern[i], strlen(kern[i]), NULL, &score);
        assert_true(status == NEUME_OK || status == NEUME_ELIMIT || status == NEUME_EFORMAT);
        neume_score_free(score);
    }
    neume_score *score = NULL;
    static const char xml[] = "<score-partwise><part-list><score-part id='a'/></part-list><part id='a'><measure>"
                              "<note><rest/><duration>999999999999</duration></note></measure></part></score-partwise>";
    assert_int_equal(neume_musicxml_read(xml, sizeof xml - 1, NULL, &score), NEUME_ELIMIT);
    assert_null(score);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_of_write_is_the_same_music),
        cmocka_unit_test(test_staves_and_voices_become_voices_silent_where_nothing_is_said),
        cmocka_unit_test(test_kern_becomes_written_music),
        cmocka_unit_test(test_damage_is_refused_or_read),
        cmocka_unit_test(test_every_failing_allocation_is_survived),
        cmocka_unit_test(test_huge_numbers_are_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
