#include "own_folder.h"

#include "neume/audio.h"

#include <fcntl.h>
#include <pthread.h>
#include <sndfile.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every test works in a folder of its own, which is the current one while it runs. */
static int enter_folder(void **state) {
    return own_folder_make(state) == 0 ? chdir(own_folder) : -1;
}

static int leave_folder(void **state) {
    return chdir("/") == 0 ? own_folder_remove(state) : -1;
}

/* A few partials with a slow swell: something to compare. */
static void fill_music(float *samples, size_t count, double rate_hz) {
    for (size_t i = 0; i < count; i++) {
        double t = (double)i / rate_hz;
        samples[i] = (float)((0.3 + 0.1 * sin(9 * t)) * (sin(2 * M_PI * 440 * t) + 0.5 * sin(2 * M_PI * 1234.5 * t)));
    }
}

static void write_with_channels(const char *path, int format, int rate_hz, int channels, const float *items,
                                size_t frames) {
    SF_INFO info = {.samplerate = rate_hz, .channels = channels, .format = format};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    assert_int_equal(sf_writef_float(file, items, (sf_count_t)frames), frames);
    sf_close(file);
}

static void copy_start(const char *from, const char *to, double share) {
    neume_buffer bytes = {0};
    assert_ok(neume_file_read(from, 1 << 28, &bytes));
    assert_ok(neume_file_write(to, bytes.data, (size_t)(share * (double)bytes.size)));
    neume_buffer_clear(&bytes);
}

static neume_status open_status(const char *path) {
    neume_audio_reader *reader = NULL;
    neume_status status = neume_audio_open(path, 22050, &reader);
    neume_audio_close(reader);
    return status;
}

enum { SECOND = 22050 };

static void test_wav_and_flac_come_back_to_half_a_step_and_ogg_to_20_db(void **state) {
    (void)state;
    const char *paths[] = {"a.wav", "a.FLAC", "a.ogg"};
    static float music[3 * SECOND];
    fill_music(music, 3 * SECOND, SECOND);
    for (int i = 0; i < 3; i++) {
        float *back = NULL;
        size_t count = 0;
        assert_ok(neume_audio_write_file(paths[i], music, 3 * SECOND, SECOND));
        assert_ok(neume_audio_read_file(paths[i], SECOND, 1e9, &back, &count));
        assert_int_equal(count, 3 * SECOND);
        if (i < 2)
            assert_floats_close(back, music, count, 0, 0.5001 / 32768);
        else
            assert_snr_db(back, music, count, 20);
        neume__free(back);
    }
}

static void test_writing_clips_and_silences_what_is_no_number(void **state) {
    (void)state;
    const float wild[] = {3, -3, NAN, INFINITY, 0.25f}, expected[] = {32767.0f / 32768, -1, 0, 32767.0f / 32768, 0.25f};
    float *back = NULL;
    size_t count = 0;
    assert_ok(neume_audio_write_file("wild.wav", wild, 5, 44100));
    assert_ok(neume_audio_read_file("wild.wav", 44100, 1, &back, &count));
    assert_int_equal(count, 5);
    assert_memory_equal(back, expected, sizeof expected);
    neume__free(back);
}

static void test_a_name_that_cannot_be_written_is_told_and_leaves_nothing(void **state) {
    (void)state;
    const float one = 0.5f;
    assert_int_equal(neume_audio_write_file("a.mp3", &one, 1, 44100), NEUME_EUNSUPPORTED);
    assert_int_equal(neume_audio_write_file("plain", &one, 1, 44100), NEUME_EUNSUPPORTED);
    assert_int_equal(neume_audio_write_file("no/such/a.wav", &one, 1, 44100), NEUME_ENOTFOUND);
    assert_int_equal(neume_audio_write_file("a.ogg", &one, 1, -5), NEUME_EINVAL);
    assert_int_equal(access("a.mp3", F_OK), -1);
    assert_int_equal(access("a.ogg", F_OK), -1);
}

