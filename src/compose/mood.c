/* What moods mean for a tune. The names are those of the Geneva Emotional Music Scale (Zentner, Grandjean & Scherer
 * 2008); what goes with them follows common findings on mode, tempo, register and density (Gabrielsson & Lindstroem
 * 2010): joyful is major, quick and dense, sad is minor, slow and low, and so on. */
#include "neume/compose.h"

#include <string.h>
#include <strings.h>

static const neume_mood MOODS[] = {
    {"amazement",
     "wonder wondrous surprised surprising dreamy magical 惊奇 惊喜 奇妙 梦幻 神奇",
     {"waltz", "jig", "air"},
     {NEUME_MODE_MAJOR, NEUME_MODE_MIXOLYDIAN},
     0.95,
     26,
     43},
    {"solemnity",
     "solemn holy serious majestic spiritual transcendence 庄严 庄重 神圣 肃穆 严肃",
     {"chorale", "air", "march"},
     {NEUME_MODE_MAJOR, NEUME_MODE_DORIAN},
     0.7,
     24,
     39},
    {"tenderness",
     "tender loving gentle romantic soft sweet 温柔 温情 柔情 浪漫 甜蜜",
     {"waltz", "air", "song"},
     {NEUME_MODE_MAJOR, NEUME_MODE_MAJOR},
     0.8,
     25,
     40},
    {"nostalgia",
     "nostalgic longing wistful homesick melancholic 怀旧 思念 思乡 怀念 惆怅",
     {"air", "waltz", "song"},
     {NEUME_MODE_DORIAN, NEUME_MODE_MIXOLYDIAN},
     0.8,
     25,
     40},
    {"calmness",
     "calm peaceful relaxed quiet serene peace 平静 宁静 安静 放松 安详",
     {"air", "waltz", "song"},
     {NEUME_MODE_MAJOR, NEUME_MODE_MIXOLYDIAN},
     0.7,
     25,
     39},
    {"power",
     "powerful strong heroic triumphant energetic bold 力量 有力 英雄 激昂 雄壮 活力",
     {"march", "reel", "polka"},
     {NEUME_MODE_MAJOR, NEUME_MODE_MIXOLYDIAN},
     1.1,
     24,
     42},
    {"joyful_activation",
     "joyful joy happy cheerful bright lively merry dancing 快乐 欢快 高兴 喜悦 开心 活泼 欢乐",
     {"jig", "reel", "polka"},
     {NEUME_MODE_MAJOR, NEUME_MODE_MAJOR},
     1.1,
     27,
     43},
    {"tension",
     "tense anxious angry nervous restless agitated 紧张 焦虑 愤怒 不安 激动",
     {"reel", "hornpipe", "jig"},
     {NEUME_MODE_MINOR, NEUME_MODE_PHRYGIAN},
     1.2,
     25,
     42},
    {"sadness",
     "sad sorrowful mournful lament gloomy grief 悲伤 伤心 忧伤 难过 哀伤 悲哀",
     {"air", "waltz", "song"},
     {NEUME_MODE_MINOR, NEUME_MODE_DORIAN},
     0.7,
     23,
     38},
};
enum { MOOD_COUNT = sizeof MOODS / sizeof *MOODS };

static bool is_among(const char *words, const char *word) {
    const size_t length = strlen(word);
    for (const char *at = words; length && *at; at += strcspn(at, " "), at += *at == ' ')
        if (strcspn(at, " ") == length && strncasecmp(at, word, length) == 0) return true;
    return false;
}

neume_status neume_mood_find(const char *word, const neume_mood **out) {
    for (int m = 0; m < MOOD_COUNT; m++)
        if (strcasecmp(MOODS[m].name, word) == 0 || is_among(MOODS[m].words, word)) {
            *out = &MOODS[m];
            return NEUME_OK;
        }
    return neume_fail(NEUME_EINVAL,
                      "there is no mood '%.40s'; there are amazement solemnity tenderness nostalgia calmness power "
                      "joyful_activation tension sadness, and plain words like happy, sad, calm",
                      word);
}
