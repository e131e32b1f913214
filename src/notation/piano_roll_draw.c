#include "piano_roll.h"

#include <math.h>
#include <string.h>

typedef struct colour {
    double red, green, blue;
} colour;

#define RGB(hex)                                                                                                       \
    { ((hex) >> 16) / 255.0, ((hex) >> 8 & 255) / 255.0, ((hex)&255) / 255.0 }

/* Families that often play together lie far apart: piano blue, guitar orange, bass purple, strings red, brass gold ...
 */
static const colour family_colours[NEUME_FAMILIES + 1] = {
    RGB(0x2F6FBF), RGB(0x14A3B8), RGB(0x5B4FCF), RGB(0xE07B1F), RGB(0x7B3FA0), RGB(0xC8323C),
    RGB(0xD9609A), RGB(0xB98A00), RGB(0x2E8B57), RGB(0x6BAF1E), RGB(0x00897B), RGB(0x8C9EDB),
    RGB(0xA1887F), RGB(0x8D5524), RGB(0x9E9D24), RGB(0x78909C), RGB(0x455A64),
};
static const colour ink = RGB(0x263238), faint_ink = RGB(0x78868C), line = RGB(0xD4DADD), octave_line = RGB(0xA9B4BA),
                    black_key_row = RGB(0xF2F4F6), paper = RGB(0xFFFFFF);

static const char *const lane_names[ROLL_DRUM_LANES] = {"cymbals", "hi-hat", "toms", "snare", "kick", "other"};
enum { LANE_CYMBALS, LANE_HI_HAT, LANE_TOMS, LANE_SNARE, LANE_KICK, LANE_OTHER };
enum { LEGEND_LINE_PX = 22, LEGEND_BOX_PX = 12, LEGEND_GAP_PX = 18, LETTER_PX = 7, TICK_LEAST_PX = 64 };

static const double TITLE_SIZE = 18, TEXT_SIZE = 12, SMALL_SIZE = 10.5;
static const double NARROWEST_NOTE_PX = 1.5, DRUM_HIT_S = 0.08, DRUM_HIT_LEAST_PX = 3;

int neume__roll_drum_lane(int key) {
    static const struct {
        const char *keys; /* General MIDI percussion key map (RP-003) */
        int lane;
    } lanes[] = {{"\x23\x24", LANE_KICK},
                 {"\x25\x26\x27\x28", LANE_SNARE},
                 {"\x29\x2b\x2d\x2f\x30\x32", LANE_TOMS},
                 {"\x2a\x2c\x2e", LANE_HI_HAT},
                 {"\x31\x33\x34\x35\x37\x39\x3b", LANE_CYMBALS}};
    for (size_t i = 0; key > 0 && i < sizeof lanes / sizeof *lanes; i++)
        if (strchr(lanes[i].keys, key)) return lanes[i].lane;
    return LANE_OTHER;
}

/* --- words -------------------------------------------------------------------------------------------------------- */

static void use(cairo_t *cr, colour c) {
    cairo_set_source_rgb(cr, c.red, c.green, c.blue);
}

static void write_text(cairo_t *cr, double x, double y, double size, const char *text) {
    cairo_set_font_size(cr, size);
    cairo_move_to(cr, x, y);
    cairo_show_text(cr, text);
}

/* @p share of its width lies left of @p x: 0.5 centres, 1 ends there */
static void write_aligned(cairo_t *cr, double x, double y, double size, const char *text, double share) {
    cairo_text_extents_t extents;
    cairo_set_font_size(cr, size);
    cairo_text_extents(cr, text, &extents);
    write_text(cr, x - share * extents.x_advance, y, size, text);
}

/* Lays the legend out by the letters' number, not their measure, so that its height is known before anything is drawn.
 */
static double legend_width(int family) {
    return LEGEND_BOX_PX + 6 + (double)strlen(neume_family_name(family)) * LETTER_PX + LEGEND_GAP_PX;
}