static void test_channels_are_averaged(void **state) {
    (void)state;
    const int counts[] = {1, 2, 6, 32, 1024};
    enum { FRAMES = 300 };
    for (int i = 0; i < 5; i++) {
        int channels = counts[i];
        float *items = calloc((size_t)FRAMES * (size_t)channels, sizeof *items), mean[FRAMES], *back = NULL;
        size_t count = 0;
        neume_rng rng = neume_rng_seeded(3, (uint64_t)channels);
        for (int t = 0; t < FRAMES; t++) {
            double sum = 0;
            for (int c = 0; c < channels; c++)
                sum += (double)(items[t * channels + c] = (float)neume_rng_uniform(&rng, -1, 1));
            mean[t] = (float)(sum / channels);
        }
        write_with_channels("many.wav", SF_FORMAT_WAVEX | SF_FORMAT_FLOAT, 48000, channels, items, FRAMES);
        assert_ok(neume_audio_read_file("many.wav", 48000, 1e9, &back, &count));
        assert_int_equal(count, FRAMES);
        assert_floats_close(back, mean, FRAMES, 1e-5, 1e-6);
        neume__free(back);
        free(items);
    }
}

static void test_nan_and_infinity_are_silence_and_wild_values_are_tamed(void **state) {
    (void)state;
    const float items[] = {NAN, INFINITY, -INFINITY, 3e38f, -0.5f}, expected[] = {0, 0, 0, 16, -0.5f};
    float *back = NULL;
    size_t count = 0;
    write_with_channels("nan.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 22050, 1, items, 5);
    assert_ok(neume_audio_read_file("nan.wav", 22050, 1, &back, &count));
    assert_int_equal(count, 5);
    assert_memory_equal(back, expected, sizeof expected);
    neume__free(back);
}

/* The centre of gravity of |x|^2 about the click. */
static double click_s(const float *samples, size_t count, double rate_hz) {
    double weighted = 0, total = 0;
    for (size_t i = 0; i < count; i++) {
        double energy = (double)samples[i] * (double)samples[i];
        weighted += energy * (double)i / rate_hz;
        total += energy;
    }
    return weighted / total;
}

static void test_resampling_keeps_a_click_at_its_time_and_the_length(void **state) {
    (void)state;
    const int rates_hz[] = {8000, 44100, 48000, 96000, 192000};
    for (int i = 0; i < 5; i++) {
        size_t frames = (size_t)rates_hz[i], count = 0;
        float *items = calloc(frames, sizeof *items), *back = NULL;
        items[frames / 4] = 0.9f;
        write_with_channels("click.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, rates_hz[i], 1, items, frames);
        assert_ok(neume_audio_read_file("click.wav", SECOND, 1e9, &back, &count));
        assert_true(count >= SECOND - 1 && count <= SECOND + 1);
        double at_s = click_s(back, count, SECOND);
        if (!(fabs(at_s - 0.25) < 1e-4)) fail_msg("%d Hz: the click came at %.6f s, not 0.25", rates_hz[i], at_s);
        neume__free(back);
        free(items);
    }
}

static void test_resampled_music_is_the_same_music(void **state) {
    (void)state;
    static float high[96000], low[SECOND];
    float *back = NULL;
    size_t count = 0;
    fill_music(high, 96000, 48000);
    fill_music(low, SECOND, SECOND);
    write_with_channels("48.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 48000, 1, high, 96000);
    assert_ok(neume_audio_read_file("48.wav", SECOND, 1e9, &back, &count));
    assert_true(count >= 2 * SECOND - 1);
    assert_snr_db(back + 200, low + 200, SECOND - 200, 80); /* off the hard edge at the start */
    neume__free(back);
}

static void test_reads_of_any_size_give_the_same_samples(void **state) {
    (void)state;
    static float music[SECOND], parts[2 * SECOND];
    float *whole = NULL;
    size_t whole_count = 0, at = 0, got = 1;
    fill_music(music, SECOND, 44100);
    assert_ok(neume_audio_write_file("s.flac", music, SECOND, 44100));
    assert_ok(neume_audio_read_file("s.flac", 16000, 1e9, &whole, &whole_count));
    neume_audio_reader *reader = NULL;
    assert_ok(neume_audio_open("s.flac", 16000, &reader));
    assert_true(fabs(neume_audio_claimed_s(reader) - 0.5) < 1e-6);
    for (size_t size = 1; got; size = size * 3 % 1000 + 1, at += got)
        assert_ok(neume_audio_read(reader, parts + at, size, &got));
    neume_audio_close(reader);
    assert_int_equal(at, whole_count);
    assert_memory_equal(parts, whole, at * sizeof *parts);
    neume__free(whole);
}

static void test_one_sample_is_a_recording_and_none_is_not(void **state) {
    (void)state;
    const float one = 0.5f;
    float *back = NULL;
    size_t count = 0;
    assert_ok(neume_audio_write_file("one.wav", &one, 1, 22050));
    assert_ok(neume_audio_read_file("one.wav", 22050, 1, &back, &count));
    assert_int_equal(count, 1);
    assert_true(back[0] == 0.5f);
    neume__free(back);
    assert_ok(neume_audio_write_file("none.wav", NULL, 0, 22050));
    assert_int_equal(open_status("none.wav"), NEUME_EFORMAT);
}

static void test_limit_cuts_the_recording(void **state) {
    (void)state;
    static float music[SECOND];
    float *back = NULL;
    size_t count = 0;
    assert_ok(neume_audio_write_file("l.wav", music, SECOND, SECOND));
    assert_ok(neume_audio_read_file("l.wav", SECOND, 0.5, &back, &count));
    assert_int_equal(count, SECOND / 2);
    for (size_t i = 0; i < count; i++) assert_true(back[i] == 0);
    neume__free(back);
}

static void test_what_is_no_recording_is_said_in_one_line(void **state) {
    (void)state;
    const char *text = "Twinkle, twinkle, little star\nHow I wonder what you are\n", *pdf = "%PDF-1.7\n1 0 obj\n";
    assert_ok(neume_file_write("song.txt", text, strlen(text)));
    assert_ok(neume_file_write("song.pdf", pdf, strlen(pdf)));
    assert_ok(neume_file_write("empty.wav", "", 0));
    assert_int_equal(mkdir("folder.wav", 0700), 0);
    assert_int_equal(open_status("song.txt"), NEUME_EFORMAT);
    assert_string_equal(neume_error_message(), "song.txt: not a recording neume can read");
    assert_int_equal(open_status("song.pdf"), NEUME_EFORMAT);
    assert_int_equal(open_status("empty.wav"), NEUME_EFORMAT);
    assert_string_equal(neume_error_message(), "empty.wav: empty");
    assert_int_equal(open_status("folder.wav"), NEUME_EFORMAT);
    assert_int_equal(open_status("missing.wav"), NEUME_ENOTFOUND);
    neume_audio_reader *reader = NULL;
    assert_int_equal(neume_audio_open("song.txt", NAN, &reader), NEUME_EINVAL);
    assert_null(reader);
}

static int lowest_free_descriptor(void) {
    int file = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    close(file);
    return file;
}

static void test_opening_leaves_no_descriptor_open_or_wrongly_closed(void **state) {
    (void)state;
    const float one = 0.5f;
    assert_ok(neume_file_write("song.txt", "la la la", 8));
    assert_ok(neume_audio_write_file("one.wav", &one, 1, 22050));
    int before = lowest_free_descriptor(), kept[40];
    for (int i = 0; i < 40; i++) kept[i] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(open_status("song.txt"), NEUME_EFORMAT);
        assert_ok(open_status("one.wav"));
    }
    for (int i = 39; i >= 0; i--) {
        assert_int_equal(close(kept[i]), 0);
        assert_int_equal(lowest_free_descriptor(), kept[i]);
    }
    assert_int_equal(lowest_free_descriptor(), before);
}

static void test_rates_that_are_none_are_refused(void **state) {
    (void)state;
    const float one = 0.5f;
    write_with_channels("slow.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 999, 1, &one, 1);
    write_with_channels("fast.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 768001, 1, &one, 1);
    write_with_channels("just.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 1000, 1, &one, 1);
    setenv("NEUME_FFMPEG", "", 1);
    assert_int_equal(open_status("slow.wav"), NEUME_EFORMAT);
    assert_int_equal(open_status("fast.wav"), NEUME_EFORMAT);
    assert_ok(open_status("just.wav"));
    unsetenv("NEUME_FFMPEG");
}

/* Reads to the end; counts how often a break was told. */
static size_t read_broken(const char *path, float *samples, size_t capacity, int *breaks) {
    neume_audio_reader *reader = NULL;
    size_t total = 0, got = 1;
    *breaks = 0;
    assert_ok(neume_audio_open(path, 22050, &reader));
    while (total < capacity) {
        neume_status status =
            neume_audio_read(reader, samples + total, capacity - total < 999 ? capacity - total : 999, &got);
        total += got;
        if (status == NEUME_EFORMAT)
            ++*breaks;
        else
            assert_ok(status);
        if (!got && !status) break;
    }
    neume_audio_close(reader);
    return total;
}

static void test_a_cut_file_gives_what_is_left_and_flac_tells_once(void **state) {
    (void)state;
    static float music[20 * SECOND], back[21 * SECOND];
    fill_music(music, 20 * SECOND, SECOND);
    const char *paths[] = {"c.wav", "c.flac", "c.ogg"}, *cut_paths[] = {"cut.wav", "cut.flac", "cut.ogg"};
    const double shares[] = {0.9, 0.7, 0.5};
    for (int i = 0; i < 3; i++) {
        assert_ok(neume_audio_write_file(paths[i], music, 20 * SECOND, SECOND));
        for (int s = 0; s < 3; s++) {
            int breaks;
            copy_start(paths[i], cut_paths[i], shares[s]);
            size_t count = read_broken(cut_paths[i], back, 21 * SECOND, &breaks);
            if (!(count > SECOND && count < 20 * SECOND))
                fail_msg("%s at %.1f: %zu samples", paths[i], shares[s], count);
            if (i == 1) assert_int_equal(breaks, 1); /* wav and ogg count by what is there */
            assert_snr_db(back, music, count - SECOND / 4, i == 2 ? 15 : 60);
        }
    }
}

/* Ten seconds of silence, then ten of noise; the frame count that LAME puts into the first frame is struck out. */
static void write_mp3_without_count(const char *path) {
    static float samples[20 * SECOND];
    SF_INFO info = {.samplerate = SECOND, .channels = 1, .format = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III};
    neume_rng rng = neume_rng_seeded(5, 5);
    for (int i = 10 * SECOND; i < 20 * SECOND; i++) samples[i] = (float)neume_rng_uniform(&rng, -0.5, 0.5);
    int varying = SF_BITRATE_MODE_VARIABLE;
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    sf_command(file, SFC_SET_BITRATE_MODE, &varying, sizeof varying);
    assert_int_equal(sf_writef_float(file, samples, 20 * SECOND), 20 * SECOND);
    sf_close(file);
    neume_buffer bytes = {0};
    assert_ok(neume_file_read(path, 1 << 28, &bytes));
    char *mark = memmem(bytes.data, 2000, "Xing", 4);
    if (!mark) mark = memmem(bytes.data, 2000, "Info", 4);
    assert_non_null(mark);
    memset(mark, 0, 4);
    assert_ok(neume_file_write(path, bytes.data, bytes.size));
    neume_buffer_clear(&bytes);
}

static void test_an_mp3_that_does_not_count_its_frames_is_read_to_its_end(void **state) {
    (void)state;
    SF_INFO info = {.samplerate = SECOND, .channels = 1, .format = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III};
    if (!sf_format_check(&info)) skip();
    float *back = NULL;
    size_t count = 0;
    write_mp3_without_count("vbr.mp3");
    assert_ok(neume_audio_read_file("vbr.mp3", SECOND, 1e9, &back, &count));
    assert_true(count >= 20 * SECOND && count < 20 * SECOND + SECOND / 2);
    neume__free(back);
}

static void test_a_header_without_sound_is_refused(void **state) {
    (void)state;
    static float music[SECOND];
    const char *paths[] = {"h.wav", "h.flac", "h.ogg"}, *cut_paths[] = {"hc.wav", "hc.flac", "hc.ogg"};
    fill_music(music, SECOND, SECOND);
    setenv("NEUME_FFMPEG", "", 1);
    for (int i = 0; i < 3; i++) {
        assert_ok(neume_audio_write_file(paths[i], music, SECOND, SECOND));
        copy_start(paths[i], cut_paths[i], 0.001);
        neume_status status = open_status(cut_paths[i]);
        if (status != NEUME_EFORMAT && status != NEUME_EUNSUPPORTED) fail_msg("%s: %d", cut_paths[i], status);
    }
    unsetenv("NEUME_FFMPEG");
}

static void *pour(void *path) {
    neume_buffer bytes = {0};
    assert_ok(neume_file_read("p.flac", 1 << 28, &bytes));
    assert_ok(neume_file_write(path, bytes.data, bytes.size)); /* a fifo is written in place */
    neume_buffer_clear(&bytes);
    return NULL;
}

static void test_a_pipe_is_read_like_a_file(void **state) {
    (void)state;
    static float music[3 * SECOND];
    char fifo[] = "fifo";
    float *file = NULL, *pipe = NULL;
    size_t file_count = 0, pipe_count = 0;
    pthread_t pourer;
    fill_music(music, 3 * SECOND, SECOND);
    assert_ok(neume_audio_write_file("p.flac", music, 3 * SECOND, SECOND));
    assert_ok(neume_audio_read_file("p.flac", SECOND, 1e9, &file, &file_count));
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(pthread_create(&pourer, NULL, pour, fifo), 0);
    assert_ok(neume_audio_read_file(fifo, SECOND, 1e9, &pipe, &pipe_count));
    pthread_join(pourer, NULL);
    assert_int_equal(pipe_count, file_count);
    assert_memory_equal(pipe, file, file_count * sizeof *file);
    neume__free(file);
    neume__free(pipe);
}

static void test_standard_input_is_read_like_a_file(void **state) {
    (void)state;
    const float two[] = {0.5f, -0.25f};
    float *back = NULL;
    size_t count = 0;
    assert_ok(neume_audio_write_file("in.wav", two, 2, 22050));
    int kept = dup(STDIN_FILENO), file = open("in.wav", O_RDONLY);
    assert_true(dup2(file, STDIN_FILENO) == STDIN_FILENO);
    assert_ok(neume_audio_read_file("-", 22050, 1, &back, &count));
    if (kept >= 0) dup2(kept, STDIN_FILENO);
    close(kept);
    close(file);
    assert_int_equal(count, 2);
    assert_memory_equal(back, two, sizeof two);
    neume__free(back);
}

/* One quiet second in any format, with a title and an artist. */
static void write_tagged(const char *path, int format, const char *title, const char *artist) {
    static float silence[SECOND];
    SF_INFO info = {.samplerate = SECOND, .channels = 1, .format = format};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    if (title) assert_int_equal(sf_set_string(file, SF_STR_TITLE, title), 0);
    if (artist) assert_int_equal(sf_set_string(file, SF_STR_ARTIST, artist), 0);
    assert_int_equal(sf_writef_float(file, silence, SECOND), SECOND);
    sf_close(file);
}

static void assert_tags(const char *path, const char *title, const char *artist) {
    neume_audio_reader *reader = NULL;
    assert_ok(neume_audio_open(path, SECOND, &reader));
    assert_string_equal(neume_audio_tags_of(reader)->title, title);
    assert_string_equal(neume_audio_tags_of(reader)->artist, artist);
    neume_audio_close(reader);
}

static void test_tags_tell_title_and_artist(void **state) {
    (void)state;
    static const struct {
        const char *path;
        int format;
    } cases[] = {{"t.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
                 {"t.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
                 {"t.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_tagged(cases[i].path, cases[i].format, "Mod\xC3\xA9r\xC3\xA9", "C. Petzold");
        assert_tags(cases[i].path, "Mod\xC3\xA9r\xC3\xA9", "C. Petzold");
    }
    write_tagged("none.flac", cases[0].format, NULL, NULL);
    assert_tags("none.flac", "", "");
}

static void test_tags_are_cleaned_and_bounded(void **state) {
    (void)state;
    char title[600], wanted[256];
    memset(title, 'x', sizeof title - 1), title[sizeof title - 1] = '\0';
    memset(wanted, 'x', sizeof wanted - 1), wanted[sizeof wanted - 1] = '\0';
    write_tagged("long.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, title, "A\nB\x1B[31m \xE9\xC2\x85");
    assert_tags("long.wav", wanted, "A B[31m");
}

static bool ffmpeg_is_here(void) {
    return system("ffmpeg -version >/dev/null 2>&1") == 0;
}

static void test_ffmpeg_reads_what_libsndfile_cannot_by_any_name(void **state) {
    (void)state;
    if (!ffmpeg_is_here()) skip();
    static float music[3 * SECOND];
    float *back = NULL;
    size_t count = 0;
    fill_music(music, 3 * SECOND, SECOND);
    assert_ok(neume_audio_write_file("-weird:name.wav", music, 3 * SECOND, SECOND));
    assert_ok(open_status("-weird:name.wav"));
    assert_int_equal(system("ffmpeg -nostdin -v error -i file:-weird:name.wav -c:a alac file:-weird:name.m4a"), 0);
    assert_ok(neume_audio_read_file("-weird:name.m4a", SECOND, 1e9, &back, &count));
    assert_int_equal(count, 3 * SECOND);
    assert_floats_close(back, music, count, 0, 0.5001 / 32768); /* ALAC loses nothing */
    neume__free(back);
}

static void test_a_reader_of_ffmpeg_may_be_closed_early(void **state) {
    (void)state;
    if (!ffmpeg_is_here()) skip();
    assert_int_equal(system("ffmpeg -nostdin -v error -f lavfi -i sine=d=120 -c:a alac long.m4a"), 0);
    neume_audio_reader *reader = NULL;
    assert_ok(neume_audio_open("long.m4a", 44100, &reader));
    neume_audio_close(reader); /* would hang here, were the child waited for without being stopped */
    copy_start("long.m4a", "cut.m4a", 0.5);
    assert_int_equal(open_status("cut.m4a"), NEUME_EFORMAT); /* its index was at the end */
}

static void test_ffmpeg_tells_tags_too(void **state) {
    (void)state;
    if (!ffmpeg_is_here()) skip();
    assert_int_equal(system("ffmpeg -nostdin -v error -f lavfi -i sine=d=1 -metadata title='One; two = 3\\4' -metadata "
                            "artist=Player -metadata composer='Petzold #1' -c:a alac tagged.m4a"),
                     0);
    assert_tags("tagged.m4a", "One; two = 3\\4", "Petzold #1");
    assert_int_equal(system("ffmpeg -nostdin -v error -f lavfi -i sine=d=1 -metadata artist=Player -c:a alac by.m4a"),
                     0);
    assert_tags("by.m4a", "", "Player");
}

static void test_without_ffmpeg_a_foreign_file_says_what_it_needs(void **state) {
    (void)state;
    const char m4a[] = "\0\0\0\x20"
                       "ftypM4A \0\0\0\0M4A mp42isom";
    assert_ok(neume_file_write("a.m4a", m4a, sizeof m4a));
    setenv("NEUME_FFMPEG", "", 1);
    assert_int_equal(open_status("a.m4a"), NEUME_EUNSUPPORTED);
    assert_non_null(strstr(neume_error_message(), "ffmpeg"));
    setenv("NEUME_FFMPEG", "/no/such/ffmpeg", 1);
    assert_int_equal(open_status("a.m4a"), NEUME_EUNSUPPORTED);
    assert_non_null(strstr(neume_error_message(), "/no/such/ffmpeg"));
    unsetenv("NEUME_FFMPEG");
}

static neume_status there_and_back(void *context) {
    (void)context;
    static float music[SECOND];
    float *back = NULL;
    size_t count = 0;
    NEUME_TRY(neume_audio_write_file("sweep.flac", music, SECOND, SECOND));
    NEUME_TRY(neume_audio_read_file("sweep.flac", 16000, 1e9, &back, &count));
    neume__free(back);
    return NEUME_OK;
}

static void test_every_failed_allocation_is_told_and_leaks_nothing(void **state) {
    (void)state;
    sweep_allocation_failures(there_and_back, NULL);
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        in_folder(test_wav_and_flac_come_back_to_half_a_step_and_ogg_to_20_db),
        in_folder(test_writing_clips_and_silences_what_is_no_number),
        in_folder(test_a_name_that_cannot_be_written_is_told_and_leaves_nothing),
        in_folder(test_channels_are_averaged),
        in_folder(test_nan_and_infinity_are_silence_and_wild_values_are_tamed),
        in_folder(test_resampling_keeps_a_click_at_its_time_and_the_length),
        in_folder(test_resampled_music_is_the_same_music),
        in_folder(test_reads_of_any_size_give_the_same_samples),
        in_folder(test_one_sample_is_a_recording_and_none_is_not),
        in_folder(test_limit_cuts_the_recording),
        in_folder(test_what_is_no_recording_is_said_in_one_line),
        in_folder(test_opening_leaves_no_descriptor_open_or_wrongly_closed),
        in_folder(test_rates_that_are_none_are_refused),
        in_folder(test_a_cut_file_gives_what_is_left_and_flac_tells_once),
        in_folder(test_an_mp3_that_does_not_count_its_frames_is_read_to_its_end),
        in_folder(test_a_header_without_sound_is_refused),
        in_folder(test_a_pipe_is_read_like_a_file),
        in_folder(test_standard_input_is_read_like_a_file),
        in_folder(test_tags_tell_title_and_artist),
        in_folder(test_tags_are_cleaned_and_bounded),
        in_folder(test_ffmpeg_tells_tags_too),
        in_folder(test_ffmpeg_reads_what_libsndfile_cannot_by_any_name),
        in_folder(test_a_reader_of_ffmpeg_may_be_closed_early),
        in_folder(test_without_ffmpeg_a_foreign_file_says_what_it_needs),
        in_folder(test_every_failed_allocation_is_told_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
