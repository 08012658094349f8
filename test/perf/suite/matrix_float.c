// Product of matrices in single precision.
#define NUMBER float
#define MATRIX matrix_float
#include "matrix.h"
