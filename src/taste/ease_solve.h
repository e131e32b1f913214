/* The linear algebra of EASE, in double precision. */
#ifndef NEUME_TASTE_EASE_SOLVE_H
#define NEUME_TASTE_EASE_SOLVE_H

#include "sparse.h"

/* With X (rows x items) and lambda, P = (X'X + lambda I)^-1.
 * Primal: P itself, (items, items). Dual: K^-1 = (XX' + lambda I)^-1, (rows, rows), from which, by the identity of
 * Woodbury, P = (I - X' K^-1 X) / lambda. Both are symmetric and given whole; free with neume__free(). */
NEUME_MUST neume_status neume__ease_primal(const neume_sparse *x, double lambda, double **p);
NEUME_MUST neume_status neume__ease_dual(const neume_sparse *x, double lambda, double **k_inverse);
/* The diagonal of P from the dual form, (items). x_back: X turned over. */
NEUME_MUST neume_status neume__ease_diagonal(const neume_sparse *x_back, double lambda, const double *k_inverse,
                                             double *diagonal);

#endif
