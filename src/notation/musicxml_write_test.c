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
    "X:9\nT:Percent & amp <tag>\nK:C\n\"a\\%b\"C\nw: 50\\%\n",
    "X:10\nT:Slurs and slashes\nL:1/4\nK:C\n({/a}b (c)) {a(bc)}d|[\"last time\"e|!crescendo(!f!crescendo)!|$g*a\n",
    "X:11\nT:Long\nL:1/8\nM:4/4\nK:C\nC5 D5-|D7 z9|(3C5D3E4 c/3|!f!.!ff!c !crescendo(!d!fine! e|| |:f|1 g:|2-3 a||\n",
    "X:12\nT:Chords\nK:C\n\"Am7/C\"C \"F#\"D \"N.C.\"E \"G7sus4\"F \"_dolce\"\"^up\"G \"<l\"A \">r\"B \"@c\"c|Z|X2|\n",
    "X:13\nT:Drums\nM:4/4\nL:1/8\nK:none clef=perc\n%%MIDI channel 10\nC,,2 _E,2 [C,,^F,]2 z2|\n",
    "X:14\nT:Instruments\nV:1 transpose=-14\nV:2\nK:C\n[V:1]%%MIDI program 66\n[V:1] C8|[V:2] C,8|\n",
    "X:15\nT:17\nL:1/8\nK:C\n(17:16:17cdefgabcdefgabcde | (11:8:11abcdefgabcd|\n",
};

/* What is written reads back as the same music. */
static void assert_same_through(const char *abc, bool zipped) {
    neume_score *first = read_abc(abc), *second = NULL;
    neume_buffer xml = {0};
    char difference[256];
    assert_ok(zipped ? neume_mxl_write(first, &xml) : neume_musicxml_write(first, &xml));
    assert_ok(neume_musicxml_read(xml.data, xml.size, &second));
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_of_write_is_the_same_music),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
