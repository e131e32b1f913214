/* What a catalogue is known for, as numbered facts: "mood=calm", "decade=1980s", "tag=techno", "like=miles davis". */
#ifndef NEUME_TASTE_WORDS_FACTS_H
#define NEUME_TASTE_WORDS_FACTS_H

#include "neume/taste.h"
#include "neume/taste_match.h"

typedef struct fact {
    int32_t name;   /* number in matcher->names */
    float strength; /* 0 .. 1 */
} fact;

typedef struct fact_list {
    fact *items;
    size_t count, capacity;
} fact_list;

typedef struct matched_item {
    size_t from, to; /* in matcher->facts, by rising name, each once */
    float tempo_bpm, valence, arousal;
} matched_item;

struct neume_matcher {
    const neume_words *words;
    neume_ids *names, *tags; /* names of facts; tags as they are spelt */
    fact_list facts;         /* of all items, one behind the other */
    fact_list tag_facts;     /* of all tags, one behind the other */
    size_t *tag_start;       /* (tags + 1) */
    size_t tag_start_capacity;
    matched_item *items;
    size_t count, capacity;
};

enum { FACT_NAME_BYTES = NEUME_ID_LONGEST_BYTES };

/* The name of a fact that a text stands for whole: "tag=" or "like=" and its folded units. @return false: too long */
neume_status neume__fact_of_text(const char *kind, const char *text, char name[FACT_NAME_BYTES]);
/* How strongly item @p at has a fact; 0: not at all. @p name -1: no item has it. */
float neume__fact_strength(const neume_matcher *matcher, size_t at, int64_t name);

#endif
