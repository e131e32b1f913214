/* Pictures of notes: how large they are, and the surfaces they are drawn on. The drawing itself is in
 * piano_roll_draw.c.
 *
 * Cairo draws the same calls on an image, an SVG and a PDF. The result is the same bytes every time: a PDF carries no
 * date. */
#include "piano_roll.h"

#include "note_check.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <math.h>
#include <string.h>

enum {
    WIDTH_LEAST_PX = 200,
    HEIGHT_LEAST_PX = 200,
    SIZE_MOST_PX = 16000,
    WIDTH_CHOSEN_LEAST_PX = 960,
    PX_A_SECOND = 56,
    ROW_PX = 9,
    ROWS_LEAST = 24, /* two octaves */
    TITLE_PX = 40,
    MARGIN_PX = 14,
    LEFT_PX = 62,
    LEGEND_LINE_PX = 22,
    LANE_PX = 15,
    AXIS_PX = 42,
    STRIP_GAP_PX = 10,
};

/* A PDF's unit is 1/72 inch, a pixel's 1/96; this also keeps 16,000 pixels below the 14,400 units that readers accept.
 */
static const double PDF_UNITS_A_PX = 0.75;

/* --- size --------------------------------------------------------------------------------------------------------- */

static bool shows(const roll_layout *l, const neume_note *note) {
    return note->offset_s > l->start_s && note->onset_s < l->end_s;
}

/* Sets the span, the pitches and what is present in it. */
static void look_through(const neume_notes *notes, roll_layout *l) {
    int low = 128, high = -1;
    if (l->end_s <= 0) l->end_s = neume_notes_end_s(notes);
    if (l->end_s <= l->start_s) l->end_s = l->start_s + 1;
    for (size_t i = 0; i < notes->count; i++) {
        const neume_note *note = &notes->items[i];
        if (!shows(l, note)) continue;
        l->families[neume_program_family(note->program)] = true;
        if (note->program == NEUME_PROGRAM_DRUMS)
            l->lanes[neume__roll_drum_lane(note->pitch)] = true;
        else {
            if (note->pitch < low) low = note->pitch;
            if (note->pitch > high) high = note->pitch;
        }
    }
    if (high < 0) low = 60, high = 71; /* nothing pitched: around middle C */
    low -= 2;
    high += 2;
    int lacking = ROWS_LEAST - (high - low + 1);
    if (lacking > 0) low -= lacking / 2, high += lacking - lacking / 2;
    l->lowest = low < 0 ? 0 : low;
    l->highest = high > 127 ? 127 : high;
}

static neume_status check_options(const neume_piano_roll_options *o) {
    bool span = o->start_s >= 0 && o->start_s <= NEUME__NOTATION_LONGEST_S && o->end_s <= NEUME__NOTATION_LONGEST_S &&
                (o->end_s == 0 || o->end_s > o->start_s);
    if (!span) return neume_fail(NEUME_EINVAL, "a picture from %g to %g s", o->start_s, o->end_s);
    bool width = o->width_px == 0 || (o->width_px >= WIDTH_LEAST_PX && o->width_px <= SIZE_MOST_PX);
    bool height = o->height_px == 0 || (o->height_px >= HEIGHT_LEAST_PX && o->height_px <= SIZE_MOST_PX);
    if (!width || !height)
        return neume_fail(NEUME_EINVAL, "a picture of %d x %d pixels (each %d .. %d, or 0)", o->width_px, o->height_px,
                          WIDTH_LEAST_PX, SIZE_MOST_PX);
    return NEUME_OK;
}

/* Places the bands from the top down; a given height is shared out by the roll and, when it is too small, by the lanes.
 */
static void place(roll_layout *l, int height_px) {
    int rows = l->highest - l->lowest + 1, lanes = 0;
    for (int i = 0; i < ROLL_DRUM_LANES; i++) lanes += l->lanes[i];
    l->left = LEFT_PX;
    l->right = l->width - MARGIN_PX;
    l->legend_y = *l->title ? TITLE_PX : MARGIN_PX;
    double legend = neume__roll_legend_lines(l) * LEGEND_LINE_PX;
    l->roll_y = l->legend_y + legend + (legend > 0 ? 6 : 0);
    double gap = lanes ? STRIP_GAP_PX : 0, free_px = height_px - l->roll_y - gap - AXIS_PX;
    l->row_px = ROW_PX;
    l->lane_px = LANE_PX;
    if (height_px) {
        l->lane_px = lanes ? fmax(fmin(LANE_PX, free_px / 2 / lanes), 0.5) : 0;
        l->row_px = fmax((free_px - lanes * l->lane_px) / rows, 0.25);
    }
    l->strip_y = l->roll_y + rows * l->row_px + gap;
    l->axis_y = l->strip_y + lanes * l->lane_px;
    l->height = height_px ? height_px : ceil(l->axis_y + AXIS_PX);
}

