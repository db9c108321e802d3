#include "CBLAS.h"
int tfconv_blas_load(void) { return 0; }
