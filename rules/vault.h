/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for keys, one for the program: locked, in no core dump, in no child,
 * and wiped when it is given back.  Used by one thread at a time.
 */
#ifndef RULES_VAULT_H
#define RULES_VAULT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * First thing in main(): what OpenSSL allocates between vault_enter() and
 * vault_leave() lies in the vault from now on.  False: it has allocated before.
 */
bool vault_hook(void);

/*
 * Gets room for so many octets, zeroed, and forbids the process to dump core.
 * 0; -ENOMEM; -EPERM when it cannot be locked (RLIMIT_MEMLOCK); -EBUSY when it
 * is open already or was not hooked.
 */
int vault_open(size_t octets);

/* Wipes all; what lay there must not be used any more.  Not open: nothing. */
void vault_close(void);

/* Zeroed, 64-aligned, good until vault_close(); NULL: no room. */
void *vault_get(size_t octets);

/* Whether it lies in the vault. */
bool vault_has(const void *);

/*
 * Around calls of OpenSSL that have to do with keys.  What it keeps for itself,
 * such as algorithms that it looked for, must be there before: it is used when
 * the vault is gone.
 */
void vault_enter(void);
void vault_leave(void);

/* What OpenSSL has taken and not given back. */
size_t vault_taken(void);

#endif
