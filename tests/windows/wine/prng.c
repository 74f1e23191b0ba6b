/* Go programs need ProcessPrng of bcryptprimitives.dll, which Wine has from version 9 on and Debian's does not. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T n) { return RtlGenRandom(data, (ULONG)n); }
