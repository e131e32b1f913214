/* Where models lie and whether they are whole. A model's card NAME.md lies beside NAME.gguf and promises its SHA-256.
 */
#include "neume/hear_net.h"
#include "neume/service.h"

#include <ctype.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MODEL_LIMIT_BYTES = 1 << 30, CARD_LIMIT_BYTES = 1 << 20 };

static bool is_file(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

/* Sets *out to "FOLDER/PART/NAME" if that is a file; *found says whether. */
static neume_status try_place(const char *folder, const char *part, const char *name, neume_buffer *out, bool *found) {
    neume_buffer path = {0};
    neume_status status = neume_buffer_print(&path, "%s%s/%s", folder, part, name);
    *found = !status && is_file(path.data);
    if (*found)
        *out = path;
    else
        neume_buffer_clear(&path);
    return status;
}

/* The folder of the program, or of the shared library, that holds this code. */
static bool own_folder(bool library, char folder[PATH_MAX]) {
    Dl_info info;
    char here[PATH_MAX];
    if (library) {
        if (!dladdr(NEUME_MODEL_HEAR, &info) || !info.dli_fname || !realpath(info.dli_fname, folder)) return false;
    } else {
        ssize_t length = readlink("/proc/self/exe", here, sizeof here - 1);
        if (length <= 0) return false;
        here[length] = '\0';
        strcpy(folder, here);
    }
    char *slash = strrchr(folder, '/');
    if (slash) *slash = '\0';
    return slash != NULL;
}

/* bin/ and lib/ have share/ beside them; Debian's lib/x86_64-linux-gnu has it one level further up. */
static neume_status look_beside(const char *folder, const char *name, neume_buffer *out, bool *found) {
    NEUME_TRY(try_place(folder, "/../share/neume/models", name, out, found));
    if (!*found) NEUME_TRY(try_place(folder, "/../../share/neume/models", name, out, found));
    if (!*found && strncmp(folder, NEUME_BUILD_FOLDER, strlen(NEUME_BUILD_FOLDER)) == 0)
        NEUME_TRY(try_place(NEUME_SOURCE_MODELS, "", name, out, found));
    return NEUME_OK;
}

neume_status neume_model_find(const char *asked, const char *name, neume_buffer *out) {
    bool found = false;
    char folder[PATH_MAX];
    const char *chosen = getenv("NEUME_MODELS");
    if (asked) {
        if (!is_file(asked)) return neume_fail(NEUME_ENOTFOUND, "%s: no such model file", asked);
        neume_buffer path = {0};
        NEUME_TRY(neume_buffer_print(&path, "%s", asked));
        *out = path;
        return NEUME_OK;
    }
    if (chosen && *chosen) {
        NEUME_TRY(try_place(chosen, "", name, out, &found));
        return found ? NEUME_OK : neume_fail(NEUME_ENOTFOUND, "no %s in the folder NEUME_MODELS=%s", name, chosen);
    }
    for (int library = 0; library < 2 && !found; library++)
        if (own_folder(library, folder)) NEUME_TRY(look_beside(folder, name, out, &found));
    if (found) return NEUME_OK;
    return neume_fail(NEUME_ENOTFOUND,
                      "no %s in ../share/neume/models beside the program; name one by --model or NEUME_MODELS", name);
}

typedef neume_status (*network_load)(neume_hear_model *model, const char *path);

/* A note model without such a network, or with another's, does by itself. */
static neume_status open_network(const char *asked, const char *shipped, network_load load, neume_buffer *path,
                                 neume_hear_model *model) {
    neume_buffer found = {0};
    neume_status status = neume_model_find(asked, shipped, &found);
    if (!status) status = load(model, found.data);
    if (!asked && (status == NEUME_EUNSUPPORTED || status == NEUME_ENOTFOUND)) status = NEUME_OK;
    if (found.data) {
        neume_buffer_clear(path);
        *path = found;
    }
    return status;
}

neume_status neume_hearing_open(const neume_hearing_files *files, neume_buffer *path, neume_hear_model **out) {
    static const neume_hearing_files shipped;
    neume_hear_model *model = NULL;
    neume_buffer found = {0};
    if (!files) files = &shipped;
    neume_status status = neume_model_find(files->model, NEUME_MODEL_HEAR, &found);
    if (!status) status = neume_hear_model_load(found.data, &model);
    if (!status) status = open_network(files->cast, NEUME_MODEL_CAST, neume_hear_model_load_cast, &found, model);
    if (!status) status = open_network(files->kit, NEUME_MODEL_KIT, neume_hear_model_load_kit, &found, model);
    *path = found;
    if (status)
        neume_hear_model_free(model);
    else
        *out = model;
    return status;
}

/* The first run of exactly 64 hexadecimal digits after "SHA-256" in a card. */
static void find_promise(const char *card, char promised[65]) {
    const char *at = strstr(card, "SHA-256"), *const hexadecimal = "0123456789abcdefABCDEF";
    size_t digits = 0;
    while (at && *at && (digits = strspn(at, hexadecimal)) != 64) at += digits ? digits : 1;
    if (digits != 64) return;
    for (size_t i = 0; i < 64; i++) promised[i] = (char)tolower((unsigned char)at[i]);
    promised[64] = '\0';
}

static neume_status read_card(const char *path, char promised[65]) {
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    neume_buffer card_path = {0}, card = {0};
    NEUME_TRY(neume_buffer_print(&card_path, "%.*s.md", (int)(dot ? (size_t)(dot - path) : strlen(path)), path));
    neume_status status = is_file(card_path.data) ? neume_file_read(card_path.data, CARD_LIMIT_BYTES, &card) : NEUME_OK;
    if (card.data) find_promise(card.data, promised);
    neume_buffer_clear(&card_path);
    neume_buffer_clear(&card);
    return status;
}

neume_status neume_model_digest_read(const char *path, neume_model_digest *out) {
    neume_model_digest digest = {.promised = ""};
    neume_buffer bytes = {0};
    NEUME_TRY(neume_file_read(path, MODEL_LIMIT_BYTES, &bytes));
    neume__sha256_hex(bytes.data, bytes.size, digest.actual);
    digest.bytes = bytes.size;
    neume_buffer_clear(&bytes);
    NEUME_TRY(read_card(path, digest.promised));
    *out = digest;
    return NEUME_OK;
}

neume_status neume_model_write_random(const char *path, const neume_random_model *wanted) {
    neume_hear_config config = neume_hear_config_default();
    snprintf(config.name, sizeof config.name, "neume-hear-random-%llu", (unsigned long long)wanted->seed);
    if (wanted->channels) config.channels = wanted->channels;
    if (wanted->blocks) config.blocks = wanted->blocks;
    return neume_hear_model_random(path, &config, wanted->seed);
}
