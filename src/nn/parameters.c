/* What training changes: one array with everything that goes with it, and the list of a model's arrays in order. */
#include "neume/nn.h"

#include "gguf.h"

#include <string.h>

/* GGUF allows names of 64 bytes, and the optimiser's state is kept under "average." and this name. */
enum { NAME_LONGEST = 64 - 8 };

static neume_status set_name(neume_parameter *parameter, const neume_parameter_spec *spec) {
    int length = snprintf(parameter->name, sizeof parameter->name, "%s.%s", spec->prefix, spec->name);
    if (length < 0 || length > NAME_LONGEST)
        return neume_fail(NEUME_EINVAL, "the parameter name '%s.%s' is longer than %d", spec->prefix, spec->name,
                          NAME_LONGEST);
    return NEUME_OK;
}

neume_status neume_parameter_init(neume_parameter *parameter, neume_parameters *list, const neume_parameter_spec *spec,
                                  neume_rng *rng, int rank, const int64_t *dim) {
    neume_parameter made = {.decay = spec->decay, .statistic = spec->statistic};
    NEUME_TRY(set_name(&made, spec));
    NEUME_TRY(neume__grow((void **)&list->items, &list->capacity, list->count + 1, sizeof *list->items));
    NEUME_TRY(neume_tensor_shape(&made.value, NEUME_F32, rank, dim));
    float *value = neume_f32(&made.value);
    int64_t n = neume_tensor_count(&made.value);
    for (int64_t i = 0; i < n; i++)
        value[i] = spec->offset + (rng && spec->scale != 0 ? spec->scale * (float)neume_rng_normal(rng) : 0.0f);
    *parameter = made;
    list->items[list->count++] = parameter;
    return NEUME_OK;
}

void neume_parameter_clear(neume_parameter *parameter) {
    neume_tensor_clear(&parameter->value);
    neume_tensor_clear(&parameter->gradient);
    neume_tensor_clear(&parameter->m);
    neume_tensor_clear(&parameter->v);
    neume_tensor_clear(&parameter->average);
    *parameter = (neume_parameter){0};
}

void neume_parameters_clear(neume_parameters *list) {
    neume__free(list->items);
    *list = (neume_parameters){0};
}

static neume_status shape_like(neume_tensor *tensor, const neume_tensor *model) {
    NEUME_TRY(neume_tensor_shape(tensor, NEUME_F32, model->rank, model->dim));
    neume_tensor_zero(tensor);
    return NEUME_OK;
}

static void copy(neume_tensor *to, const neume_tensor *from) {
    memcpy(to->data, from->data, neume_tensor_bytes(from));
}

neume_status neume_parameters_prepare_training(neume_parameters *list) {
    for (size_t i = 0; i < list->count; i++) {
        neume_parameter *parameter = list->items[i];
        NEUME_TRY(shape_like(&parameter->average, &parameter->value));
        copy(&parameter->average, &parameter->value);
        if (parameter->statistic) continue;
        NEUME_TRY(shape_like(&parameter->gradient, &parameter->value));
        NEUME_TRY(shape_like(&parameter->m, &parameter->value));
        NEUME_TRY(shape_like(&parameter->v, &parameter->value));
    }
    return NEUME_OK;
}

void neume_parameters_zero_gradients(neume_parameters *list) {
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i]->gradient.data) neume_tensor_zero(&list->items[i]->gradient);
}

void neume_parameters_swap_average(neume_parameters *list) {
    for (size_t i = 0; i < list->count; i++) {
        neume_parameter *parameter = list->items[i];
        if (!parameter->average.data) continue;
        neume_tensor value = parameter->value;
        parameter->value = parameter->average;
        parameter->average = value;
    }
}

int64_t neume_parameters_count(const neume_parameters *list) {
    int64_t count = 0;
    for (size_t i = 0; i < list->count; i++) count += neume_tensor_count(&list->items[i]->value);
    return count;
}

/* --- to and from a file ------------------------------------------------------------------------------------------- */

/* The arrays kept beside the value, in the order of the list below. */
enum { STATES = 3 };
static const char *const state_prefix[STATES] = {"average", "adam.m", "adam.v"};

/* Statistics are averaged, but no optimiser moves them. */
static int state_count(const neume_parameter *parameter) {
    return parameter->statistic ? 1 : STATES;
}

static neume_tensor *state_of(neume_parameter *parameter, int state) {
    neume_tensor *const tensors[STATES] = {&parameter->average, &parameter->m, &parameter->v};
    return tensors[state];
}

static void state_name(const neume_parameter *parameter, int state, char name[96]) {
    snprintf(name, 96, "%s.%s", state_prefix[state], parameter->name);
}

static neume_status save_state(neume_parameter *parameter, neume_gguf_writer *writer) {
    for (int state = 0; state < state_count(parameter); state++) {
        char name[96];
        const neume_tensor *tensor = state_of(parameter, state);
        if (!tensor->data)
            return neume_fail(NEUME_EINVAL, "parameter '%s' was not prepared for training", parameter->name);
        state_name(parameter, state, name);
        NEUME_TRY(neume_gguf_add_tensor(writer, name, tensor, false));
    }
    return NEUME_OK;
}

