#!/bin/bash
# Music into sound: as long as it is written, in every format; what cannot be played leaves no file.
. "$(dirname "$0")/lib.sh"

"$build/make_tiny_font" tiny.sf2
printf 'X:1\nT:One\nM:2/4\nL:1/4\nQ:1/4=60\n%%%%MIDI program 68\nK:C\nCE|Gc|\n' > one.abc
for format in wav flac ogg; do
    expect 0 "$neume" render one.abc one.$format --soundfont tiny.sf2 --rate 22050
    [ -s one.$format ] || fail "no $format"
done
# four seconds of notes and two of fading, stereo, 16 bits
[ "$(wc -c < one.wav)" = $((44 + 6 * 22050 * 4)) ] || fail "one.wav is $(wc -c < one.wav) bytes"
NEUME_SOUNDFONT=tiny.sf2 expect 0 "$neume" render one.abc two.wav --dry
expect 1 "$neume" render one.abc three.wav --soundfont missing.sf2
expect 1 "$neume" render one.abc three.mp3 --soundfont tiny.sf2
expect 1 "$neume" render one.abc three.wav --soundfont one.abc
expect 3 "$neume" render missing.abc three.wav --soundfont tiny.sf2
expect 1 "$neume" render one.abc nowhere/three.wav --soundfont tiny.sf2
expect 2 "$neume" render one.abc
holds . one.abc one.flac one.ogg one.wav stderr stdout tiny.sf2 two.wav
