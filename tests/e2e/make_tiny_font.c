/* make_tiny_font FILE: the tests' SoundFont. */
#include "tiny_soundfont.h"

int main(int count, char **arguments) {
    return count == 2 && tiny_soundfont_write(arguments[1]) == NEUME_OK ? 0 : 1;
}
