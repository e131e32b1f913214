/* The language model of tunes, found and told. */
#include "neume/base_json.h"
#include "neume/service_compose.h"

neume_status neume_composer_open(const char *asked, neume_composer **out) {
    neume_buffer path = {0};
    neume_status status = neume_model_find(asked, NEUME_MODEL_COMPOSE, &path);
    if (!status) status = neume_composer_load(path.data, out);
    neume_buffer_clear(&path);
    return status;
}

static neume_status print_idea(const neume_idea *idea, neume_buffer *out) {
    neume_buffer abc = {0};
    neume_status status = neume_abc_write(idea->score, 1, &abc);
    if (!status)
        status = neume_buffer_print(out, "{\"rank\": %.4f, \"likelihood\": %.4f, \"repetition\": %.4f, \"abc\": ",
                                    idea->rank, idea->likelihood, idea->repetition);
    if (!status) status = neume_json_quote(out, abc.data);
    if (!status) status = neume_buffer_print(out, "}");
    neume_buffer_clear(&abc);
    return status;
}

neume_status neume_ideas_print(const neume_ideas *ideas, neume_buffer *out) {
    for (size_t i = 0; i < ideas->count; i++) {
        NEUME_TRY(neume_buffer_print(out, i ? ",\n" : "["));
        NEUME_TRY(print_idea(&ideas->items[i], out));
    }
    return neume_buffer_print(out, ideas->count ? "]\n" : "[]\n");
}