/* Walks the legend; draws it when there is something to draw on. @return its lines */
static int walk_legend(cairo_t *cr, const roll_layout *l) {
    double x = l->left;
    int lines = 0;
    for (int family = 0; family <= NEUME_FAMILIES; family++) {
        if (!l->families[family]) continue;
        if (lines == 0) lines = 1;
        if (x > l->left && x + legend_width(family) - LEGEND_GAP_PX > l->right) x = l->left, lines++;
        if (cr) {
            double y = l->legend_y + (lines - 1) * LEGEND_LINE_PX;
            use(cr, family_colours[family]);
            cairo_rectangle(cr, x, y + 2, LEGEND_BOX_PX, LEGEND_BOX_PX);
            cairo_fill(cr);
            use(cr, ink);
            write_text(cr, x + LEGEND_BOX_PX + 6, y + 12, TEXT_SIZE, neume_family_name(family));
        }
        x += legend_width(family);
    }
    return lines;
}

int neume__roll_legend_lines(const roll_layout *layout) {
    return walk_legend(NULL, layout);
}

/* The length of the UTF-8 character at @p s, 0 when it is none or a control character (The Unicode Standard, table
 * 3-7). */
static size_t letter_length(const unsigned char *s) {
    if (*s < 0x80) return *s >= 0x20 && *s != 0x7F;
    size_t length = *s < 0xC2 ? 0 : *s < 0xE0 ? 2 : *s < 0xF0 ? 3 : *s < 0xF5 ? 4 : 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    bool overlong = (*s == 0xE0 && s[1] < 0xA0) || (*s == 0xF0 && s[1] < 0x90);
    bool outside = (*s == 0xED && s[1] > 0x9F) || (*s == 0xF4 && s[1] > 0x8F);
    return overlong || outside ? 0 : length;
}

void neume__roll_clean_text(const char *text, char *out, size_t capacity) {
    size_t n = 0;
    for (const unsigned char *at = (const unsigned char *)text; *at && n + 5 < capacity;) {
        size_t length = letter_length(at);
        memcpy(out + n, at, length);
        n += length;
        at += length ? length : 1;
    }
    out[n] = '\0';
}

static void draw_title(cairo_t *cr, const roll_layout *l) {
    if (!*l->title) return;
    cairo_save(cr);
    cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
    use(cr, ink);
    write_text(cr, l->left, 26, TITLE_SIZE, l->title);
    cairo_restore(cr);
}

/* --- the grid ----------------------------------------------------------------------------------------------------- */

/* The top edge of a pitch's row. */
static double pitch_y(const roll_layout *l, int pitch) {
    return l->roll_y + (l->highest - pitch) * l->row_px;
}

static double time_x(const roll_layout *l, double time_s) {
    return l->left + (time_s - l->start_s) / (l->end_s - l->start_s) * (l->right - l->left);
}

static void stroke_line(cairo_t *cr, double x0, double y0, double x1, double y1) {
    cairo_move_to(cr, x0, y0);
    cairo_line_to(cr, x1, y1);
    cairo_stroke(cr);
}

static void draw_pitches(cairo_t *cr, const roll_layout *l) {
    use(cr, black_key_row);
    for (int pitch = l->lowest; pitch <= l->highest; pitch++)
        if (strchr("\1\3\6\x8\xa", pitch % 12) && pitch % 12)
            cairo_rectangle(cr, l->left, pitch_y(l, pitch), l->right - l->left, l->row_px);
    cairo_fill(cr);
    for (int pitch = (l->lowest + 11) / 12 * 12; pitch <= l->highest; pitch += 12) {
        char name[16];
        double y = pitch_y(l, pitch) + l->row_px;
        use(cr, octave_line);
        stroke_line(cr, l->left, round(y) + 0.5, l->right, round(y) + 0.5);
        snprintf(name, sizeof name, "C%d", pitch / 12 - 1);
        use(cr, ink);
        write_aligned(cr, l->left - 8, y - l->row_px / 2 + 4, TEXT_SIZE, name, 1);
    }
}

/* The shortest step of 1, 2, 5 times a power of ten whose labels do not touch. */
static double tick_step_s(const roll_layout *l) {
    double px_a_second = (l->right - l->left) / (l->end_s - l->start_s), step_s = 0.001;
    static const double factors[] = {2, 2.5, 2};
    for (int i = 0; step_s * px_a_second < TICK_LEAST_PX; i++) step_s *= factors[i % 3];
    return step_s;
}

