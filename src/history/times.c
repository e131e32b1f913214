/* Times as exports write them, all in UTC. */
#include "history.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const int64_t last_s = 253402300799; /* the end of the year 9999 */

/* Days since 1970-01-01 of a date in the Gregorian calendar (H. Hinnant, days_from_civil). */
static int64_t days_of(int year, int month, int day) {
    const int64_t y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
    const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool seconds_of(int year, int month, int day, const int clock[3], int64_t *time_s) {
    if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31) return false;
    if (clock[0] < 0 || clock[0] > 24 || clock[1] < 0 || clock[1] > 59 || clock[2] < 0 || clock[2] > 60) return false;
    *time_s = days_of(year, month, day) * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2];
    return true;
}

/* "31 Jan 2017, 14:05" and "31 Jan 2017 14:05:59" */
static bool read_worded(const char *text, int64_t *time_s) {
    static const char months[] = "jan feb mar apr may jun jul aug sep oct nov dec";
    int day = 0, year = 0, clock[3] = {0};
    char word[16] = "";
    if (sscanf(text, "%2d %15[A-Za-z.] %4d%*[, ]%2d:%2d:%2d", &day, word, &year, &clock[0], &clock[1], &clock[2]) < 3)
        return false;
    word[3] = '\0';
    for (char *at = word; *at; at++) *at = (char)tolower((unsigned char)*at);
    const char *found = strlen(word) == 3 ? strstr(months, word) : NULL;
    return found && seconds_of(year, (int)(found - months) / 4 + 1, day, clock, time_s);
}

/* "2021-04-01 10:42:53", "2021-04-01T10:42:53Z"; another zone than UTC is read as if it were UTC */
static bool read_iso(const char *text, int64_t *time_s) {
    int year = 0, month = 0, day = 0, clock[3] = {0};
    if (sscanf(text, "%4d-%2d-%2d%*[T ]%2d:%2d:%2d", &year, &month, &day, &clock[0], &clock[1], &clock[2]) < 3)
        return false;
    return seconds_of(year, month, day, clock, time_s);
}

bool history_time(const char *field, int64_t *time_s) {
    double number = 0;
    while (isspace((unsigned char)*field)) field++;
    if (!history_number(field, &number)) return read_worded(field, time_s) || read_iso(field, time_s);
    if (number > 1e11) number /= 1000; /* milliseconds: as seconds they would lie in the year 5138 */
    if (!(number >= 0 && number <= (double)last_s)) return false;
    *time_s = (int64_t)number;
    return true;
}
