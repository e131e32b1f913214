/* neume compose revise: a piece changed as one asks. */
#include "cmd_compose.h"

typedef struct settings {
    cli_common common;
    compose_common compose;
    const char *ask, *keep;
} settings;

static int run(const cli_call *call) {
    const settings *at = call->settings;
    neume_revise_options options = {0, (uint64_t)at->compose.seed};
    neume_score *piece = NULL;
    if (call->count != 1 || !at->ask) return cli_usage_error("usage: neume compose revise FILE --ask REQUEST");
    if (at->keep && neume_keep_parse(at->keep, &options.keep)) return cli_usage_error("%s", neume_error_message());
    int exit_status = compose_check_out(&at->compose);
    if (!exit_status) exit_status = compose_read(call->operands[0], &at->compose, &piece);
    if (exit_status) return exit_status;
    const neume_status status = neume_revise(piece, at->ask, &options);
    exit_status = status ? compose_failed(call->operands[0], status) : compose_write(&piece, 1, &at->compose);
    neume_score_free(piece);
    return exit_status;
}

static const cli_option options[] = {
    {"ask", 0, CLI_TEXT, offsetof(settings, ask), "REQUEST", "what to change, in English or Chinese", NULL, 0, 0},
    {"keep", 0, CLI_TEXT, offsetof(settings, keep), "WHAT",
     "melody, rhythm or harmony, or several with commas: must come out unchanged", NULL, 0, 0},
    COMPOSE_OUT_OPTIONS(settings, compose),
    COMPOSE_TUNE_OPTION(settings, compose),
    {0},
};

const cli_verb cli_compose_revise = {
    "compose revise",
    "FILE --ask REQUEST [-o OUT]",
    "change a piece as asked, by rules",
    "Does what a plain request says, exactly; several may be joined with and or commas. A request with a word that is "
    "not "
    "understood changes nothing. Understood are: "
    "transpose to G minor, up a major third, 3 semitones down, an octave higher, for B flat clarinet; "
    "to minor, dorian, the relative major; in 3/4, 6/8, waltz time; "
    "simplify (for beginners), merge short notes, limit the range to an octave; "
    "add ornaments, grace notes, trills, passing notes; remove ornaments, chords, lyrics, dynamics, slurs; "
    "for cello (any instrument), swap hands; faster, slower, 20 % faster, tempo 96; "
    "augment, diminish, double note values, halve note values; backwards, invert. "
    "In Chinese: 移到G小调, 升高大三度, 低八度, 改成3/4拍, 改成小调, 简化, 加倚音, 去掉歌词, 改为大提琴, 快20%, 逆行, "
    "倒影. What --keep names stays untouched, or the request fails. FILE is any notation that convert reads.",
    "neume compose revise tune.abc --ask \"transpose to A minor, in 3/4\" -o waltz.pdf",
    options,
    sizeof(settings),
    NULL,
    run};
