// Product of matrices in double precision.
#define NUMBER double
#define MATRIX matrix_double
#include "matrix.h"
