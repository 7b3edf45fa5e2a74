#pragma once

// The OpenBLAS of PyPI has a prefix before all of its names, so that several copies get along in one process.
#ifdef BLAS_SYMBOL_PREFIX
#define LINNET_JOINED(prefix, name) prefix##name
#define LINNET_PREFIXED(prefix, name) LINNET_JOINED(prefix, name)
#define blas_memory_alloc LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, blas_memory_alloc)
#define blas_memory_free LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, blas_memory_free)
#define dgemm_ LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, dgemm_)
#define dgeqrf_ LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, dgeqrf_)
#define dgesdd_ LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, dgesdd_)
#define dlasq1_ LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, dlasq1_)
#define dorgqr_ LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, dorgqr_)
#define dpotrf_ LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, dpotrf_)
#define dsyevd_ LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, dsyevd_)
#define dsyrk_ LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, dsyrk_)
#define dsytrf_ LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, dsytrf_)
#define dtrsm_ LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, dtrsm_)
#define gotoblas_dynamic_init LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, gotoblas_dynamic_init)
#define gotoblas_dynamic_quit LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, gotoblas_dynamic_quit)
#define openblas_get_config LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, openblas_get_config)
#define openblas_get_corename LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, openblas_get_corename)
#define openblas_get_num_threads LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, openblas_get_num_threads)
#define openblas_set_num_threads LINNET_PREFIXED(BLAS_SYMBOL_PREFIX, openblas_set_num_threads)
#endif
