/* Beats' times from all notes, once it is known where they stand. */
#include "quantise_page.h"

#include <math.h>
#include <stdlib.h>

#define STEADY 0.06 /* how much a beat's length changes to the next: one deviation */

/* Solves the symmetric system of band 2 in place: row[b] = {diagonal, next, next but one}, right (n) becomes the
 * solution. Rows are positive definite. */
static void solve_band(double (*row)[3], double *right, size_t n) {
    for (size_t b = 0; b < n; b++) {
        const double one = row[b][1] / row[b][0], two = row[b][2] / row[b][0];
        if (b + 1 < n) {
            row[b + 1][0] -= one * row[b][1];
            row[b + 1][1] -= one * row[b][2];
            right[b + 1] -= one * right[b];
        }
        if (b + 2 < n) {
            row[b + 2][0] -= two * row[b][2];
            right[b + 2] -= two * right[b];
        }
    }
    for (size_t b = n; b-- > 0;) {
        if (b + 1 < n) right[b] -= row[b][1] * right[b + 1];
        if (b + 2 < n) right[b] -= row[b][2] * right[b + 2];
        right[b] /= row[b][0];
    }
}

/* Beats' times t that make
 *     sum ((time of an event, unbent - t at its place) / PLAYED)^2 + sum ((t[b+1] - 2 t[b] + t[b-1]) / (STEADY beat))^2
 * least; a held beat pulls its neighbours less (one step of iteratively reweighted least squares). */
static neume_status refit(const neume__page *p, neume_rhythm *rhythm) {
    const size_t n = rhythm->count;
    double(*row)[3] = calloc(n, sizeof *row), *right = calloc(n, sizeof *right);
    if (!row || !right) {
        free(row), free(right);
        return neume_fail(NEUME_ENOMEM, "no memory to refit beats");
    }
    const double near = 1 / (NEUME__PLAYED_S * NEUME__PLAYED_S);
    for (size_t b = 0; b < n; b++) row[b][0] = 1, right[b] = rhythm->beats[b].time_s; /* one second: next to nothing */
    for (size_t k = 0; k < p->count; k++) {
        const neume__event *e = &p->events[k];
        const size_t b = (size_t)e->place;
        const double f = e->place - (double)b;
        if (e->grace || b + (f > 0) >= n) continue;
        const double lasts_s = f > 0 ? rhythm->beats[b + 1].time_s - rhythm->beats[b].time_s : 0;
        const double meant_s = e->mean_s - e->bend * lasts_s;
        row[b][0] += near * (1 - f) * (1 - f), right[b] += near * (1 - f) * meant_s;
        if (f <= 0) continue;
        row[b][1] += near * f * (1 - f), row[b + 1][0] += near * f * f, right[b + 1] += near * f * meant_s;
    }
    for (size_t b = 1; b + 1 < n; b++) {
        const double before = rhythm->beats[b].time_s - rhythm->beats[b - 1].time_s;
        const double bend = rhythm->beats[b + 1].time_s - rhythm->beats[b].time_s - before;
        const double usual = STEADY * fmax(before, .05), off = bend / (2 * usual);
        const double w = 1 / (usual * usual * (1 + off * off));
        row[b - 1][0] += w, row[b][0] += 4 * w, row[b + 1][0] += w;
        row[b - 1][1] -= 2 * w, row[b][1] -= 2 * w, row[b - 1][2] += w;
    }
    solve_band(row, right, n);
    bool rises = true;
    for (size_t b = 1; b < n; b++) rises &= right[b] > right[b - 1] + .02;
    for (size_t b = 0; rises && b < n; b++) rhythm->beats[b].time_s = right[b];
    free(row), free(right);
    return NEUME_OK;
}

neume_status neume__quantise_refit(const neume_notes *notes, neume_rhythm *rhythm) {
    neume__page p;
    neume_status status = NEUME_OK;
    NEUME_GO(neume__page_init(&p, notes, rhythm));
    NEUME_GO(neume__page_read(&p));
    NEUME_GO(refit(&p, rhythm));
fail:
    neume__page_clear(&p);
    return status;
}
