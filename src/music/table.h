/* Growing tables in structs that hold `table`, `name_count` and `name_capacity`. Private to the room. */
#ifndef NEUME_MUSIC_TABLE_H
#define NEUME_MUSIC_TABLE_H

#include "neume/base.h"

/* Room for one more entry: NEUME_TRY(ONE_MORE(voice, item, items)); */
#define ONE_MORE(owner, name, table)                                                                                   \
    ((owner)->name##_count < (owner)->name##_capacity                                                                  \
         ? NEUME_OK                                                                                                    \
         : neume__grow((void **)&(owner)->table, &(owner)->name##_capacity, (owner)->name##_count + 1,                 \
                       sizeof *(owner)->table))

#endif
