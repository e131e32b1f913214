#include "fluid.h"

#include <pthread.h>

/* The first synthesiser of a process fills the default modulators that all share, and FluidSynth 2.3 lets a second
 * thread go on meanwhile: its notes would sound as if all keys were struck alike. So they are made one at a time. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static void say_nothing(int level, const char *message, void *data) {
    (void)level, (void)message, (void)data;
}

neume_status neume__fluid_settle(fluid *f, double rate_hz, double gain) {
    pthread_mutex_lock(&one_at_a_time);
    for (int level = FLUID_PANIC; level <= FLUID_DBG; level++) fluid_set_log_function(level, say_nothing, NULL);
    f->settings = new_fluid_settings();
    pthread_mutex_unlock(&one_at_a_time);
    if (!f->settings) return neume_fail(NEUME_ENOMEM, "FluidSynth has no memory for its settings");
    fluid_settings_setnum(f->settings, "synth.sample-rate", rate_hz);
    fluid_settings_setint(f->settings, "synth.reverb.active", 0);
    fluid_settings_setint(f->settings, "synth.chorus.active", 0);
    fluid_settings_setnum(f->settings, "synth.gain", gain);
    return NEUME_OK;
}

neume_status neume__fluid_start(fluid *f, const char *font) {
    pthread_mutex_lock(&one_at_a_time);
    f->synth = new_fluid_synth(f->settings);
    pthread_mutex_unlock(&one_at_a_time);
    if (!f->synth) return neume_fail(NEUME_ENOMEM, "FluidSynth could not start");
    f->font = fluid_synth_sfload(f->synth, font, 1);
    if (f->font == FLUID_FAILED) return neume_fail(NEUME_EFORMAT, "%s: FluidSynth cannot read this font", font);
    return NEUME_OK;
}

void neume__fluid_clear(fluid *f) {
    if (f->synth) delete_fluid_synth(f->synth);
    if (f->settings) delete_fluid_settings(f->settings);
}
