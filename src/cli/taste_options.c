#include "taste_options.h"

const taste_wishes taste_wishes_none = {-1, -1, -1, -1, -1, -1, -1, -1, -1};

neume_taste_wishes taste_wishes_of(const taste_wishes *w) {
    return (neume_taste_wishes){w->regularisation, w->confidence, w->damping,    w->tag_weight, w->plays_power,
                                w->factors,        w->sweeps,     w->neighbours, w->seed};
}
