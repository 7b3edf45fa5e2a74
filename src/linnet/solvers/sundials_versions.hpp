#pragma once

#include <arkode/arkode_erkstep.h>
#include <cvode/cvode.h>
#include <sundials/sundials_config.h>

// SUNDIALS 6.4 and SUNDIALS 7.1, in the words of the later: ARKODE has one set of functions for all of its integrators,
// and what is printed is a matter of the context. SUNDIALS is to print nothing: failures are reported by return codes.

namespace linnet::sundials {

#if SUNDIALS_VERSION_MAJOR < 7

inline int create(SUNContext* context) { return SUNContext_Create(nullptr, context); }

inline void ignore_message(int, const char*, const char*, char*, void*) {}
inline int silence_cvode(void* memory) { return CVodeSetErrHandlerFn(memory, ignore_message, nullptr); }
inline int silence_arkode(void* memory) { return ERKStepSetErrHandlerFn(memory, ignore_message, nullptr); }

// NOLINTBEGIN(readability-identifier-naming): these are the names of SUNDIALS 7.
inline int ARKodeEvolve(void* memory, double t_end, N_Vector y, double* t, int task) {
  return ERKStepEvolve(memory, t_end, y, t, task);
}
inline int ARKodeGetDky(void* memory, double t, int order, N_Vector y) { return ERKStepGetDky(memory, t, order, y); }
inline int ARKodeGetNumErrTestFails(void* memory, long* count) { return ERKStepGetNumErrTestFails(memory, count); }
inline int ARKodeSetUserData(void* memory, void* data) { return ERKStepSetUserData(memory, data); }
inline int ARKodeSStolerances(void* memory, double rtol, double atol) {
  return ERKStepSStolerances(memory, rtol, atol);
}
inline int ARKodeSetMaxNumSteps(void* memory, long count) { return ERKStepSetMaxNumSteps(memory, count); }
inline int ARKodeSetStopTime(void* memory, double t) { return ERKStepSetStopTime(memory, t); }
inline void ARKodeFree(void** memory) { ERKStepFree(memory); }
// NOLINTEND(readability-identifier-naming)

#else

inline int create(SUNContext* context) {
  const int code = SUNContext_Create(SUN_COMM_NULL, context);
  return code != 0 ? code : SUNContext_ClearErrHandlers(*context);
}

inline int silence_cvode(void*) { return 0; }
inline int silence_arkode(void*) { return 0; }

#endif

}  // namespace linnet::sundials
