/* A language model as reader of prompts. It is told the slots and asked for JSON; what comes back is text of a
 * stranger, read by the same parser as everybody's queries. The lexicon has read the prompt first, so there is always
 * an answer. */
#include "words_values.h"

#include "neume/base_json.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

enum { ANSWER_LONGEST_BYTES = 1 << 20, URL_LONGEST_BYTES = 2048 };
static const double DEFAULT_TIMEOUT_S = 20;

static const char instruction[] =
    "You turn a listener's wish, in Chinese or English, into one JSON object and write nothing else. Keys, each with a "
    "list of strings: mood (calm happy sad energetic tense romantic nostalgic solemn dreamy angry tender powerful), "
    "style "
    "(rock pop folk classical electronic jazz hip-hop ...), instrument (piano guitar violin guzheng ...), activity "
    "(study "
    "sleep run relax work party drive meditate focus), tempo (slow medium fast), tempo_bpm (\"120\"), vocals (yes no "
    "male "
    "female), decade (\"1980s\"), key (\"C minor\", \"minor\"), language (english mandarin cantonese ...), like "
    "(artists, "
    "composers, titles). What is not wanted goes into the key \"not\", an object of the same keys; but no voices is "
    "vocals no. Leave out keys of which nothing is said.";

/* --- the request -------------------------------------------------------------------------------------------------- */

static neume_status add_message(const char *role, const char *content, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "{\"role\":\"%s\",\"content\":", role));
    NEUME_TRY(neume_json_quote(out, content));
    return neume_buffer_print(out, "}");
}

static neume_status write_request(const char *model, const char *prompt, neume_buffer *out) {
    NEUME_TRY(neume_buffer_print(out, "{\"model\":"));
    NEUME_TRY(neume_json_quote(out, model ? model : "default"));
    NEUME_TRY(neume_buffer_print(out, ",\"temperature\":0,\"max_tokens\":500,\"response_format\":{\"type\":"
                                      "\"json_object\"},\"messages\":["));
    NEUME_TRY(add_message("system", instruction, out));
    NEUME_TRY(neume_buffer_print(out, ","));
    NEUME_TRY(add_message("user", prompt, out));
    return neume_buffer_print(out, "]}");
}

static bool ends(const char *text, const char *ending) {
    const size_t length = strlen(text), n = strlen(ending);
    return length >= n && strcmp(text + length - n, ending) == 0;
}

static neume_status complete_url(const char *url, char out[URL_LONGEST_BYTES]) {
    size_t length = strlen(url);
    while (length && url[length - 1] == '/') length--;
    if (length + 32 > URL_LONGEST_BYTES) return neume_fail(NEUME_ELIMIT, "the language model's URL is too long");
    snprintf(out, URL_LONGEST_BYTES, "%.*s", (int)length, url);
    if (ends(out, "/chat/completions")) return NEUME_OK;
    strcat(out, ends(out, "/v1") ? "/chat/completions" : "/v1/chat/completions");
    return NEUME_OK;
}

/* --- the exchange ------------------------------------------------------------------------------------------------- */

/* curl's way of handing over bytes; fewer taken than given ends the exchange. */
static size_t receive(char *bytes, size_t size, size_t count, void *context) {
    neume_buffer *answer = context;
    if (answer->size + size * count > ANSWER_LONGEST_BYTES) return 0;
    return neume_buffer_append(answer, bytes, size * count) ? 0 : size * count;
}

static struct curl_slist *make_headers(const char *key) {
    char line[1024];
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (!headers || !key || !*key) return headers;
    const int length = snprintf(line, sizeof line, "Authorization: Bearer %s", key);
    struct curl_slist *longer = length < (int)sizeof line ? curl_slist_append(headers, line) : NULL;
    memset(line, 0, sizeof line);
    if (!longer) curl_slist_free_all(headers);
    return longer;
}

static neume_status perform(CURL *curl, const char *url, double timeout_s, const neume_buffer *request,
                            neume_buffer *answer) {
    long code = 0;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->size);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->data);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)((timeout_s > 0 ? timeout_s : DEFAULT_TIMEOUT_S) * 1000));
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    const CURLcode result = curl_easy_perform(curl);
    if (result) return neume_fail(NEUME_EIO, "%s", curl_easy_strerror(result));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    return code == 200 ? NEUME_OK : neume_fail(NEUME_EIO, "HTTP status %ld", code);
}

static neume_status exchange(const neume_rewrite *rewrite, const neume_buffer *request, neume_buffer *answer) {
    char url[URL_LONGEST_BYTES];
    NEUME_TRY(complete_url(rewrite->url, url));
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = make_headers(rewrite->key);
    neume_status status = curl && headers ? NEUME_OK : neume_fail(NEUME_ENOMEM, "no memory for a request");
    if (!status) {
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        status = perform(curl, url, rewrite->timeout_s, request, answer);
    }
    curl_slist_free_all(headers);
    if (curl) curl_easy_cleanup(curl);
    return status;
}

/* --- the answer --------------------------------------------------------------------------------------------------- */

/* The query in choices[0].message.content, which may stand between words or fences. */
static neume_status read_answer(const neume_buffer *answer, neume_query *out) {
    neume_json *root = NULL;
    NEUME_TRY(neume_json_parse(answer->data ? answer->data : "", answer->size, &root));
    const neume_json *choice = neume_json_at(neume_json_get(root, "choices"), 0);
    const char *content = neume_json_text(neume_json_get(neume_json_get(choice, "message"), "content"));
    const char *open = content ? strchr(content, '{') : NULL, *close = content ? strrchr(content, '}') : NULL;
    const neume_status status = open && close > open ? neume_query_parse_json(open, (size_t)(close + 1 - open), out)
                                                     : neume_fail(NEUME_EFORMAT, "the answer holds no query");
    neume_json_free(root);
    return status;
}

static neume_status ask(const neume_rewrite *rewrite, const char *prompt, size_t count, neume_query *out) {
    neume_buffer text = {0}, request = {0}, answer = {0};
    neume_status status = neume_buffer_append(&text, prompt, count);
    if (!status) status = write_request(rewrite->model, text.data, &request);
    if (!status) status = exchange(rewrite, &request, &answer);
    if (!status) status = read_answer(&answer, out);
    neume_buffer_clear(&text);
    neume_buffer_clear(&request);
    neume_buffer_clear(&answer);
    return status;
}

/* The model's wishes with the lexicon's fine tags. */
static neume_status combine(neume_query *theirs, const neume_query *ours) {
    theirs->chinese = ours->chinese;
    for (size_t i = 0; i < ours->tag_count; i++)
        NEUME_TRY(neume_query_add_tag(theirs, ours->tags[i].tag, ours->tags[i].weight));
    neume__query_feel(theirs);
    return NEUME_OK;
}

neume_status neume_words_rewrite(const neume_words *words, const neume_rewrite *rewrite, const char *prompt,
                                 size_t count, neume_query *out, bool *rewritten) {
    neume_query ours = neume_query_none(), theirs = neume_query_none();
    NEUME_TRY(neume_words_understand(words, prompt, count, &ours));
    neume_status status = ask(rewrite, prompt, count, &theirs);
    if (!status) status = combine(&theirs, &ours);
    if (status) neume_log(NEUME_LOG_WARNING, "the language model did not help: %s", neume_error_message());
    if (rewritten) *rewritten = !status;
    neume_query_clear(out);
    *out = status ? ours : theirs;
    neume_query_clear(status ? &theirs : &ours);
    return NEUME_OK;
}
