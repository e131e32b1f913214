/* Sounding ranges of orchestral instruments as orchestration books give them (Adler 2002, appendix A), rounded
 * outwards; synthesised programs get the middle of the keyboard. Orchestra hit (55), fifths (86) and bagpipe (109:
 * drones) sound other pitches beside the one asked for: labels would be false. */
#include "ranges.h"

#define STRUCK(low, high)                                                                                              \
    { (low), (high), true }
#define HELD(low, high)                                                                                                \
    { (low), (high), false }
#define LEFT_OUT                                                                                                       \
    { 0, 0, false }

const program_range neume__program_ranges[SYNTH_PROGRAMS] = {
    /* pianos; harpsichord and clavinet are narrower */
    STRUCK(21, 108),
    STRUCK(21, 108),
    STRUCK(21, 108),
    STRUCK(21, 108),
    STRUCK(28, 103),
    STRUCK(28, 103),
    STRUCK(29, 89),
    STRUCK(29, 88),
    /* celesta, glockenspiel, music box, vibraphone, marimba, xylophone, tubular bells, dulcimer */
    STRUCK(60, 108),
    STRUCK(72, 108),
    STRUCK(60, 100),
    STRUCK(53, 89),
    STRUCK(45, 96),
    STRUCK(65, 108),
    STRUCK(60, 77),
    STRUCK(48, 84),
    /* organs, accordion, harmonica, bandoneon */
    HELD(36, 96),
    HELD(36, 96),
    HELD(36, 96),
    HELD(29, 103),
    HELD(36, 96),
    HELD(41, 96),
    HELD(60, 96),
    HELD(41, 96),
    /* guitars */
    STRUCK(40, 84),
    STRUCK(40, 84),
    STRUCK(40, 86),
    STRUCK(40, 86),
    STRUCK(40, 84),
    STRUCK(40, 86),
    STRUCK(40, 86),
    STRUCK(52, 88),
    /* basses */
    STRUCK(28, 67),
    STRUCK(28, 67),
    STRUCK(28, 67),
    STRUCK(28, 67),
    STRUCK(28, 67),
    STRUCK(28, 67),
    STRUCK(24, 67),
    STRUCK(24, 67),
    /* violin, viola, cello, contrabass, tremolo, pizzicato, harp, timpani */
    HELD(55, 103),
    HELD(48, 91),
    HELD(36, 79),
    HELD(28, 62),
    HELD(36, 96),
    STRUCK(31, 96),
    STRUCK(24, 103),
    STRUCK(36, 60),
    /* ensembles, choirs, orchestra hit */
    HELD(28, 100),
    HELD(28, 100),
    HELD(28, 100),
    HELD(28, 100),
    HELD(40, 84),
    HELD(40, 84),
    HELD(40, 84),
    LEFT_OUT,
    /* trumpet, trombone, tuba, muted trumpet, horn, brass section, synthesised brass */
    HELD(54, 86),
    HELD(38, 74),
    HELD(26, 60),
    HELD(54, 86),
    HELD(34, 77),
    HELD(36, 86),
    HELD(36, 90),
    HELD(36, 90),
    /* saxophones from soprano to baritone, oboe, english horn, bassoon, clarinet */
    HELD(56, 88),
    HELD(49, 82),
    HELD(44, 77),
    HELD(36, 69),
    HELD(58, 92),
    HELD(52, 81),
    HELD(34, 76),
    HELD(50, 91),
    /* piccolo, flute, recorder, pan flute, bottle, shakuhachi, whistle, ocarina */
    HELD(74, 108),
    HELD(60, 98),
    HELD(60, 96),
    HELD(60, 96),
    HELD(60, 90),
    HELD(55, 86),
    HELD(64, 98),
    HELD(60, 90),
    /* leads; fifths */
    HELD(36, 100),
    HELD(36, 100),
    HELD(36, 100),
    HELD(36, 100),
    HELD(36, 100),
    HELD(36, 100),
    LEFT_OUT,
    HELD(36, 100),
    /* pads */
    HELD(36, 96),
    HELD(36, 96),
    HELD(36, 96),
    HELD(36, 96),
    HELD(36, 96),
    HELD(36, 96),
    HELD(36, 96),
    HELD(36, 96),
    /* effects that may have a pitch */
    HELD(36, 96),
    HELD(36, 96),
    STRUCK(36, 96),
    HELD(36, 96),
    HELD(36, 96),
    HELD(36, 96),
    HELD(36, 96),
    HELD(36, 96),
    /* sitar, banjo, shamisen, koto, kalimba, bagpipe, fiddle, shanai */
    STRUCK(48, 79),
    STRUCK(48, 84),
    STRUCK(50, 79),
    STRUCK(48, 84),
    STRUCK(48, 84),
    LEFT_OUT,
    HELD(55, 96),
    HELD(48, 84),
};