/* Only matrices are halved: vectors cost little, and a running variance may not fit. */
neume_status neume_parameters_save(const neume_parameters *list, neume_gguf_writer *writer, const neume_adamw *adam,
                                   bool half) {
    if (adam) NEUME_TRY(neume_gguf_set_integer(writer, "adam.step", adam->step));
    for (size_t i = 0; i < list->count; i++) {
        neume_parameter *parameter = list->items[i];
        bool halved = half && parameter->value.rank > 1;
        NEUME_TRY(neume_gguf_add_tensor(writer, parameter->name, &parameter->value, halved));
        if (adam) NEUME_TRY(save_state(parameter, writer));
    }
    return NEUME_OK;
}

static neume_status check_state(neume_parameter *parameter, const neume_gguf *gguf) {
    for (int state = 0; state < state_count(parameter); state++) {
        char name[96];
        const neume_tensor *tensor = state_of(parameter, state);
        if (!tensor->data)
            return neume_fail(NEUME_EINVAL, "parameter '%s' was not prepared for training", parameter->name);
        state_name(parameter, state, name);
        NEUME_TRY(neume__gguf_check(gguf, name, tensor));
    }
    return NEUME_OK;
}

static neume_status load_state(neume_parameter *parameter, const neume_gguf *gguf) {
    for (int state = 0; state < state_count(parameter); state++) {
        char name[96];
        neume_tensor *tensor = state_of(parameter, state);
        state_name(parameter, state, name);
        NEUME_TRY(neume_gguf_tensor(gguf, name, tensor));
    }
    return NEUME_OK;
}

/* Everything is checked before anything is changed. */
neume_status neume_parameters_load(neume_parameters *list, const neume_gguf *gguf, neume_adamw *adam) {
    int64_t step = neume_gguf_integer(gguf, "adam.step", -1);
    if (adam && step < 0) return neume_fail(NEUME_EFORMAT, "the file holds no optimiser state");
    for (size_t i = 0; i < list->count; i++) {
        NEUME_TRY(neume__gguf_check(gguf, list->items[i]->name, &list->items[i]->value));
        if (adam) NEUME_TRY(check_state(list->items[i], gguf));
    }
    for (size_t i = 0; i < list->count; i++) {
        neume_parameter *parameter = list->items[i];
        NEUME_TRY(neume_gguf_tensor(gguf, parameter->name, &parameter->value));
        if (adam)
            NEUME_TRY(load_state(parameter, gguf));
        else if (parameter->average.data)
            copy(&parameter->average, &parameter->value);
    }
    if (adam) adam->step = step;
    return NEUME_OK;
}

/* The file's array may have more columns than wanted: the first are taken. */
static bool borrow_columns(neume_parameter *parameter, const neume_gguf *gguf) {
    neume_tensor *value = &parameter->value, wide = {0};
    int64_t last = value->rank - 1, columns = value->dim[last], dim[NEUME_RANK_MAX];
    memcpy(dim, value->dim, sizeof dim);
    dim[last] = neume_gguf_columns(gguf, parameter->name);
    bool good = dim[last] > columns && neume_tensor_shape(&wide, NEUME_F32, value->rank, dim) == NEUME_OK &&
                neume_gguf_tensor(gguf, parameter->name, &wide) == NEUME_OK;
    for (int64_t i = 0; good && i < neume_tensor_count(value); i++)
        neume_f32(value)[i] = neume_f32(&wide)[i / columns * dim[last] + i % columns];
    neume_tensor_clear(&wide);
    return good;
}

/* The file has fewer rows of the same width: they become the first. */
static bool borrow_rows(neume_parameter *parameter, const neume_gguf *gguf) {
    neume_tensor *value = &parameter->value, few = {0};
    if (value->rank != 2 || neume_gguf_columns(gguf, parameter->name) != value->dim[1]) return false;
    int64_t rows = neume_gguf_rows(gguf, parameter->name);
    bool good = rows >= 1 && rows < value->dim[0] &&
                neume_tensor_shape(&few, NEUME_F32, NEUME_DIMS(rows, value->dim[1])) == NEUME_OK &&
                neume_gguf_tensor(gguf, parameter->name, &few) == NEUME_OK;
    if (good) memcpy(value->data, few.data, neume_tensor_bytes(&few));
    neume_tensor_clear(&few);
    return good;
}

size_t neume_parameters_borrow(neume_parameters *list, const neume_gguf *gguf) {
    size_t taken = 0;
    for (size_t i = 0; i < list->count; i++) {
        neume_parameter *parameter = list->items[i];
        if (neume_gguf_columns(gguf, parameter->name) == 0) continue;
        if (neume_gguf_tensor(gguf, parameter->name, &parameter->value) != NEUME_OK &&
            !borrow_columns(parameter, gguf) && !borrow_rows(parameter, gguf))
            continue;
        if (parameter->average.data) copy(&parameter->average, &parameter->value);
        taken++;
    }
    return taken;
}