static void draw_times(cairo_t *cr, const roll_layout *l) {
    double step_s = tick_step_s(l), bottom = round(l->axis_y) + 0.5;
    int decimals = step_s > 0.9 ? 0 : step_s > 0.09 ? 1 : step_s > 0.009 ? 2 : 3;
    int64_t first = (int64_t)ceil(l->start_s / step_s - 1e-6), last = (int64_t)floor(l->end_s / step_s + 1e-6);
    for (int64_t i = first; i <= last; i++) {
        char label[40];
        double time_s = (double)i * step_s, x = round(time_x(l, time_s)) + 0.5;
        use(cr, line);
        stroke_line(cr, x, l->roll_y, x, bottom);
        use(cr, faint_ink);
        stroke_line(cr, x, bottom, x, bottom + 5);
        snprintf(label, sizeof label, "%.*f", decimals, time_s);
        use(cr, ink);
        write_aligned(cr, x, bottom + 18, TEXT_SIZE, label, 0.5);
    }
    use(cr, faint_ink);
    stroke_line(cr, l->left, bottom, l->right, bottom);
    write_aligned(cr, l->right, bottom + 34, SMALL_SIZE, "seconds", 1);
}

/* --- the notes ---------------------------------------------------------------------------------------------------- */

static void use_note_colour(cairo_t *cr, const neume_note *note) {
    colour c = family_colours[neume_program_family(note->program)];
    cairo_set_source_rgba(cr, c.red, c.green, c.blue, 0.3 + 0.7 * note->velocity / 127.0);
}

/* Loudness is opacity; a dark edge at the onset keeps repeated notes apart. */
static void draw_note(cairo_t *cr, const roll_layout *l, const neume_note *note) {
    double from = time_x(l, fmax(note->onset_s, l->start_s)), to = time_x(l, fmin(note->offset_s, l->end_s));
    double gap = l->row_px > 5 ? 1 : 0, y = pitch_y(l, note->pitch) + gap / 2, height = l->row_px - gap;
    double width = fmin(fmax(to - from - gap / 2, NARROWEST_NOTE_PX), l->right - from);
    if (width <= 0) return;
    use_note_colour(cr, note);
    cairo_rectangle(cr, from, y, width, height);
    cairo_fill(cr);
    if (note->onset_s < l->start_s) return;
    colour c = family_colours[neume_program_family(note->program)];
    cairo_set_source_rgb(cr, c.red * 0.6, c.green * 0.6, c.blue * 0.6);
    cairo_rectangle(cr, from, y, fmin(NARROWEST_NOTE_PX, width), height);
    cairo_fill(cr);
}

static void draw_drum_hit(cairo_t *cr, const roll_layout *l, const neume_note *note, double lane_y) {
    double from = time_x(l, fmax(note->onset_s, l->start_s));
    double width = fmax(time_x(l, l->start_s + DRUM_HIT_S) - l->left, DRUM_HIT_LEAST_PX);
    width = fmin(fmin(width, 0.6 * l->lane_px), l->right - from);
    if (width <= 0) return;
    use_note_colour(cr, note);
    cairo_rectangle(cr, from, lane_y + 0.15 * l->lane_px, width, 0.7 * l->lane_px);
    cairo_fill(cr);
}

static void draw_strip(cairo_t *cr, const roll_layout *l, double lane_y[ROLL_DRUM_LANES]) {
    double y = l->strip_y;
    for (int lane = 0; lane < ROLL_DRUM_LANES; lane++) {
        lane_y[lane] = y;
        if (!l->lanes[lane]) continue;
        use(cr, line);
        stroke_line(cr, l->left, round(y) + 0.5, l->right, round(y) + 0.5);
        use(cr, ink);
        write_aligned(cr, l->left - 8, y + l->lane_px / 2 + 4, SMALL_SIZE, lane_names[lane], 1);
        y += l->lane_px;
    }
}

void neume__roll_draw(cairo_t *cr, const roll_layout *layout, const neume_notes *notes) {
    double lane_y[ROLL_DRUM_LANES];
    use(cr, paper);
    cairo_paint(cr);
    cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_line_width(cr, 1);
    draw_title(cr, layout);
    (void)walk_legend(cr, layout);
    draw_pitches(cr, layout);
    draw_strip(cr, layout, lane_y);
    draw_times(cr, layout);
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *note = &notes->items[i];
        if (note->offset_s <= layout->start_s || note->onset_s >= layout->end_s) continue;
        if (note->program == NEUME_PROGRAM_DRUMS)
            draw_drum_hit(cr, layout, note, lane_y[neume__roll_drum_lane(note->pitch)]);
        else
            draw_note(cr, layout, note);
    }
}
