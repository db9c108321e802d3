#ifndef TFCONV_CBLAS_H
#define TFCONV_CBLAS_H
int tfconv_blas_load(void);
#endif
