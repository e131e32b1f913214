/* Beats a minute and decades. A number alone means neither: something beside it must say what it counts. */
#include "words_measure.h"

#include <stdio.h>

/* How many units the first phrase of a list takes that stands at @p at; 0: none does. */
static size_t match_any(const units *u, size_t at, const char *const *phrases) {
    for (; *phrases; phrases++) {
        const size_t taken = neume__units_match(u, at, *phrases);
        if (taken) return taken;
    }
    return 0;
}

/* --- beats a minute ----------------------------------------------------------------------------------------------- */

static const char *const per_minute[] = {"每 分 钟", "一 分 钟", "每 分", "1 分 钟", NULL};
static const char *const tempo_words[] = {"速 度 在", "速 度 是", "速 度",    "节 拍", "bpm 在",
                                          "bpm of",   "bpm",      "tempo of", "tempo", NULL};
static const char *const about[] = {"大 约", "大 概", "差 不 多", "约", "about", "around", "roughly", "at", NULL};
static const char *const beats[] = {"bpm", "b p m", "beats per minute", "beats a minute", "拍 每 分 钟", "拍", NULL};
static const char *const up_to[] = {"to", "到", "至", "and", NULL};

/* A second number behind the first, as in "100-120" or "100 to 120", makes a range, which stands for its middle. */
static size_t read_range(const units *u, size_t at, int *bpm) {
    int second = 0, digits = 0;
    const size_t joint = match_any(u, at, up_to), taken = neume__number_read(u, at + joint, &second, &digits);
    if (!taken || second <= *bpm) return 0;
    *bpm = (*bpm + second + 1) / 2;
    return joint + taken;
}

/* Something must say that beats are counted: "a minute" or "tempo" before the number, or beats behind it. */
static bool read_bpm(const units *u, size_t at, measure *out) {
    size_t i = at, minute = match_any(u, at, per_minute);
    const size_t told = minute ? minute : match_any(u, at, tempo_words);
    if (told) i += told + match_any(u, i + told, about);
    int bpm = 0, digits = 0;
    const size_t taken = neume__number_read(u, i, &bpm, &digits);
    if (!taken) return false;
    i += taken;
    i += read_range(u, i, &bpm);
    size_t counted = match_any(u, i, beats);
    if (minute && !counted) counted = neume__unit_is(u, i, "下");
    if ((!told && !counted) || bpm < (told ? 20 : 30) || bpm > 400) return false;
    *out = (measure){NEUME_SLOT_TEMPO_BPM, "", i + counted - at};
    snprintf(out->value, sizeof out->value, "%d", bpm);
    return true;
}

/* --- decades ------------------------------------------------------------------------------------------------------ */

static const char *const century[] = {"上 世 纪", "上 个 世 纪",    "二 十 世 纪", "20 世 纪",
                                      "21 世 纪", "二 十 一 世 纪", NULL};
static const char *const decade_ends[] = {"年 代", "s", NULL};
static const char *const year_ends[] = {"年 以 后", "年 之 后", "年 以 来", "年 后",
                                        "年 前 后", "年 左 右", "年",       NULL};

/* 80 is 1980; 00 and 10 are of our century, but 二十年代 and "20s" mean the roaring ones. 0: no year at all. */
static int full_year(int year) {
    if (year >= 1000) return year;
    return year >= 100 ? 0 : year >= 20 ? 1900 + year : 2000 + year;
}

static bool read_decade(const units *u, size_t at, measure *out) {
    int year = 0, digits = 0;
    const size_t before = match_any(u, at, century), taken = neume__number_read(u, at + before, &year, &digits);
    if (!taken) return false;
    const size_t end = at + before + taken, decade = match_any(u, end, decade_ends);
    if (!decade && digits != 4) return false;
    year = full_year(year);
    if (year < 1900 || year > 2099) return false;
    *out = (measure){NEUME_SLOT_DECADE, "", before + taken + (decade ? decade : match_any(u, end, year_ends))};
    snprintf(out->value, sizeof out->value, "%d0s", year / 10);
    return true;
}

bool neume__measure_read(const units *u, size_t at, measure *out) {
    return read_bpm(u, at, out) || read_decade(u, at, out) || neume__key_read(u, at, out);
}
