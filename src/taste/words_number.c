/* Numbers as people write them in prompts: 120, 一百二十, 一百四 (= 140), 八零, a hundred and twenty. Up to 9999. */
#include "words_measure.h"

#include <string.h>

enum { GREATEST = 9999 };

static size_t length_at(const units *u, size_t at) {
    return at < u->count ? u->items[at].length : 0;
}

static const char *text_at(const units *u, size_t at) {
    return u->text.data + u->items[at].text;
}

bool neume__unit_is(const units *u, size_t at, const char *text) {
    return length_at(u, at) == strlen(text) && memcmp(text_at(u, at), text, strlen(text)) == 0;
}

size_t neume__units_match(const units *u, size_t at, const char *phrase) {
    size_t i = at;
    for (; *phrase; i++) {
        const size_t length = strcspn(phrase, " ");
        if (length_at(u, i) != length || memcmp(text_at(u, i), phrase, length) != 0) return 0;
        phrase += length + (phrase[length] == ' ');
    }
    return i - at;
}

bool neume__unit_is_in(const units *u, size_t at, const char *set) {
    while (*set) {
        const size_t length = strcspn(set, " ");
        if (length_at(u, at) == length && memcmp(text_at(u, at), set, length) == 0) return true;
        set += length + (set[length] == ' ');
    }
    return false;
}

/* The place of a unit in a list of words, or -1. */
static int index_in(const units *u, size_t at, const char *const *list, int count) {
    for (int i = 0; i < count; i++)
        if (neume__unit_is_in(u, at, list[i])) return i;
    return -1;
}

static size_t read_digits(const units *u, size_t at, int *value, int *digits) {
    const unit *one = &u->items[at];
    if (one->kind != UNIT_NUMBER || one->length > 4) return 0;
    *value = 0;
    *digits = (int)one->length;
    for (size_t i = 0; i < one->length; i++) *value = *value * 10 + (text_at(u, at)[i] - '0');
    return 1;
}

/* 一百二十, 十五, 一百四 (the ten left unsaid), 一百零五; or digit by digit: 一九八五, 八零. */
static size_t read_chinese(const units *u, size_t at, int *value, int *digits) {
    static const char *const numerals[] = {"零 〇", "一 壹", "二 两 贰", "三 叁", "四 肆",
                                           "五 伍", "六 陆", "七 柒",    "八 捌", "九 玖"};
    static const char *const powers[] = {"十", "百", "千"};
    static const int worth[] = {10, 100, 1000};
    int total = 0, digit = -1, last_power = 0, run = 0, plain = 0;
    size_t i = at;
    bool zero = false;
    for (; i < u->count && total <= GREATEST && plain <= GREATEST; i++) {
        const int numeral = index_in(u, i, numerals, 10), power = index_in(u, i, powers, 3);
        if (numeral >= 0) {
            plain = plain * 10 + numeral, run++;
            zero = numeral == 0;
            digit = numeral;
        } else if (power >= 0) {
            total += (digit < 0 ? 1 : digit) * worth[power];
            last_power = worth[power];
            digit = -1, run = 0, zero = false;
        } else
            break;
    }
    if (i == at || total > GREATEST || plain > GREATEST) return 0;
    const bool short_form = last_power >= 100 && digit > 0 && !zero && run == 1; /* 一百四 is 140, 一百零四 104 */
    *digits = last_power ? 0 : run;
    *value = last_power ? total + (digit < 0 ? 0 : digit * (short_form ? last_power / 10 : 1)) : plain;
    return i - at;
}

/* ninety, a hundred and twenty, one twenty (= 120). */
static size_t read_english(const units *u, size_t at, int *value, int *digits) {
    static const char *const ones[] = {"zero",     "one",     "two",     "three",     "four",     "five",    "six",
                                       "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",  "thirteen",
                                       "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
    static const char *const tens[] = {"-",     "-",     "twenty",  "thirty", "forty",
                                       "fifty", "sixty", "seventy", "eighty", "ninety"};
    int total = 0, words = 0;
    size_t i = at;
    if (neume__unit_is(u, i, "a") && neume__unit_is(u, i + 1, "hundred")) total = 1, i++;
    for (; i < u->count && total <= GREATEST; i++) {
        const int one = index_in(u, i, ones, 20), ten = index_in(u, i, tens + 2, 8);
        if (ten >= 0)
            total = (total > 0 && total < 10 ? total * 100 : total) + (ten + 2) * 10;
        else if (one >= 0)
            total += one;
        else if (total && neume__unit_is(u, i, "hundred"))
            total *= 100;
        else if (!total || !neume__unit_is(u, i, "and") ||
                 (index_in(u, i + 1, ones, 20) < 0 && index_in(u, i + 1, tens + 2, 8) < 0))
            break;
        words++;
    }
    if (!words || total > GREATEST) return 0;
    *value = total;
    *digits = 0;
    return i - at;
}

size_t neume__number_read(const units *u, size_t at, int *value, int *digits) {
    if (at >= u->count) return 0;
    size_t taken = read_digits(u, at, value, digits);
    if (!taken) taken = read_chinese(u, at, value, digits);
    return taken ? taken : read_english(u, at, value, digits);
}
