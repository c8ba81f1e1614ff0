// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/interrupt.h"

#include <signal.h>
#include <stddef.h>

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

#define NR_SIGNALS (sizeof(signals) / sizeof(signals[0]))

static struct sigaction before[NR_SIGNALS];
static volatile sig_atomic_t noted;
static int depth;

static void note(int sig)
{
	noted = sig;
}

void interrupt_catch(void)
{
	const struct sigaction sa = { .sa_handler = note };

	if (depth++)
		return;
	noted = 0;
	for (size_t i = 0; i < NR_SIGNALS; i++) {
		sigaction(signals[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
	}
}

bool interrupt_pending(void)
{
	return noted;
}

void interrupt_release(void)
{
	if (--depth)
		return;
	for (size_t i = 0; i < NR_SIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
	if (noted)
		raise(noted);
	noted = 0;
}