neume_status neume__roll_layout(const neume_notes *notes, const neume_piano_roll_options *options, roll_layout *out) {
    neume_piano_roll_options o = options ? *options : (neume_piano_roll_options){0};
    NEUME_TRY(neume__notes_check(notes));
    NEUME_TRY(check_options(&o));
    roll_layout l = {.start_s = o.start_s, .end_s = o.end_s};
    if (o.title) neume__roll_clean_text(o.title, l.title, sizeof l.title);
    look_through(notes, &l);
    double wanted = LEFT_PX + MARGIN_PX + (l.end_s - l.start_s) * PX_A_SECOND;
    l.width = o.width_px ? o.width_px : ceil(fmin(fmax(wanted, WIDTH_CHOSEN_LEAST_PX), SIZE_MOST_PX));
    place(&l, o.height_px);
    *out = l;
    return NEUME_OK;
}

/* --- surfaces ----------------------------------------------------------------------------------------------------- */

#ifdef NEUME_SANITIZED
/* Fontconfig, below cairo, keeps what it knows of the fonts until the process ends: no leak of ours. */
NEUME_API const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libfontconfig\n";
}
#endif

/* Where cairo's bytes go; the first failure is kept, since cairo knows only that there was one. */
typedef struct sink {
    neume_buffer bytes;
    neume_status status;
} sink;

static cairo_status_t take_bytes(void *context, const unsigned char *bytes, unsigned count) {
    sink *s = context;
    if (!s->status) s->status = neume_buffer_append(&s->bytes, bytes, count);
    return s->status ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static neume_status cairo_failure(cairo_status_t status) {
    if (status == CAIRO_STATUS_SUCCESS) return NEUME_OK;
    return neume_fail(status == CAIRO_STATUS_NO_MEMORY ? NEUME_ENOMEM : NEUME_EIO, "cairo: %s",
                      cairo_status_to_string(status));
}

typedef cairo_surface_t *make_surface(const roll_layout *l, sink *s);
typedef cairo_status_t finish_surface(cairo_surface_t *surface, sink *s);

static cairo_surface_t *make_svg(const roll_layout *l, sink *s) {
    cairo_surface_t *surface = cairo_svg_surface_create_for_stream(take_bytes, s, l->width, l->height);
    cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
    return surface;
}

static cairo_surface_t *make_pdf(const roll_layout *l, sink *s) {
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(take_bytes, s, l->width * PDF_UNITS_A_PX, l->height * PDF_UNITS_A_PX);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "");
    if (*l->title) cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, l->title);
    return surface;
}

static cairo_surface_t *make_image(const roll_layout *l, sink *s) {
    (void)s;
    return cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)l->width, (int)l->height);
}

static cairo_status_t finish_document(cairo_surface_t *surface, sink *s) {
    (void)s;
    cairo_surface_finish(surface);
    return cairo_surface_status(surface);
}

/* Cairo numbers its surfaces through the life of the process and names the drawing's group by that number: the same
 * notes should give the same bytes, so the digits go. The group is the only one with such a name. */
static cairo_status_t finish_svg(cairo_surface_t *surface, sink *s) {
    static const char name[] = "id=\"surface";
    cairo_status_t status = finish_document(surface, s);
    char *from = s->bytes.data ? strstr(s->bytes.data, name) : NULL;
    if (!from) return status;
    from += sizeof name - 1;
    size_t digits = strspn(from, "0123456789");
    memmove(from, from + digits, strlen(from + digits) + 1);
    s->bytes.size -= digits;
    return status;
}

static cairo_status_t finish_png(cairo_surface_t *surface, sink *s) {
    return cairo_surface_write_to_png_stream(surface, take_bytes, s);
}

typedef struct picture_kind {
    make_surface *make;
    finish_surface *finish;
    double scale; /* units a pixel */
} picture_kind;

static neume_status draw_picture(const neume_notes *notes, const neume_piano_roll_options *options,
                                 const picture_kind *kind, neume_buffer *out) {
    roll_layout layout = {.width = 0};
    sink s = {{0}, NEUME_OK};
    NEUME_TRY(neume__roll_layout(notes, options, &layout));
    cairo_surface_t *surface = kind->make(&layout, &s);
    cairo_t *cr = cairo_create(surface);
    cairo_scale(cr, kind->scale, kind->scale);
    neume__roll_draw(cr, &layout, notes);
    cairo_status_t drawn = cairo_status(cr);
    cairo_destroy(cr);
    cairo_status_t finished = kind->finish(surface, &s);
    cairo_surface_destroy(surface);
    neume_status status = s.status;
    if (!status) status = cairo_failure(drawn ? drawn : finished);
    if (!status) status = neume_buffer_append(out, s.bytes.data, s.bytes.size);
    neume_buffer_clear(&s.bytes);
    return status;
}

neume_status neume_piano_roll_svg(const neume_notes *notes, const neume_piano_roll_options *options,
                                  neume_buffer *out) {
    return draw_picture(notes, options, &(picture_kind){make_svg, finish_svg, 1}, out);
}

neume_status neume_piano_roll_png(const neume_notes *notes, const neume_piano_roll_options *options,
                                  neume_buffer *out) {
    return draw_picture(notes, options, &(picture_kind){make_image, finish_png, 1}, out);
}

neume_status neume_piano_roll_pdf(const neume_notes *notes, const neume_piano_roll_options *options,
                                  neume_buffer *out) {
    return draw_picture(notes, options, &(picture_kind){make_pdf, finish_document, PDF_UNITS_A_PX}, out);
}
