/* The language model is a thread of this test that answers one request as it is told. */
#include "neume_test.h"

#include "neume/taste_words.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHAT(content) "{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"" content "\"}}]}"

typedef struct server {
    int listener, port;
    const char *status, *body;
    size_t body_count; /* how often the body is sent */
    bool silent;       /* answers nothing until the other side leaves */
    char request[16384];
} server;

/* The request's head tells how long its body is. */
static bool is_whole(const char *request) {
    const char *end = strstr(request, "\r\n\r\n"), *length = strstr(request, "Content-Length: ");
    return end && length && strlen(end + 4) >= (size_t)atoi(length + 16);
}

static void *serve(void *context) {
    server *s = context;
    const int client = accept(s->listener, NULL, NULL);
    size_t used = 0;
    for (ssize_t got = 1; got > 0 && !is_whole(s->request) && used < sizeof s->request - 1; used += (size_t)got) {
        got = recv(client, s->request + used, sizeof s->request - 1 - used, 0);
        if (got < 0) break;
    }
    char head[200], rest[64];
    const size_t length = strlen(s->body) * s->body_count;
    snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", s->status, length);
    bool sent = !s->silent && send(client, head, strlen(head), MSG_NOSIGNAL) > 0;
    for (size_t i = 0; i < s->body_count && sent; i++) sent = send(client, s->body, strlen(s->body), MSG_NOSIGNAL) > 0;
    while (s->silent && recv(client, rest, sizeof rest, 0) > 0) {
    }
    close(client);
    return NULL;
}

static void open_server(server *s) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(s->listener, 1), 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&address, &size), 0);
    s->port = ntohs(address.sin_port);
}

static char logged[2048];
static void keep_log(void *context, neume_log_level level, const char *line) {
    (void)context, (void)level;
    snprintf(logged + strlen(logged), sizeof logged - strlen(logged), "%s\n", line);
}

/* What the prompt "sad piano" becomes when the model answers so. */
static void ask(server *s, bool expect_rewritten, const char *expected) {
    char url[64];
    pthread_t thread;
    neume_words *words = NULL;
    neume_query query = neume_query_none();
    neume_buffer line = {0};
    bool rewritten = !expect_rewritten;
    open_server(s);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", s->port);
    const neume_rewrite rewrite = {url, "tiny", "secret-key", s->silent ? 0.3 : 5};
    assert_ok(neume_words_new(&words));
    assert_int_equal(pthread_create(&thread, NULL, serve, s), 0);
    logged[0] = '\0';
    neume_log_set(keep_log, NULL);
    assert_ok(neume_words_rewrite(words, &rewrite, "sad piano", 9, &query, &rewritten));
    neume_log_set(NULL, NULL);
    pthread_join(thread, NULL);
    close(s->listener);
    assert_ok(neume_query_print(&query, &line));
    assert_string_equal(line.data, expected);
    assert_int_equal(rewritten, expect_rewritten);
    assert_int_equal(*logged == '\0', expect_rewritten);
    assert_null(strstr(logged, "secret-key"));
    neume_buffer_clear(&line);
    neume_query_clear(&query);
    neume_words_free(words);
}

static void test_a_models_query_is_taken(void **state) {
    (void)state;
    server s = {.status = "200 OK",
                .body = CHAT("Here: ```json\\n{\\\"mood\\\":[\\\"sad\\\"],\\\"instrument\\\":\\\"piano\\\","
                             "\\\"tempo_bpm\\\":[60],\\\"not\\\":{\\\"style\\\":[\\\"jazz\\\"]}}\\n```"),
                .body_count = 1};
    ask(&s, true, "mood=sad;instrument=piano;tempo_bpm=60;not.style=jazz");
    assert_non_null(strstr(s.request, "POST /v1/chat/completions HTTP"));
    assert_non_null(strstr(s.request, "Authorization: Bearer secret-key"));
    assert_non_null(strstr(s.request, "\"content\":\"sad piano\""));
}

static void test_whatever_goes_wrong_the_lexicon_answers(void **state) {
    (void)state;
    static const struct {
        const char *status, *body;
        size_t count;
        bool silent;
    } cases[] = {{"500 Oh no", "{}", 1, false},
                 {"302 Found", "{}", 1, false},
                 {"200 OK", "no JSON", 1, false},
                 {"200 OK", "{\"choices\":[]}", 1, false},
                 {"200 OK", CHAT("I cannot"), 1, false},
                 {"200 OK", CHAT("{\\\"mood\\\":[\\\"greenish\\\"]}"), 1, false},
                 {"200 OK", CHAT("{\\\"tempo_bpm\\\":[1e300]}"), 1, false},
                 {"200 OK", "0123456789abcdef0123456789abcdef", 40000, false},
                 {"200 OK", "", 0, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        server s = {
            .status = cases[i].status, .body = cases[i].body, .body_count = cases[i].count, .silent = cases[i].silent};
        ask(&s, false, "mood=sad;instrument=piano");
    }
}

static void test_without_a_server_the_lexicon_answers(void **state) {
    (void)state;
    static const char *const urls[] = {"http://127.0.0.1:1", "file:///etc/passwd", "", "::", "gopher://x/v1"};
    neume_words *words = NULL;
    assert_ok(neume_words_new(&words));
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        neume_query query = neume_query_none();
        bool rewritten = true;
        assert_ok(neume_words_rewrite(words, &(neume_rewrite){.url = urls[i], .timeout_s = 2}, "jazz", 4, &query,
                                      &rewritten));
        assert_false(rewritten);
        assert_int_equal(query.count, 1);
        neume_query_clear(&query);
    }
    neume_words_free(words);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_models_query_is_taken),
        cmocka_unit_test(test_whatever_goes_wrong_the_lexicon_answers),
        cmocka_unit_test(test_without_a_server_the_lexicon_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
