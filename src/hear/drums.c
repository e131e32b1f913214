/* Ten kinds of drum hit; General MIDI's 47 keys fold into them and each is written as its commonest key. */
#include "neume/hear_net.h"

static const signed char CLASS_OF_KEY[] = {
    /* 35 */ 0, 0, 2, 1, 2, 1, 6, 3, 6, 3, 5, 4, 5, 5, 7, 5, 8, 7, 8, 9, 7, 9, 7, 9, 8,
    /* 60 */ 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9};
enum { FIRST_KEY = 35, KEYS = sizeof CLASS_OF_KEY };
/* bass drum, snare, side stick, closed hi-hat, open hi-hat, tom, floor tom, crash, ride, tambourine for all the rest */
static const int KEY_OF_CLASS[NEUME_HEAR_DRUMS] = {36, 38, 37, 42, 46, 47, 43, 49, 51, 54};

int neume_hear_drum_class(int key) {
    return key >= FIRST_KEY && key < FIRST_KEY + (int)KEYS ? CLASS_OF_KEY[key - FIRST_KEY] : -1;
}

int neume_hear_drum_key(int drum_class) {
    return KEY_OF_CLASS[drum_class];
}
