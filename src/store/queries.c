#include "queries.h"

const char *const store_query_texts[QUERY_COUNT] = {
    [QUERY_BEGIN] = "BEGIN IMMEDIATE",
    [QUERY_COMMIT] = "COMMIT",
    [QUERY_SETTING_GET] = "SELECT value FROM settings WHERE name = ?1",
    [QUERY_SETTING_SET] = "INSERT INTO settings VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
    [QUERY_CHANGE] = "INSERT INTO settings VALUES ('changes', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1",
    [QUERY_COUNTS] =
        "SELECT (SELECT count(*) FROM items), (SELECT count(*) FROM users), (SELECT count(*) FROM events), "
        "(SELECT count(*) FROM tags), (SELECT count(*) FROM feature_columns), "
        "(SELECT seq FROM sqlite_sequence WHERE name = 'events'), "
        "(SELECT value FROM settings WHERE name = 'changes')",
    [QUERY_ITEM_FIND] = "SELECT row FROM items WHERE key = ?1",
    [QUERY_ITEM_ADD] = "INSERT INTO items (key, id, name, artist, year, heard_only) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [QUERY_ITEM_UPDATE] = "UPDATE items SET name = coalesce(?2, name), artist = coalesce(?3, artist), "
                          "year = coalesce(?4, year), heard_only = min(heard_only, ?5) WHERE row = ?1",
    [QUERY_ITEM_FEATURES] = "SELECT features FROM items WHERE row = ?1",
    [QUERY_ITEM_SET_FEATURES] = "UPDATE items SET features = ?2 WHERE row = ?1",
    [QUERY_ITEM_DROP_TAGS] = "DELETE FROM item_tags WHERE item = ?1",
    [QUERY_ITEM_TAGS] = "SELECT tag, weight, key, name FROM item_tags JOIN tags ON tags.row = tag WHERE item = ?1 "
                        "ORDER BY tag",
    [QUERY_ITEM_ADD_TAG] = "INSERT INTO item_tags VALUES (?1, ?2, ?3) "
                           "ON CONFLICT (item, tag) DO UPDATE SET weight = excluded.weight",
    [QUERY_TAG_FIND] = "SELECT row FROM tags WHERE key = ?1",
    [QUERY_TAG_ADD] = "INSERT INTO tags (key, name) VALUES (?1, ?2)",
    [QUERY_FEATURE_FIND] = "SELECT place FROM feature_columns WHERE name = ?1",
    [QUERY_FEATURE_NAME] = "SELECT name FROM feature_columns WHERE place = ?1",
    [QUERY_FEATURE_ADD] = "INSERT INTO feature_columns VALUES (?1, ?2)",
    [QUERY_FEATURE_COUNT] = "SELECT count(*) FROM feature_columns",
    [QUERY_USER_FIND] = "SELECT row FROM users WHERE key = ?1",
    [QUERY_USER_ADD] = "INSERT INTO users (key, id) VALUES (?1, ?2)",
    [QUERY_USER_DELETE] = "DELETE FROM users WHERE row = ?1",
    [QUERY_EVENT_ADD] = "INSERT INTO events (user, mark, item, kind, time_s, value, sealed) "
                        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
                        "ON CONFLICT (mark) DO UPDATE SET value = excluded.value, sealed = excluded.sealed",
    [QUERY_EVENTS_DELETE] = "DELETE FROM events WHERE user = ?1",
    [QUERY_HEARD_ADD] = "INSERT OR IGNORE INTO temp.heard VALUES (?1)",
    [QUERY_UNHEARD_TAGS_DELETE] = "DELETE FROM item_tags WHERE item IN (SELECT row FROM items WHERE heard_only "
                                  "AND row NOT IN (SELECT item FROM temp.heard))",
    [QUERY_UNHEARD_DELETE] = "DELETE FROM items WHERE heard_only AND row NOT IN (SELECT item FROM temp.heard)",
    [QUERY_TAGS_DELETE] = "DELETE FROM tags WHERE row NOT IN (SELECT tag FROM item_tags)",
    [QUERY_MODEL_PUT] = "INSERT INTO models VALUES (?1, ?2, ?3) "
                        "ON CONFLICT (name) DO UPDATE SET stamp = excluded.stamp, bytes = excluded.bytes",
    [QUERY_MODEL_GET] = "SELECT stamp, bytes FROM models WHERE name = ?1",
    [QUERY_MODELS_DELETE] = "DELETE FROM models",
};
