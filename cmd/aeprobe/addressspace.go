package main

/*
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

// The least address space to start with, in bytes. A small run takes 2.5 GB of
// it: libtorch's libraries and what Go reserves in advance, hardly any of which
// becomes memory.
static const unsigned long long least = 3000000000ULL;

// Go's runtime fails with a stack trace where it cannot reserve address space,
// so this has to run before it: when the program is loaded.
__attribute__((constructor)) static void check_address_space(void) {
	struct rlimit limit;
	char text[400];
	if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= least)
		return;
	int n = snprintf(text, sizeof text,
		"aeprobe: the address space is limited to %llu MB (ulimit -v), aeprobe needs at least %llu MB\n"
		"raise the limit, or remove it with ulimit -v unlimited; limit memory with a control group instead\n",
		(unsigned long long)limit.rlim_cur / 1000000, least / 1000000);
	_exit(write(2, text, n) < 0 ? 2 : 1);
}
*/
import "C"
